"""Machines that share a database: each has a state folder, a copy of the
handlers, a responder behind a web server, and a runner. What handlers do is in
one journal, and each delivery has a file that its handler locks: two at work on
it at once are seen for certain."""
import collections
import contextlib
import os
import signal
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, TOP + '/tests/fault')

# pylint: disable=wrong-import-position
import faults  # noqa: E402
import harness  # noqa: E402
import postgres  # noqa: E402
import stores  # noqa: E402
from faults import COMMAND, HANDLERS, PATIENCE_S, servers  # noqa: E402
from harness import end, wait_until  # noqa: E402
from killing import Load  # noqa: E402
from world import Served  # noqa: E402

__all__ = ['LEASE_S', 'Load', 'Machine', 'Machines', 'faults', 'harness',
           'postgres', 'servers', 'stores', 'together', 'wait_until']

LEASE_S = stores.LEASE_S

CONFIG = '''
runner = external
workers = 4
concurrency = 6
'''
TRIED_AGAIN = ''.join(f'''
handler {source}/{name} {{
	attempts = 1000
	backoff = 20ms
}}
''' for source, names in HANDLERS.items() for name in names)

HANDLER = '''#!/bin/sh
say() { echo "$1 $HOOK_DELIVERY $HOOK_ATTEMPT $HOOK_FENCE" >>%(journal)s; }
exec 9>>"%(journal)s.${HOOK_DELIVERY%%/*}-${HOOK_DELIVERY#*/}"
flock -n 9 || say overlap
say begin
%(body)s
say end
'''


