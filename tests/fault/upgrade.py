"""A newer program, which makes a newer version of the store of the one there
is, while the older one is at work."""
import contextlib
import glob
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import unittest.mock

import older
from crash import Hits
from faults import (COMMAND, PATIENCE_S, RESPONDER, TOP, Place, run_cgi,
                    servers, temporary_folder, wait_until, write)
from stores import check_file
from world import Served

QUEUE = TOP + '/common/queue/'


def version_here():
    with open(QUEUE + 'store_sqlite_db.h', encoding='utf-8') as f:
        return int(re.search(r'(?m)^#define STORE_VERSION (\d+)$',
                             f.read())[1])


VERSION = version_here()
NEXT = VERSION + 1
# What the next version has and this one has not: a column, which each of its
# accepts sets. An event of the older version, put in afterwards, would lack it.
CHANGES = {
    'store_sqlite_db.h': [(f'#define STORE_VERSION {VERSION}\n',
                        f'#define STORE_VERSION {NEXT}\n')],
    'store_sqlite_sql.c': [
        (f'\tversion_{VERSION},\n',
         f'\tversion_{VERSION},\n\t"ALTER TABLE event ADD next INTEGER;'
         ' UPDATE event SET next = 1; CREATE INDEX'
         ' event_next ON event (next);",\n'),
        ('"INSERT INTO event (received_ms', '"INSERT INTO event (next, '
                                            'received_ms'),
        ('VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6, ?7)',
         'VALUES (2, ?1, 0, ?2, ?3, ?4, ?5, ?6, ?7)')],
}
# Other pages besides: then the store is copied into another file.
PAGES = {
    'store_sqlite_upgrade.c': [('#define PAGE_BYTES 4096\n',
                                '#define PAGE_BYTES 8192\n'),
                               ('page_size = 4096', 'page_size = 8192')],
}
LIBRARIES = ['-lfcgi', '-lseccomp', '-lcjson', '-lsqlite3', '-lconfuse',
             '-lcrypto', '-lz']


def postgresql_library(command):
    """what a build with it needs (make PG=1)"""
    return ['-lpq'] * ('-DCGIHOOK_POSTGRESQL' in command)


def build_next(folder, copies):
    """both programs, of the next version: (responder, command)"""
    changes = {**CHANGES, **(PAGES if copies else {})}
    source = folder + '/source'
    os.makedirs(source)
    for path in glob.glob(QUEUE + 'store_sqlite*'):
        with open(path, encoding='utf-8') as f:
            text = f.read()
        for old, new in changes.get(os.path.basename(path), []):
            assert text.count(old) == 1, (path, old)
            text = text.replace(old, new)
        with open(f'{source}/{os.path.basename(path)}', 'w',
                  encoding='utf-8') as f:
            f.write(text)
    build = os.environ.get('BUILD', TOP + '/build')
    with open(build + '/flags', encoding='utf-8') as f:
        command = [f'{TOP}/{word}' if os.path.isdir(f'{TOP}/{word}') else word
                   for word in f.read().split()]
    # as they come: optimizing them takes longer than all they have to do
    subprocess.run([*command, '-O0', '-U_FORTIFY_SOURCE', '-c',
                    *glob.glob(source + '/*.c')], cwd=source, check=True)
    programs = []
    for part, name in (('fcgi', 'cgihook.fcgi'), ('cli', 'cgihook')):
        program = f'{folder}/{name}'
        subprocess.run([*command, '-o', program,
                        *glob.glob(source + '/*.o'), f'{TOP}/{part}/main.c',
                        f'{build}/lib{part}.a', f'{build}/libcommon.a',
                        *LIBRARIES, *postgresql_library(command)], cwd=TOP,
                       check=True)
        programs.append(program)
    return programs


