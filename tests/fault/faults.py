"""What the fault tests stand on: a place with handlers that write down when
they begin and end, the processes at work there, and the books to balance
afterwards: what was accepted, what ran, how often, and with which right."""
import collections
import contextlib
import glob
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, TOP + '/tests/e2e')

# pylint: disable=wrong-import-position
import cases  # noqa: E402
import harness  # noqa: E402
import servers  # noqa: E402
import sign  # noqa: E402
import stores  # noqa: E402
from harness import (COMMAND, PATIENCE_S, RESPONDER, Site,  # noqa: E402
                     TooSlow, exchange, is_locked, listening, paced,
                     raw_request, rounds, runners, wait_until, within, write)

__all__ = ['COMMAND', 'PATIENCE_S', 'RESPONDER', 'TOP', 'Place', 'Tap',
           'TooSlow', 'cases', 'check_stores', 'deliver', 'exchange',
           'is_locked', 'is_sanitized', 'listening', 'only_files', 'paced',
           'preloaded', 'raw_request', 'rounds', 'run_cgi', 'seed_from', 'servers', 'sign',
           'started_agent', 'started_runner', 'stores', 'temporary_folder',
           'unmounted', 'wait_until', 'within', 'write']

# begin and end, each in one write at the end of the file
HANDLER = '''#!/bin/sh
echo "begin $HOOK_DELIVERY $HOOK_ATTEMPT" >>%(journal)s
%(body)s
echo "end $HOOK_DELIVERY $HOOK_ATTEMPT" >>%(journal)s
'''

# both of them for an event, each a delivery of its own
HANDLERS = {'circleci': ('workflow-completed', 'all'),
            'drone': ('build.failure', 'all')}


def seed_from(argv):
    """the first argument, where there is one, repeats a run"""
    seed = int(argv[1]) if len(argv) > 1 else random.randrange(1 << 32)
    print(f'# seed {seed}: {argv[0]} {seed} does the same again', flush=True)
    return random.Random(seed)


# folders whose stores were looked at before they were unmounted
unmounted = set()


def check_stores(folder):
    """all that are in files in it; at least one is, or was"""
    found = glob.glob(folder + '/**/cgihook.db', recursive=True)
    assert found or any(path.startswith(folder + '/') for path in unmounted), \
        f'no store in {folder}'
    for path in found:
        stores.check_file(path)


@contextlib.contextmanager
def temporary_folder():
    """whatever a test has done to the stores in there: at its end they are
    whole. Nobody has to ask for that, and nobody gets around it."""
    with harness.temporary_folder() as folder, stores.dropped_at_the_end():
        try:
            yield folder
        finally:
            harness.end_agents(folder)
        if stores.IN_FILES:
            check_stores(folder)


class Tap(harness.Tap):
    """about the kind of store that TEST_STORE names"""

    def about_files(self, name, function, *arguments):
        """a test of what SQLite does with its files, or what happens to them"""
        if stores.IN_FILES:
            self.test(name, function, *arguments)
            return
        self.count += 1
        print(f'ok {self.count} - {name} # SKIP it is about files of SQLite',
              flush=True)


def only_files():
    """a program that is about nothing else"""
    if not stores.IN_FILES:
        print('it is about files of SQLite')
        sys.exit(77)


_library = []


def preloaded():
    """the environment by which a program gets the library that makes the world go
    wrong, built once"""
    if not _library:
        folder = tempfile.TemporaryDirectory(prefix='cgihook-fault-')
        path = folder.name + '/preload.so'
        subprocess.run([os.environ.get('CC', 'cc'), '-std=c11', '-O1', '-Wall',
                        '-Wextra', '-shared', '-fPIC', '-o', path,
                        TOP + '/tests/fault/preload.c', '-ldl'], check=True)
        _library.append((path, folder))
    # ASan wants to be the first library, and its look for leaks does not
    # survive what happens here
    return {'LD_PRELOAD': _library[0][0],
            'ASAN_OPTIONS': 'verify_asan_link_order=0:detect_leaks=0'}


