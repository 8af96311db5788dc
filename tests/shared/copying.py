"""cgihook store copy: from SQLite to PostgreSQL and back, as an operator does."""
import contextlib
import json
import os
import re
import subprocess

from machines import COMMAND, faults, harness, postgres, stores
from faults import cases

PG = 'postgresql:file:pg.conn'


class Site:
    """made by cgihook init; db: a database that is still empty"""

    def __init__(self, folder, db):
        self.db = db
        self.folder, self.config = folder + '/hook', folder + '/hook/cgihook.conf'
        subprocess.run([COMMAND, 'init', self.folder], check=True,
                       stdout=subprocess.DEVNULL)
        db.write_secret(self.folder)
        with open(self.config, 'a', encoding='ascii') as f:
            f.write('handler drone/build.failure {\n attempts = 1\n}\n')
        with open(self.folder + '/handlers/drone/build.failure', 'w',
                  encoding='ascii') as f:
            f.write('#!/bin/sh\necho "$HOOK_ID failed"; exit 1\n')

    def say(self, *words, status=0):
        done = subprocess.run([COMMAND, '--config', self.config, *words],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=faults.PATIENCE_S, check=False,
                              encoding='utf-8', env={'PATH': '/usr/bin:/bin',
                                                     **faults.sanitizers()})
        assert done.returncode == status, (words, done)
        return done.stdout

    def keep_in(self, store):
        with open(self.config, encoding='ascii') as f:
            text = f.read()
        with open(self.config, 'w', encoding='ascii') as f:
            f.write(f'store = {store}\n' + ''.join(
                line for line in text.splitlines(True)
                if not line.startswith('store =')))

    def all(self):
        """what is in the store, as the command shows it"""
        events = [json.loads(line) for line in self.say(
            '--json', 'log', '--limit', '1000').splitlines()]
        assert events
        return events, [json.loads(self.say('--json', 'show', str(e['id'])))
                        for e in events]


@contextlib.contextmanager
def a_site(store='sqlite'):
    with harness.temporary_folder() as folder, stores.dropped_at_the_end():
        try:
            site = Site(folder, stores.new(folder))
            site.keep_in(store)
            for status in ('success', 'failure', 'success', 'failure'):
                site.say('send', 'drone', '--status', status,
                         status=int(status == 'failure'))
            harness.wait_for_idle_runner(site.config)
            yield site
            harness.wait_for_idle_runner(site.config)
        finally:
            harness.end_agents(folder)


def what_is_shared_is_shown(site):
    # the tests' server does not sync
    said = site.say('check', '-v', status=1)
    for text in ('PostgreSQL 15', 'schema version ', 'fsync = off',
                 'no commit waits for a standby',
                 'no runner is at work on any machine'):
        assert text in said, (text, said)
    assert '\nrunners of all machines\n  none\n' in site.say('stats')
    assert json.loads(site.say('--json', 'stats'))['runners'] == []
    said = site.say('backup', site.folder + '/copy', status=1)
    assert 'cgihook-postgresql(7)' in said, said
    number = int(site.say('renumber').split()[-1])
    assert number > 10 ** 6, number
    with open(site.folder + '/pg.conn', encoding='ascii') as f:
        conn = f.read()
    with open(site.folder + '/pg.conn', 'w', encoding='ascii') as f:
        f.write('host=127.0.0.1,127.0.0.2 connect_timeout=2 user=nobody')
    said = site.say('check', status=1)
    assert 'correct the connection string' in said, said
    with open(site.folder + '/pg.conn', 'w', encoding='ascii') as f:
        f.write(conn)
    several_servers_want_a_long_lease(site, conn)


def several_servers_want_a_long_lease(site, conn):
    with open(site.config, encoding='ascii') as f:
        text = f.read()
    with open(site.folder + '/pg.conn', 'w', encoding='ascii') as f:
        f.write(re.sub("host='([^']*)'", r"host='\1,\1'", conn))
    for lease_s, warned in (15, False), (14, True):
        with open(site.config, 'w', encoding='ascii') as f:
            f.write(f'lease = {lease_s}s\n' + text)
        said = site.say('check', status=1)
        assert 'add target_session_attrs=read-write' in said, said
        assert ('and lease is 14 s' in said) == warned, said
        assert ('set lease to 15s or more' in said) == warned, said
    with open(site.config, 'w', encoding='ascii') as f:
        f.write(text)
    with open(site.folder + '/pg.conn', 'w', encoding='ascii') as f:
        f.write(conn)