class Upgraded(Served):
    """the older program is installed in the folder; the next one waits"""

    def __init__(self, folder, programs, config='', **more):
        super().__init__(folder, config, **more)
        self.next_responder, self.next_command = programs
        self.command = COMMAND
        self.program = folder + '/bin/cgihook.fcgi'
        os.mkdir(folder + '/bin')
        shutil.copy2(RESPONDER, self.program)

    def cgihook(self, *words, check=True):
        done = subprocess.run([self.command, '--config', self.config, *words],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=PATIENCE_S, check=False, encoding='utf-8')
        if check and done.returncode != 0:
            raise AssertionError(f'cgihook {words}: {done.returncode} '
                                 f'{done.stdout}{done.stderr}')
        return done if not check else done.stdout

    def install(self):
        """by rename, as packages do"""
        shutil.copy2(self.next_responder, self.program + '.new')
        os.rename(self.program + '.new', self.program)
        self.command = self.next_command

    def accept(self, program, status=202):
        headers, body = self.new()
        told, answer, _ = run_cgi(self, '/circleci', headers, body,
                                  program=program)
        assert told == status, (told, answer, self.log()[-800:])
        if told == 202:
            self.accepted[answer['id']] = 'circleci'

    def version(self):
        with contextlib.closing(sqlite3.connect(self.store)) as db:
            return db.execute('PRAGMA user_version').fetchone()[0]

    def programs_of_runners(self):
        found = set()
        for pid in self.runners():
            with contextlib.suppress(OSError):
                found.add(os.stat(f'/proc/{pid}/exe').st_ino)
        return found

    def is_upgraded(self):
        """all is done, and nothing was put in by the older one since"""
        assert self.version() == NEXT
        self.is_whole()
        assert self.stats()['in_doubt'] is False
        with contextlib.closing(sqlite3.connect(self.store)) as db:
            assert db.execute('SELECT count(*) FROM event '
                              'WHERE next IS NULL').fetchone() == (0,)


def runner_lets_the_next_one_go_on(programs, replaced):
    """its handlers end before and after; ends that it may not record are in
    "running", and nothing runs twice"""
    with temporary_folder() as folder:
        go = folder + '/go'
        # those of the second event end when the store is newer
        place = Upgraded(folder, programs, 'concurrency = 2\n',
                         body='[ "$HOOK_ID" != 2 ] || '
                         f'until test -e {go}; do sleep 0.05; done')
        for _ in range(5):
            place.accept(place.program)
        wait_until(lambda: [line[1] for line in place.lines()].count(2) == 2,
                   'handlers of the second event')
        old = place.runner()
        if replaced:
            place.install()
        else:
            place.command = place.next_command
        place.accept(place.next_responder)
        assert place.version() == NEXT
        write(go, '')
        wait_until(lambda: old not in place.runners(), 'the older one to end')
        if replaced:
            wait_until(lambda: place.programs_of_runners() ==
                       {os.stat(place.program).st_ino}, 'the next one')
        else:
            # nobody knows where the other one is, until it has an event again
            place.accept(place.next_responder)
        place.wait_until_done()
        assert any(words in place.log() for words in (
            'written by a newer cgihook', 'replaced while in use')), place.log()
        place.is_upgraded()


def foreground_runner_ends_and_says_why(programs):
    """with exit status 1, so that a service manager starts the next one"""
    with temporary_folder() as folder:
        place = Upgraded(folder, programs, 'runner = external\n',
                         body='sleep 0.5')
        place.accept(place.program)
        with subprocess.Popen([COMMAND, '--config', place.config, 'run'],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding='utf-8') as runner:
            try:
                wait_until(lambda: len(place.handlers()) >= 2, 'handlers')
                place.command = place.next_command
                place.accept(place.next_responder)
                _, words = runner.communicate(timeout=PATIENCE_S)
            finally:
                runner.kill()
        assert runner.returncode == 1 and 'newer cgihook' in words, words
        assert not place.handlers()
        place.cgihook('run', '--once')
        place.is_upgraded()


def older_responder_refuses(programs):
    """it does not write by the rules of before; started anew, it is the next
    one"""
    with temporary_folder() as folder:
        place = Upgraded(folder, programs)
        try:
            place.server.start()
            place.expect(place.new(), 202)
            place.wait_until_done()
            place.finish()
            place.command = place.next_command
            place.accept(place.next_responder)
            event = place.new()
            place.expect(event, 503)
            place.wait_for_line('status=503', 'newer cgihook', 'restart')
            place.server.stop()
            with unittest.mock.patch.object(servers, 'RESPONDER',
                                            place.next_responder):
                place.restart()
                place.expect(event, 202)
                place.expect(event, 200)
                place.wait_until_done()
                place.server.stop()
        finally:
            place.server.stop()
            place.finish()
        place.is_upgraded()