class Place:
    """a site, and what is known of what happened in it; db: its store"""

    handler = HANDLER

    def __init__(self, folder, config='', handlers='', body='sleep 0.01',
                 db=None):
        self.db = db or stores.new(folder)
        self.site = Site(folder, self.db.config + config, handlers=False)
        self.db.write_secret(folder)
        self.folder, self.config = folder, self.site.config
        self.state = folder + '/state'
        self.journal = self.journal_of(folder)
        # where it is in files
        self.store = self.state + '/cgihook.db'
        with open(self.config, 'a', encoding='utf-8') as f:
            f.write(handlers)
        for source, names in HANDLERS.items():
            for name in names:
                self.write_handler(f'{source}/{name}', body)

    @staticmethod
    def journal_of(folder):
        return folder + '/journal'

    def begin_again(self):
        """with an empty store"""
        harness.end_agents(self.folder)
        shutil.rmtree(self.state, ignore_errors=True)
        self.db.begin_again()

    def write_handler(self, path, body):
        return write(f'{self.folder}/handlers/{path}', self.handler % {
            'journal': self.journal, 'body': body}, 0o755)

    def log(self):
        return self.site.log().decode(errors='replace')

    # --- what runs here ------------------------------------------------------

    def runners(self):
        return runners(self.config)

    def agents(self):
        return [pid for pid, config in harness.in_role('agent').items()
                if config == self.config]

    def runner(self):
        """the one; for a moment its child, which is no handler yet, looks the
        same"""
        pid, = wait_until(lambda: [found for found in [self.runners()]
                                   if len(found) == 1], 'the runner')[0]
        return pid

    def handlers(self):
        """processes that the runner has started and that still live"""
        return [pid for pid in harness.processes()
                if harness.link_of(pid, 'cwd').startswith(
                    self.folder + '/handlers')
                and b'HOOK_DELIVERY=' in harness.of_process(pid, 'environ')]

    # --- the command ---------------------------------------------------------

    def cgihook(self, *words, check=True):
        done = subprocess.run([COMMAND, '--config', self.config, *words],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=PATIENCE_S, check=False,
                              encoding='utf-8', errors='replace')
        if check and done.returncode != 0:
            raise AssertionError(f'cgihook {words}: {done.returncode} '
                                 f'{done.stdout}{done.stderr}')
        return done if not check else done.stdout

    def stats(self):
        return json.loads(self.cgihook('--json', 'stats'))

    def events(self):
        lines = self.cgihook('--json', 'log', '--limit', '100000')
        return {e['id']: e for e in map(json.loads, lines.splitlines())}

    def show(self, number):
        return json.loads(self.cgihook('--json', 'show', str(number)))

    def is_idle(self):
        s = self.stats()
        return s['queued'] == s['waiting'] == s['running'] == 0

    def finish(self, patience_s=PATIENCE_S):
        """until nothing waits and nobody runs any more; cron's line helps, as
        it would"""
        deadline = time.monotonic() + patience_s
        while not self.is_idle() or not harness.end_idle_runners(
                self.config):
            if time.monotonic() > deadline:
                raise AssertionError(f'still at work: {self.stats()}, runners '
                                     f'{self.runners()}\n' + self.log()[-2000:])
            done = self.cgihook('run', '--once', check=False)
            # the one at work may wait for the disk: ask again
            assert done.returncode == 0 or 'not react' in done.stderr, done
            time.sleep(0.05)
        # killed they are; that they are gone takes the kernel a moment
        wait_until(lambda: not self.handlers(), 'handlers to be gone')

    # --- the books -----------------------------------------------------------

    def check_store(self):
        self.db.check()

    def lines(self):
        """(begin or end, event, handler, attempt) in the order of writing"""
        with contextlib.suppress(FileNotFoundError):
            with open(self.journal, encoding='utf-8') as f:
                for line in f:
                    what, delivery, attempt, *_ = line.split()
                    number, _, handler = delivery.partition('/')
                    yield what, int(number), handler, int(attempt)

    def balance(self, accepted):
        """accepted: {event's number: source}. What was accepted is completed,
        and what ran again had been interrupted. Returns the figures."""
        events = self.events()
        begun, ended = collections.Counter(), collections.Counter()
        for what, number, handler, attempt in self.lines():
            count = begun if what == 'begin' else ended
            count[number, handler, attempt] += 1
        wrong = [f'{key} began {n} times' for key, n in begun.items() if n > 1]
        wrong += [f'{key} ended {n} times' for key, n in ended.items() if n > 1]
        wrong += [f'{key} ran and was never accepted' for key in begun
                  if key[0] not in accepted]
        wrong += [f'event {i} is there and was never accepted' for i in events
                  if i not in accepted]

        completed, lost = 0, []
        done = {key[:2] for key in ended}
        for number, source in accepted.items():
            states = {d['handler']: d['state'] for d in
                      events.get(number, {}).get('deliveries', [])}
            for handler in HANDLERS[source]:
                if (states.get(handler) == 'done' and
                        (number, handler) in done):
                    completed += 1
                else:
                    lost.append(f'{number}/{handler}: {states}')
        wrong += [f'lost: {text}' for text in lost]

        runs = collections.defaultdict(list)
        for number, handler, attempt in begun:
            runs[number, handler].append(attempt)
        again = {key: sorted(a) for key, a in runs.items() if len(a) > 1}
        for (number, handler), attempts in again.items():
            wrong += self.unlawful(number, handler, attempts)
        assert not wrong, f'{len(wrong)} wrong: ' + '\n'.join(wrong[:10])
        return {'accepted': len(accepted), 'completed': completed,
                'repeated': sum(len(a) - 1 for a in again.values()),
                'lost': len(lost)}

    def unlawful(self, number, handler, attempts):
        """another run is right only where the one before was interrupted"""
        delivery, = [d for d in self.show(number)['deliveries']
                     if d['handler'] == handler]
        by_number = {r['attempt']: r for r in delivery['runs']}
        for attempt in attempts[:-1]:
            run = by_number.get(attempt, {})
            killed = (run.get('result') == 'retry' and run.get('signal'))
            if run.get('result') != 'interrupted' and not killed:
                yield f'{number}/{handler} ran again after {run}'