def there_and_back():
    with a_site() as site:
        before = site.all()
        assert {d['state'] for e in before[1] for d in e['deliveries']} == \
            {'done', 'dead'}, before
        said = site.say('store', 'copy', '--to', PG)
        assert '4 events and' in said and f'store = {PG}' in said, said
        said = site.say('check', '--quiet', status=1)
        assert 'it is sealed' in said, said
        said = site.say('send', 'drone', status=1)
        assert '503' in said, said
        site.keep_in(PG)
        assert site.all() == before
        what_is_shared_is_shown(site)
        site.say('send', 'drone', '--status', 'success')
        after = site.all()
        assert [e['id'] for e in after[0]][1:] == [4, 3, 2, 1], after
        said = site.say('store', 'copy', '--to', 'sqlite', status=1)
        assert 'must be empty' in said, said
        os.mkdir(site.folder + '/old')
        for name in os.listdir(site.folder + '/state'):
            if name.startswith(('cgihook.db', 'cgihook.host')):
                os.rename(f'{site.folder}/state/{name}',
                          f'{site.folder}/old/{name}')
        harness.wait_for_idle_runner(site.config)
        site.say('store', 'copy', '--to', 'sqlite')
        site.keep_in('sqlite')
        assert site.all() == after
        site.say('send', 'drone', '--status', 'success')
        stores.check_file(site.folder + '/state/cgihook.db')


def fill(site, count):
    """events so large that five take a parcel"""
    for _ in range(count):
        body = json.loads(cases.build('success'))
        body['filling'] = 'x' * 900000
        path = harness.write(site.folder + '/body', json.dumps(body))
        site.say('send', 'drone', '--file', path)
    harness.wait_for_idle_runner(site.config)


def killed_again_and_again_it_goes_on():
    """kill -9 at random instants: the same command goes on, and at the end all
    is there once"""
    with a_site() as site:
        fill(site, 11)
        before = site.all()
        kills = 0
        for n in range(40):
            copy = subprocess.Popen(
                [COMMAND, '--config', site.config, 'store', 'copy', '--to', PG],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env={'PATH': '/usr/bin:/bin', **faults.sanitizers()})
            try:
                copy.wait(0.02 * 1.3 ** n)
                break
            except subprocess.TimeoutExpired:
                copy.kill()
                copy.wait()
                kills += 1
        assert copy.returncode == 0 and kills > 0, (copy.returncode, kills)
        site.keep_in(PG)
        assert site.all() == before
        site.say('send', 'drone', '--status', 'success')


def dumped_and_restored_it_goes_on():
    """as cgihook-postgresql(7) says, but of one schema"""
    with a_site(PG) as site:
        before = site.all()
        dump = site.folder + '/cgihook.dump'
        postgres.run(postgres.program('pg_dump'), '--format=custom',
                     f'--schema={site.db.name}', f'--file={dump}',
                     f'--dbname={site.db.conn()}')
        site.say('send', 'drone', '--status', 'success')
        harness.wait_for_idle_runner(site.config)
        harness.end_agents(site.folder)
        site.db.query(f'DROP SCHEMA {site.db.name} CASCADE')
        # a search_path that is there: pg_restore makes the schema
        postgres.run(postgres.program('pg_restore'), '--exit-on-error',
                     f'--dbname={site.db.conn()}', dump)
        assert site.all() == before
        number = int(site.say('renumber').split()[-1])
        assert number > 10 ** 6, number
        site.say('send', 'drone', '--status', 'success')
        after = site.all()
        assert [e['id'] for e in after[0]] == [number, 4, 3, 2, 1], after
        assert after[1][0]['deliveries'][0]['state'] == 'done', after[1][0]


def it_can_be_given_up():
    with a_site() as site:
        site.say('store', 'copy', '--to', PG)
        assert 'can be used again' in site.say('store', 'unseal')
        assert 'not sealed' in site.say('store', 'unseal')
        site.say('send', 'drone', '--status', 'success')
        said = site.say('store', 'copy', '--to', PG, status=1)
        assert 'was copied into it before' in said, said


def it_says_what_is_wrong():
    with a_site() as site:
        for words, status, text in (
                (['store'], 2, 'write copy --to STORE, or unseal'),
                (['store', 'copy'], 2, '--to is missing'),
                (['store', 'copy', '--to', 'sqlite'], 2,
                 'the events are in sqlite already'),
                (['store', 'copy', '--to', 'mysql'], 2,
                 '--to: store: write sqlite or postgresql:file:PATH'),
                (['store', 'copy', '--to', 'postgresql:file:gone'], 2,
                 'cannot read'),
                (['store', 'unseal', 'now'], 2, 'unexpected argument'),
                (['store', 'copy', 'all', '--to', PG], 2,
                 'unexpected argument')):
            said = site.say(*words, status=status)
            assert text in said, (words, said)
        assert 'is sealed' not in site.say('check', '--quiet')