def older_command_refuses(programs):
    with temporary_folder() as folder:
        place = Upgraded(folder, programs, 'runner = external\n')
        place.accept(place.program)
        place.accept(place.next_responder)
        before = place.version()
        for words in (['log'], ['stats'], ['show', '1'], ['retry', '1'],
                      ['run', '--once'], ['run'], ['prune']):
            done = place.cgihook(*words, check=False)
            assert done.returncode == 1, (words, done)
            assert 'newer cgihook' in done.stderr, (words, done)
        assert place.version() == before == NEXT
        place.command = place.next_command
        place.cgihook('run', '--once')
        place.is_upgraded()


def newer_command_does_not_upgrade_to_look(programs):
    """who looks changes nothing; who works does"""
    with temporary_folder() as folder:
        place = Upgraded(folder, programs, 'runner = external\n')
        place.accept(place.program)
        place.command = place.next_command
        done = place.cgihook('log', check=False)
        assert done.returncode == 1 and 'older version' in done.stderr, done
        assert place.version() == VERSION
        place.cgihook('run', '--once')
        place.is_upgraded()


def upgrade_dies_anywhere(programs, journal, step):
    """at every step-th call of the accept that makes the newer version: the
    store is of the one or of the other, and whole"""
    told = set()
    with temporary_folder() as folder:
        place = Place(folder, f'runner = external\njournal = {journal}\n',
                      body=':')
        headers, body = Served.new()
        status, _, _ = run_cgi(place, '/circleci', headers, body)
        assert status == 202
        shutil.copytree(place.state, folder + '/before')
        for nth in range(1, 2000, step):
            shutil.rmtree(place.state)
            shutil.copytree(folder + '/before', place.state)
            headers, body = Served.new()
            hits = Hits(place, 'any', nth)
            _, _, how = run_cgi(place, '/circleci', headers, body,
                                program=programs[0], **hits.environment)
            assert how == (-signal.SIGKILL if hits else 0), how
            check_file(place.store)
            status, _, _ = run_cgi(place, '/circleci', headers, body)
            told.add(status)
            assert status in (200, 202, 503), status
            status, _, _ = run_cgi(place, '/circleci', headers, body,
                                   program=programs[0])
            assert status in (200, 202), status
            done = subprocess.run([programs[1], '--config', place.config,
                                   'run', '--once'], check=False)
            assert done.returncode == 0
            if not hits:
                break
        assert nth > 20
    # the older program was refused behind the commit, and not before
    assert told >= {202, 503}, told


# --- from version 2: the store is copied into another file -----------------------

class Older(Place):
    """a place with a store of version 2, filled"""

    def __init__(self, folder, config=''):
        super().__init__(folder, 'runner = external\n' + config, body=':')
        older.make(self.store)
        self.before = check_file(self.store, older.rows)
        self.event = self.new_event()

    def new_event(self):
        """one that the store has not had"""
        had = {json.loads(row[2]).get('id') for row in self.before['body']}
        return next(event for event in iter(Served.new, None)
                    if json.loads(event[1])['id'] not in had)

    def begin_again(self):
        """with the same store, and another event"""
        shutil.rmtree(self.state)
        older.make(self.store)
        self.event = self.new_event()

    def accept(self, **environment):
        headers, body = self.event
        return run_cgi(self, '/circleci', headers, body, **environment)

    def pages(self):
        return check_file(self.store, older.pages)

    def has_all(self):
        """that was there before, in whichever version it is"""
        now = check_file(self.store, older.rows)
        for table, rows in self.before.items():
            assert rows <= now[table], (table, rows - now[table])

    def is_new(self):
        """all of it, and the event, which took the number that was its turn"""
        status, answer, _ = self.accept()
        assert (status, answer['id']) == (200, older.NEXT_NUMBER), answer
        assert self.pages() == [VERSION, 4096, 2], self.pages()
        self.has_all()
        assert os.stat(self.store).st_mode & 0o777 == 0o660
        assert not os.path.exists(self.store + '.new')