class Machine(Served):
    """its folder is in the one of all"""
    handler = HANDLER

    def __init__(self, all_of_them, name, body):
        self.name, self.process = name, None
        super().__init__(f'{all_of_them.folder}/{name}',
                         CONFIG + all_of_them.config,
                         TRIED_AGAIN + all_of_them.handlers, body,
                         db=all_of_them.db)
        self.environment = {'PATH': '/usr/bin:/bin', **faults.sanitizers()}

    @staticmethod
    def journal_of(folder):
        """the same for all, or their handlers would not be"""
        return os.path.dirname(folder) + '/journal'

    def lines(self):
        """without those that a runner ended itself, since its lease was about to
        run out, and handed back: that costs no attempt, and did not end"""
        lines = [tuple(line) for line in self.journal_lines()]
        ended = {(delivery, fence) for what, delivery, _, fence in lines
                 if what == 'end'}
        last = {line[1:3]: line[3] for line in lines if line[0] == 'begin'}
        for what, delivery, attempt, fence in lines:
            number, _, handler = delivery.partition('/')
            if (what == 'begin' and last[delivery, attempt] != fence and
                    (delivery, fence) not in ended):
                continue
            yield what, int(number), handler, int(attempt)

    def journal_lines(self):
        with contextlib.suppress(FileNotFoundError):
            with open(self.journal, encoding='utf-8') as f:
                return [line.split() for line in f]
        return []

    # what a program of this machine begins with
    prefix = ()

    def start_runner(self, **environment):
        with open(self.folder + '/runner.out', 'ab') as out:
            self.process = subprocess.Popen(
                [*self.prefix, COMMAND, '--config', self.config, 'run'],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd='/',
                env={**self.environment, **environment})

    def stop_runner(self):
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            if self.process.poll() is None:
                end(self.process)
            self.process = None

    def kill_runner(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def pause_runner(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume_runner(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        self.server.stop()
        self.stop_runner()

    def said(self):
        """its log, and what the runner printed, if it has one"""
        with contextlib.suppress(FileNotFoundError), open(
                self.folder + '/runner.out', encoding='utf-8',
                errors='replace') as f:
            return self.log() + f.read()
        return self.log()


class Machines:
    """db: their store. With the folder they end, and are whole."""

    def __init__(self, folder, count, server=None, config='', handlers='',
                 body='sleep 0.01', kind=Machine, lease_s=LEASE_S,
                 schema=None):
        self.folder, self.config, self.handlers = folder, config, handlers
        self.lease_s = lease_s
        self.db = stores.Schema(server, lease_s, schema)
        self.all = [kind(self, f'm{n + 1}', body) for n in range(count)]
        self.accepted = {}

    def __iter__(self):
        return iter(self.all)

    def __getitem__(self, n):
        return self.all[n]

    def write_handler(self, path, body):
        for machine in self:
            machine.write_handler(path, body)

    def stop(self):
        for machine in self:
            machine.stop()
        wait_until(lambda: not any(m.handlers() for m in self),
                   'handlers to be gone')
        wait_until(lambda: not [c for c in harness.in_role('guard').values()
                                if c.startswith(self.folder + '/')],
                   'guards to end')

    def move(self):
        """to where the database is now"""
        for machine in self:
            self.db.write_secret(machine.folder)

    # --- what has happened ---------------------------------------------------

    def states(self):
        """{state of deliveries: how many}; "queued": events"""
        rows = self.db.query(
            "SELECT 'queued', count(*) FROM event WHERE state = 0 UNION ALL "
            'SELECT state::text, count(*) FROM delivery GROUP BY state')
        found = collections.Counter()
        for state, count in rows:
            name = stores.STATES[int(state)] if state.isdigit() else state
            found[name] = int(count)
        return +found

    def is_idle(self):
        states = self.states()
        return states['queued'] == states['waiting'] == states['running'] == 0

    def wait_until_done(self, patience_s=PATIENCE_S):
        """as long as something is got done within that time"""
        deadline, before = time.monotonic() + patience_s, None
        while not self.is_idle():
            now = self.states()
            if now != before:
                deadline, before = time.monotonic() + patience_s, now
            if time.monotonic() > deadline:
                raise AssertionError(f'still at work: {self.states()}\n' +
                                     ''.join(m.said()[-1500:] for m in self))
            time.sleep(0.1)

    def journal(self):
        """[what, delivery, attempt, fence], in the order of writing"""
        return self.all[0].journal_lines()

    def balance(self, accepted=None):
        """Nobody was at work on a delivery at once with somebody else, fences
        rise, and the books are right. Returns the figures."""
        lines = self.journal()
        both = [line for line in lines if line[0] == 'overlap']
        assert not both, f'{len(both)} overlaps: {both[:5]}'
        last = {}
        for what, delivery, attempt, *fence in lines:
            assert len(fence) == 1, f'no fence: {what} {delivery} {attempt}'
            if what == 'begin':
                assert int(fence[0]) > last.get(delivery, 0), \
                    f'{delivery} began with fence {fence[0]} after {last}'
                last[delivery] = int(fence[0])
        if accepted is None:
            accepted = self.accepted
            for machine in self:
                accepted.update(machine.accepted)
        figures = self.all[0].balance(accepted)
        self.db.check()
        keys = self.db.query('SELECT count(*) - count(DISTINCT key) '
                             'FROM event')
        assert keys == [['0']], 'a key was accepted twice'
        figures['overlaps'] = 0
        return figures

    def late_ends(self):
        """[event/handler, attempt]: what said that it ended, and counts as
        interrupted"""
        found = []
        for what, delivery, attempt, _ in self.journal():
            number, _, handler = delivery.partition('/')
            if what != 'end':
                continue
            for of in self.all[0].show(int(number))['deliveries']:
                for run in of['runs']:
                    if (of['handler'] == handler and
                            run['attempt'] == int(attempt) and
                            run['result'] == 'interrupted'):
                        found.append([delivery, attempt])
        return found


@contextlib.contextmanager
def together(count, server=None, **more):
    """machines in a folder of their own"""
    with faults.temporary_folder() as folder:
        machines = Machines(folder, count, server, **more)
        try:
            yield machines
        finally:
            try:
                machines.stop()
            finally:
                for machine in machines:
                    # what was left in the middle, after a failure
                    for pid in machine.handlers():
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)
