"""The folder that is uploaded by FTP as it is, in a real Apache: nothing but
files is copied, all of them arrive as 0644, and only one gets another mode."""
import html
import json
import os
import re
import stat
import subprocess
import threading
import types
import zipfile

from harness import (COMMAND, RESPONDER, TOP, Tap, exchange, raw_request,
                     temporary_folder, wait_until, write)

SHARED = ('drone', 'circleci', 'deploy')


def upload(archive, folder):
    """as an FTP program does: modes are the server's defaults"""
    with zipfile.ZipFile(archive) as z:
        for entry in z.infolist():
            path = folder + '/' + entry.filename.partition('/')[2]
            if entry.is_dir():
                os.makedirs(path, 0o755, exist_ok=True)
            else:
                write(path, z.read(entry))
    os.chmod(folder + '/cgihook.cgi', 0o755)


def make_server(kind, folder):
    """a server whose folder of programs was filled by FTP"""
    archive = folder + '/upload.zip'
    program = folder + '/program/cgihook.fcgi'
    os.makedirs(folder + '/program')
    os.symlink(RESPONDER, program)
    subprocess.run([TOP + '/deploy/upload/pack', program, 'cgihook-upload',
                    archive], check=True, stdout=subprocess.DEVNULL)

    class Uploaded(kind):
        def put_files(self, there):
            self.there = there
            upload(archive, there)
            self.programs = f'ScriptAlias "/scripts/" "{there}/"\n'
            self.site.config = there + '/cgihook/cgihook.conf'
            with open(self.site.config, 'a', encoding='ascii') as f:
                f.write('runner_idle = 2s\n'
                        'handler deploy/received { attempts = 1 }\n')

        def settings(self):
            return super().settings() + self.programs

    site = types.SimpleNamespace(folder=folder, config='/nowhere')
    return Uploaded(site)


class Hosted:
    def __init__(self, server):
        self.server = server
        self.private = server.there + '/cgihook'

    def ask(self, path, method='GET', body=b'', token=None, at='/hooks',
            **headers):
        if token:
            headers['Authorization'] = 'Bearer ' + token
        return exchange(self.server.port, raw_request(
            method, at + path, list(headers.items()), body))

    def page(self, path, method='GET', body=b''):
        reply = self.ask('/cgihook.cgi/-/' + path, method, body, self.token())
        return reply.status, reply.body.decode()

    def read(self, name):
        with open(f'{self.private}/{name}', encoding='latin-1') as f:
            return f.read()

    def token(self):
        return self.read('admin.token').strip()

    def send(self, source='deploy'):
        return self.ask('/cgihook.cgi/' + source, 'POST', b'{}',
                        self.read(source + '.secret').strip(),
                        **{'Content-Type': 'application/json'})

    def put(self, name, text, mode=0o644):
        """by FTP; who has uploaded all of it is the owner"""
        path = write(f'{self.private}/{name}', text, mode)
        owner = os.stat(self.private)
        if os.geteuid() == 0:
            os.chown(path, owner.st_uid, owner.st_gid)

    def event(self, event_id, text):
        """until the page of an event says it"""
        wait_until(lambda: text in self.page(f'event/{event_id}')[1], text)


def what_is_private_stays_private(h):
    for name in ('cgihook.conf', 'admin.token', 'public.svg', 'public.cgi',
                 'cgihook.fcgi', 'handlers/deploy/received',
                 'state/cgihook.db', ''):
        for at in '/hooks', '/scripts':
            assert h.ask('/cgihook/' + name, at=at).status == 403, name