def copying_dies_anywhere(journal, step):
    """at every step-th call of the accept that copies the store"""
    left = set()
    with temporary_folder() as folder:
        place = Older(folder, f'journal = {journal}\n')
        for nth in range(1, 2000, step):
            place.begin_again()
            hits = Hits(place, 'any', nth)
            _, _, how = place.accept(**hits.environment)
            assert how == (-signal.SIGKILL if hits else 0), how
            place.has_all()
            left.add(tuple(place.pages()))
            status, answer, _ = place.accept()
            assert status in (200, 202), (nth, status, place.log()[-800:])
            assert answer['id'] == older.NEXT_NUMBER, (nth, answer)
            place.is_new()
            if not hits:
                break
    print(f'# killed at {nth} calls, every {step}.', flush=True)
    assert nth > 100 and left == {(2, 8192, 0), (VERSION, 4096, 2)}, left


def an_older_program_goes_on(point, what):
    """where the copying dies or fails at any call that fits, it has the older
    file still; what it then writes to that is not lost"""
    with temporary_folder() as folder:
        place = Older(folder)
        wrote = 0
        for nth in range(1, 100):
            place.begin_again()
            with contextlib.closing(sqlite3.connect(place.store)) as db:
                assert older.pages(db)[0] == 2
                inode = os.stat(place.store).st_ino
                hits = Hits(place, point, nth)
                hits.environment['FAULT_DO'] = what
                place.accept(**hits.environment)
                # as a program of ours does before it writes: folder_has_file
                if os.stat(place.store).st_ino == inode:
                    db.execute("INSERT INTO lane (path, waiting) "
                               "VALUES ('ci/written', 0)")
                    db.commit()
                    wrote += 1
                    place.accept()
                    assert check_file(place.store, lambda new: new.execute(
                        "SELECT count(*) FROM lane WHERE path = "
                        "'ci/written'").fetchone()) == (1,), nth
                status, _, _ = place.accept()
                assert status in (200, 202), (nth, place.log()[-800:])
                place.is_new()
            if not hits:
                break
        assert nth > 1 and wrote > 0, (nth, wrote)


def copying_fails(point, error, step):
    """at every step-th call that fits: refused, and the store is as it was"""
    with temporary_folder() as folder:
        place = Older(folder)
        for nth in range(1, 200, step):
            place.begin_again()
            failing = Hits(place, point, nth)
            failing.environment['FAULT_DO'] = str(error)
            status, _, _ = place.accept(**failing.environment)
            place.has_all()
            if not failing:
                break
            assert status == 503, (nth, status)
            assert any(words in place.log() for words in (
                os.strerror(error), 'disk I/O error')), (nth, place.log())
            if place.pages()[0] == 2:
                assert not os.path.exists(place.store + '.new')
            assert place.accept()[0] in (200, 202), place.log()[-800:]
            place.is_new()
        assert status == 202 and nth > 1, (status, nth)


def older_programs_keep_the_older_file(_=None):
    """who has it open sees what was there, and whatever it does is without effect
    on the newer one"""
    with temporary_folder() as folder:
        place = Older(folder)
        with contextlib.closing(sqlite3.connect(place.store)) as db:
            assert older.pages(db)[0] == 2
            assert place.accept()[0] == 202
            place.is_new()
            assert older.rows(db) == place.before
            # no program of ours would (folder_has_file)
            db.execute('DELETE FROM event')
            db.commit()
            place.is_new()
        # nor does its end take away the log of the newer one
        place.is_new()
        place.cgihook('run', '--once')
        assert place.stats()['queued'] == 0


def a_reader_of_the_log_delays_the_copy(_=None):
    with temporary_folder() as folder:
        place = Older(folder)
        with contextlib.closing(sqlite3.connect(place.store)) as reader, \
                contextlib.closing(sqlite3.connect(place.store)) as db:
            reader.execute('BEGIN')
            assert reader.execute('SELECT id FROM event').fetchone()
            db.execute('UPDATE place SET noted_ms = noted_ms + 1')
            db.commit()
            assert place.accept()[0] == 503
            assert 'locked' in place.log(), place.log()
            assert place.pages()[0] == 2
            assert not os.path.exists(place.store + '.new')
            reader.execute('COMMIT')
            assert place.accept()[0] == 202, place.log()
        place.is_new()


@contextlib.contextmanager
def next_programs(copies=False):
    with tempfile.TemporaryDirectory(prefix='cgihook-next-') as folder:
        yield build_next(folder, copies)
