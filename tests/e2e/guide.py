"""Follows README.md word for word: its blocks of commands are run as they stand
there, with scp and crontab standing in for the way to the host."""
import json
import os
import re
import shutil
import subprocess

import servers
import sign
from harness import (BUILD, TOP, exchange, raw_request, wait_for_idle_runner,
                     wait_until, write)

SCP = '''#!/bin/sh
# scp FILE... you@host:PLACE, from the folder one is in
for last; do :; done
place=${last#you@host:}
[ "$place" != "$last" ] || exit 1
umask 002
while [ $# -gt 1 ]; do cp "$1" "%(home)s/$place" || exit; shift; done
'''
# the tarball that "make portable" has made; without one, as it would be packed,
# with the programs that are here
MAKE = '''#!/bin/sh
[ "$*" = portable ] || exit 127
cd %(top)s || exit 1
mkdir -p dist programs
! test -e dist/cgihook-*.tar.gz || exit 0
cp build/cgihook build/cgihook.fcgi programs/
SOURCE_DATE_EPOCH=1 deploy/portable/pack programs cgihook-1-linux-any \\
	dist/cgihook-1-linux-any.tar.gz
'''
CRONTAB = '''#!/bin/sh
if [ "$1" = -l ]; then exec cat "%(home)s/.crontab"; fi
cat >"%(home)s/.crontab.new" && mv "%(home)s/.crontab.new" "%(home)s/.crontab"
'''
NOTHING = '#!/bin/sh\nexit 127\n'


def blocks(heading, kind):
    """the commands in README.md under a heading, by what follows the fence"""
    with open(TOP + '/README.md', encoding='utf-8') as f:
        section = f.read().split(f'\n## {heading}', 1)[1].split('\n## ')[0]
    found = [text for fence, text in re.findall(
        r'^```(.*?)\n(.*?)^```$', section, re.M | re.S) if fence == kind]
    assert found, (heading, kind)
    return found


def commands(block):
    """the commands of a block, each with its here-document"""
    return re.findall(r"^(?:.*<<'EOF'\n(?:.*\n)*?EOF|.+)\n", block, re.M)


class Shell:
    """somebody at a prompt: a home folder, an umask, no compiler"""

    def __init__(self, folder, home, prefix=()):
        self.folder, self.home, self.prefix = folder, home, list(prefix)
        self.path = f'{folder}/stand-in:/usr/local/bin:/usr/bin:/bin'
        self.site = 'https://you.example'
        for name in ('cc', 'gcc', 'make'):
            self.stand_in(name, NOTHING)

    def stand_in(self, name, text, **more):
        write(f'{self.folder}/stand-in/{name}', text % {
            'top': self.folder + '/checkout', 'home': self.home, **more},
            0o755)

    def run(self, typed, status=0):
        done = subprocess.run(
            [*self.prefix, 'sh', '-ec', 'umask 002; cd\n' + typed.replace(
                'https://you.example', self.site)],
            env={'HOME': self.home, 'PATH': self.path, 'LC_ALL': 'C.UTF-8'},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            stdin=subprocess.DEVNULL, check=False)
        assert (done.returncode == 0) == (status == 0), \
            f'exit status {done.returncode} of:\n{typed}\n{done.stdout}'
        return done.stdout


class Host(servers.ApacheHtaccess):
    """shared hosting: ~/public_html/cgi-bin, an .htaccess, and nothing else"""
    path = '/cgi-bin/cgihook.cgi'

    def fill(self, folder):
        pass

    def settings(self):
        return super().settings() + f'''
Alias "/cgi-bin" "{self.site.home}/public_html/cgi-bin"
<Directory "{self.site.home}/public_html">
	Require all granted
	AllowOverride All
</Directory>
'''


class Account:
    """stands in for harness.Site: what "init" has made is the site"""

    def __init__(self, folder, home):
        self.folder, self.home = folder, home
        self.config = home + '/hook/cgihook.conf'


def checkout(folder, tarball=None):
    """what somebody has who has built it; with the real tarball, or not"""
    os.makedirs(folder + '/checkout')
    for name in ('deploy', 'docs', 'handlers', 'LICENSE', 'CHANGES.md'):
        os.symlink(f'{TOP}/{name}', f'{folder}/checkout/{name}')
    os.symlink(BUILD, folder + '/checkout/build')
    if tarball:
        os.mkdir(folder + '/checkout/dist')
        shutil.copy(tarball, folder + '/checkout/dist')


def follow_shared_hosting(shell, server):
    heading = 'Your own handler on shared hosting'
    upload, = blocks(heading, 'sh at-home')
    four, send, put_htaccess, mend, cron = blocks(heading, 'sh on-the-host')
    for name, text in (('scp', SCP), ('crontab', CRONTAB)):
        shell.stand_in(name, text)
    shell.site = f'http://127.0.0.1:{server.port}' + server.path.removesuffix(
        '/cgi-bin/cgihook.cgi')

    # at home there is a compiler
    shell.stand_in('make', MAKE)
    shell.run(f'cd {shell.folder}/checkout\nmake portable\ncd dist\n{upload}')
    shell.stand_in('make', NOTHING)
    shell.run(four)
    assert len(commands(four + send)) == 5, commands(four + send)
    # this host's folder does not run programs yet
    assert 'pushed to' not in shell.run(send, status=1)
    shell.run(put_htaccess)
    assert 'pushed to' in shell.run(send)

    # a handler that the group can write is refused, in words that name it
    shell.run('chmod g+w ~/hook/handlers/site/push')
    assert 'chmod' in shell.run(send, status=1)
    shell.run(mend)
    assert 'pushed to' in shell.run(send)

    through_the_web_server(shell, server)
    # nobody's prompt gives up where "crontab -l" finds none yet
    shell.run('set +e\n' + cron)
    cron_runs_what_waits(shell, server)


def post(shell, server, branch):
    """a push to this branch, from GitHub"""
    with open(shell.home + '/hook/site.secret', 'rb') as f:
        secret = f.read().rstrip(b'\n')
    body = json.dumps({'ref': 'refs/heads/' + branch,
                       'after': '0' * 40}).encode()
    return exchange(server.port, raw_request(
        'POST', server.path + '/site', sign.github(body, secret), body))


def show(shell, event_id):
    return shell.run('~/cgihook/cgihook --config ~/hook/cgihook.conf show '
                     f'{event_id}')


def through_the_web_server(shell, server):
    reply = post(shell, server, 'one')
    assert reply.status == 202, f'{reply}\n{server.output()}'
    wait_until(lambda: 'pushed to one' in show(shell, reply.id),
               'the handler')


def cron_runs_what_waits(shell, server):
    wait_for_idle_runner(server.site.config)
    shell.run("sed -i '1i runner = external' ~/hook/cgihook.conf")
    reply = post(shell, server, 'two')
    assert reply.status == 202, reply
    with open(shell.home + '/.crontab', encoding='utf-8') as f:
        command = f.read().removeprefix('*/5 * * * * ')
    shell.path = '/usr/bin:/bin'
    assert 'pushed to two' not in show(shell, reply.id)
    # again and again, as cron does: where a runner is at work just then, there
    # is nothing to do
    wait_until(lambda: shell.run(command) == ''
               and 'pushed to two' in show(shell, reply.id),
               'the handler, run by cron')