def the_first_requests_make_the_secrets(h):
    assert not [n for n in os.listdir(h.private) if n.endswith(
        ('.secret', '.token'))]
    replies = []
    threads = [threading.Thread(target=lambda: replies.append(h.ask(
        '/cgihook.cgi/-/healthy'))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [r.status for r in replies] == [200] * 8, \
        [(r.status, r.body) for r in replies] + [h.server.output()]
    made = [n for n in os.listdir(h.private)
            if '.secret' in n or '.token' in n]
    assert sorted(made) == ['admin.token', *sorted(
        n + '.secret' for n in SHARED)], made
    secrets = {h.read(name) for name in made}
    assert len(secrets) == len(made)
    for name in made:
        found = os.stat(f'{h.private}/{name}')
        assert stat.S_IMODE(found.st_mode) == 0o600, name
        assert h.ask('/cgihook/' + name).status == 403
    told = ''.join(str(r.headers) + r.body.decode() for r in replies)
    for path in '-/login', '-/sources', '-/', 'deploy', '':
        reply = h.ask('/cgihook.cgi/' + path)
        assert reply.status in (200, 303, 404, 405), (path, reply.status)
        told += reply.body.decode()
    assert not [s for s in secrets if s.strip() in told]


def a_secret_is_shown_until_it_is_used(h):
    status, text = h.page('sources')
    assert status == 200, text
    assert f'127.0.0.1:{h.server.port}' in text or 'example.org' in text
    for kind in 'svg', 'cgi':
        assert f'src="/hooks/cgihook/public.{kind}"' in text, text
    secrets = {name: h.read(name + '.secret').strip() for name in SHARED}
    assert not [s for s in secrets.values() if s in text]
    assert 'none yet' in text and 'datetime="1970' not in text, text
    status, text = h.page('sources/deploy', 'POST')
    assert status == 200 and secrets['deploy'] in text
    assert secrets['drone'] not in text
    audit = [json.loads(line) for line in subprocess.run(
        [COMMAND, '--config', h.server.site.config, '--json', 'log',
         '--audit'], capture_output=True, check=True).stdout.splitlines()]
    assert [a for a in audit if a['what'] == 'show-secret' and
            a['detail'] == 'deploy' and a['who'] == 'token:admin'], audit
    assert h.ask('/cgihook.cgi/-/sources/deploy', 'POST').status == 401
    reply = h.send()
    assert reply.status == 202, str(reply)
    status, text = h.page('sources/deploy', 'POST')
    assert status == 200 and secrets['deploy'] not in text
    assert 'is not shown any more' in text
    assert secrets['drone'] in h.page('sources/drone', 'POST')[1]


def what_ftp_does_to_handlers_is_named(h):
    h.event(1, 'not executable')
    h.put('handlers/deploy/received', '#!/bin/sh\r\necho hello\r\n', 0o755)
    first = h.send().id
    h.event(first, 'a Windows line end is part of a name')
    h.put('handlers/deploy/received', '#!/bin/sh\necho hello $HOOK_SOURCE\n',
          0o755)
    assert h.page(f'event/{first}', 'POST')[0] == 303
    h.event(first, 'hello deploy')


def a_source_is_added_and_a_secret_changed_by_text(h):
    text = h.page('sources?name=forge&provider=gitea')[1]
    section = html.unescape(re.search(
        r'<pre class="lines">(source forge.*?)</pre>', text, re.S)[1])
    for name in 'Forge', 'deploy', '../x':
        assert 'no other source has it' in h.page(
            f'sources?name={name}&provider=gitea')[1], name
    h.put('cgihook.conf', h.read('cgihook.conf') + section.replace(
        '\n', '\r\n'))
    assert h.page('sources')[0] == 200
    made = h.read('forge.secret').strip()
    assert made in h.page('sources/forge', 'POST')[1]

    before = h.read('deploy.secret').strip()
    old = 'deploy.secret.until-2099-12-31'
    h.put('cgihook.conf', h.read('cgihook.conf').replace(
        'file:deploy.secret', '{ file:deploy.secret, file:' + old + ' }'))
    os.rename(h.private + '/deploy.secret', f'{h.private}/{old}')
    text = h.page('sources')[1]
    assert 'an old one is accepted until' in text
    assert 'needed before the new one was made' in text
    assert 'datetime="1970' not in text, text
    after = h.read('deploy.secret').strip()
    assert before != after
    assert after in h.page('sources/deploy', 'POST')[1]
    for secret in after, before:
        assert h.ask('/cgihook.cgi/deploy', 'POST', b'{"new":1}', secret,
                     **{'Content-Type': 'application/json'}).status == 202


def the_program_is_overwritten_while_it_runs(h):
    program, runs = h.private + '/cgihook.fcgi', h.private + '/run/cgihook.fcgi'
    with open(program, 'rb') as f:
        whole = f.read()
    before = os.stat(runs).st_ino
    h.send()    # there is a runner, which is the copy
    write(program, whole[:len(whole) // 2])
    assert h.ask('/cgihook.cgi/-/healthy').status == 200
    assert os.stat(runs).st_ino == before
    write(program, whole)
    assert h.ask('/cgihook.cgi/-/healthy').status == 200
    assert os.stat(runs).st_ino != before
    # uploaded as text: every line end has become another
    write(program, whole.replace(b'\n', b'\r\n'))
    assert h.ask('/cgihook.cgi/-/healthy').status == 200
    os.unlink(runs)
    reply = h.ask('/cgihook.cgi/-/healthy')
    assert reply.status == 503 and b'as a binary file' in reply.body, str(reply)
    write(program, whole)
    assert h.ask('/cgihook.cgi/-/healthy').status == 200


def a_public_folder_is_shown_loudly(h):
    os.rename(h.private + '/.htaccess', h.private + '/htaccess')
    reply = h.ask('/cgihook/public.svg')
    assert reply.status == 200 and b'read your secrets' in reply.body
    reply = h.ask('/cgihook/public.cgi', at='/scripts')
    assert reply.status == 200 and b'run your handlers' in reply.body, reply
    os.rename(h.private + '/htaccess', h.private + '/.htaccess')
    assert h.ask('/cgihook/public.svg').status == 403
    assert h.ask('/cgihook/public.cgi', at='/scripts').status == 403


# what takes longer
LONG = (what_ftp_does_to_handlers_is_named,
        a_source_is_added_and_a_secret_changed_by_text,
        the_program_is_overwritten_while_it_runs)


def run(kind, with_long=True):
    tap = Tap()
    with temporary_folder() as folder:
        server = make_server(kind, folder)
        server.start()
        try:
            hosted = Hosted(server)
            for test in (what_is_private_stays_private,
                         the_first_requests_make_the_secrets,
                         a_secret_is_shown_until_it_is_used,
                         *(LONG if with_long else ()),
                         a_public_folder_is_shown_loudly):
                tap.test(test.__name__.replace('_', ' '), test, hosted)
        finally:
            server.wait_until_idle()
            server.stop()
    tap.finish()