# --- one process, by itself --------------------------------------------------

def is_sanitized():
    with open(os.environ.get('BUILD', TOP + '/build') + '/flags',
              encoding='utf-8') as f:
        return '-fsanitize' in f.read()


def sanitizers():
    return {name: value + ':verify_asan_link_order=0'
            for name, value in os.environ.items()
            if name.endswith('ASAN_OPTIONS')}


def run_cgi(place, path, headers, body, program=RESPONDER,
            stdout=subprocess.PIPE, **environment):
    """a request by plain CGI, without a web server: (status or None when it
    ended before a reply, reply as JSON, how it ended)"""
    path, _, query = path.partition('?')
    variables = {'GATEWAY_INTERFACE': 'CGI/1.1', 'REQUEST_METHOD': 'POST',
                 'SERVER_PROTOCOL': 'HTTP/1.1', 'SCRIPT_NAME': '/cgihook.fcgi',
                 'PATH_INFO': path, 'QUERY_STRING': query,
                 'REMOTE_ADDR': '127.0.0.1', 'CONTENT_LENGTH': str(len(body)),
                 'CGIHOOK_CONFIG': place.config, 'PATH': '/usr/bin:/bin',
                 **sanitizers(), **environment}
    for name, value in headers:
        name = name.upper().replace('-', '_')
        variables[name if name == 'CONTENT_TYPE' else 'HTTP_' + name] = value
    done = subprocess.run([program], input=body, env=variables,
                          stdout=stdout, stderr=subprocess.DEVNULL,
                          timeout=PATIENCE_S, check=False)
    if done.stdout is None:
        return None, None, done.returncode
    head, _, text = done.stdout.partition(b'\r\n\r\n')
    status = None
    for line in head.decode().split('\r\n'):
        if line.lower().startswith('status:'):
            status = int(line.split()[1])
    return status, json.loads(text) if text else None, done.returncode


def deliver(place, headers, body, accepted, program=RESPONDER):
    """to circleci, until there is a 2xx; of another answer only a database may
    be the reason, which was not reached in the time that a sender has"""
    def told():
        status, answer, _ = run_cgi(place, '/circleci', headers, body, program)
        assert status in (200, 202) or status == 503 and not stores.IN_FILES, \
            (status, answer, place.log()[-500:])
        return answer.get('id') and (status, answer['id'])

    status, number = wait_until(told, 'a 2xx')
    accepted[number] = 'circleci'
    return status


def started_runner(place, program=RESPONDER, **environment):
    """a runner as a responder starts it, but a child of ours"""
    return started_role('runner', place, environment, program)


@contextlib.contextmanager
def started_agent(place, **environment):
    """likewise who speaks to the database for the responders: once it lets them
    in, since they would start another one, and this one would end"""
    with started_role('agent', place, environment) as process:
        wait_until(lambda: process.poll() is not None or
                   harness.is_locked(place.state + '/agent.lock'), 'the agent')
        yield process


@contextlib.contextmanager
def started_role(role, place, environment, program=RESPONDER):
    os.makedirs(place.state, 0o700, exist_ok=True)
    process = subprocess.Popen(
        [program], stdin=subprocess.DEVNULL, cwd='/', env={
            'CGIHOOK_ROLE': role, 'CGIHOOK_CONFIG': place.config,
            'PATH': '/usr/bin:/bin', **sanitizers(), **environment})
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)
