"""What the tests of the command stand on: a folder made by "cgihook init", the
command itself, and TAP for the result."""
import contextlib
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, TOP + '/tests/e2e')

# pylint: disable=wrong-import-position
from harness import (PATIENCE_S, end_idle_runners, is_locked,  # noqa: E402
                     runners, wait_until)

BUILD = os.environ.get('BUILD', TOP + '/build')
COMMAND = BUILD + '/cgihook'


class Place:
    """a fresh folder of "cgihook init", removed at the end"""

    def __enter__(self):
        self.temp = tempfile.mkdtemp(prefix='cgihook-cli-')
        self.dir = self.temp + '/hook'
        self.conf = self.dir + '/cgihook.conf'
        self.init = run('init', self.dir)
        assert self.init.returncode == 0, self.init.stderr
        with open(self.conf, 'a') as f:
            f.write('runner_idle = 500ms\n')
        return self

    def __exit__(self, *_):
        self.end_runner()
        self.wait_for_runner()
        shutil.rmtree(self.temp)

    def end_runner(self):
        """it would stay for minutes, in case there is more to do"""
        for pid in runners(self.conf):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def wait_for_runner(self):
        """until none is at work: its lock is free"""
        wait_for(lambda: end_idle_runners(self.conf) and
                 not is_locked(self.dir + '/state/runner.lock'))

    def finish(self):
        """until all that was accepted has ended, whoever runs it: where a
        runner is at work already, run --once leaves it to that one"""
        exits(self.run('run', '--once'), 0)
        wait_for(lambda: all(event['state'] in ('done', 'dead', 'failed')
                             for event in self.lines('log')))

    def stop(self, process):
        """by SIGSTOP, but not amid a transaction, which would lock out all"""
        while True:
            process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED)
            if not is_locked(self.dir + '/state/write.lock'):
                return
            process.send_signal(signal.SIGCONT)
            time.sleep(0.01)

    def run(self, *words, **more):
        return run('--config', self.conf, *words, **more)

    def lines(self, *words, **more):
        """the JSON objects that a command prints"""
        result = self.run('--json', *words, **more)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def secret(self, source):
        with open(f'{self.dir}/{source}.secret', 'rb') as f:
            return f.read().removesuffix(b'\n')

    def set_secret(self, source, secret):
        with open(f'{self.dir}/{source}.secret', 'wb') as f:
            f.write(secret)

    def handler(self, path, text, mode=0o755):
        path = f'{self.dir}/handlers/{path}'
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        with open(path, 'w') as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def configure(self, old, new):
        with open(self.conf) as f:
            text = f.read()
        assert old in text, old
        with open(self.conf, 'w') as f:
            f.write(text.replace(old, new))


def run(*words, **more):
    if 'input' not in more:
        more.setdefault('stdin', subprocess.DEVNULL)
    environment = {name: value for name, value in os.environ.items()
                   if name != 'CGIHOOK_CONFIG'}
    environment.update(more.pop('env', {}))
    return subprocess.run([COMMAND, *words], capture_output=True,
                          env=environment, timeout=2 * PATIENCE_S, **more)


def typed(place, text, *words):
    """what the command shows on a terminal at which this text is typed"""
    try:
        leader, follower = pty.openpty()
    except OSError as why:      # a chroot whose /dev/pts is empty
        raise unittest.SkipTest(f'no terminals here: {why}') from None
    os.write(leader, text.encode() + b'\x04')
    child = subprocess.Popen([COMMAND, '--config', place.conf, *words],
                             stdin=follower, stdout=follower, stderr=follower,
                             cwd=place.temp, env={**os.environ, 'TERM': 'dumb'})
    os.close(follower)
    shown = b''
    with contextlib.suppress(OSError):      # EIO: nobody has it open any more
        while more := os.read(leader, 4096):
            shown += more
    os.close(leader)
    child.wait()
    return shown.decode()


def wait_for(condition):
    wait_until(condition, 'what has to happen')


def said(result):
    return (result.stdout + result.stderr).decode(errors='replace')


def has(result, *texts):
    """each of the texts is in what a command said"""
    for text in texts:
        assert text in said(result), f'{text!r} is not in:\n{said(result)}'


def lacks(result, *texts):
    for text in texts:
        text = text if isinstance(text, bytes) else text.encode()
        assert text not in result.stdout + result.stderr, \
            f'{text!r} is in:\n{said(result)}'


def exits(result, status):
    assert result.returncode == status, \
        f'exit status {result.returncode}, not {status}:\n{said(result)}'


def main(tests):
    """run the functions whose names begin with test_, as TAP"""
    tests = [(name[5:], f) for name, f in tests.items()
             if name.startswith('test_')]
    failed = 0
    print(f'1..{len(tests)}')
    for number, (name, function) in enumerate(tests, 1):
        try:
            function()
            print(f'ok {number} {name}', flush=True)
        except unittest.SkipTest as why:
            print(f'ok {number} {name} # SKIP {why}', flush=True)
        except Exception:
            failed += 1
            print(f'not ok {number} {name}')
            print('# ' + traceback.format_exc().replace('\n', '\n# '),
                  flush=True)
    sys.exit(1 if failed else 0)
