"""kill -9 at random instants, under load, behind a real web server."""
import contextlib
import http.client
import os
import signal
import threading
import time

from faults import (PATIENCE_S, Place, cases, exchange, is_sanitized,
                    raw_request, sign, stores, temporary_folder, wait_until)
from harness import stat_of

CLIENTS = 4
PAUSE_S = 0.05

CONFIG = '''
concurrency = 8
workers = 8
'''
# whoever is killed ten times over is tried again
HANDLERS = ''.join(f'''
handler {path} {{
	attempts = 1000
	backoff = 20ms
}}
''' for path in ('circleci/workflow-completed', 'circleci/all',
                 'drone/build.failure', 'drone/all'))


class Sender(threading.Thread):
    """sends until there is a 2xx, as CircleCI does, and some of it once more"""

    def __init__(self, server, random_, stop, pause_s):
        super().__init__()
        self.server, self.random, self.stop = server, random_, stop
        self.pause_s = pause_s
        self.accepted = {}      # number: source
        self.sent_as = {}       # number: the request
        self.sent = self.repeats = self.refusals = 0
        self.wrong = []

    def make(self):
        if self.random.random() < 0.5:
            body = cases.build('failure')
            return 'drone', body, sign.drone(body)
        body = cases.workflow()
        return 'circleci', body, sign.circleci(body)

    def send(self, raw):
        """until it is answered with a 2xx: (status, number)"""
        # a link may be cut for a minute
        deadline = time.monotonic() + 3 * PATIENCE_S
        answer = 'nothing'
        while time.monotonic() < deadline:
            # an answer that is cut off is none
            with contextlib.suppress(OSError, ValueError, EOFError,
                                     http.client.HTTPException):
                reply = exchange(self.server.port, raw, 10)
                if reply.status in (200, 202):
                    return reply.status, reply.id
                answer = str(reply)
                if reply.status < 500:
                    break
            self.refusals += 1
            time.sleep(0.02)
        self.wrong.append(f'answered at last: {answer}')
        return None, None

    def run(self):
        while not self.stop.is_set():
            source, body, headers = self.make()
            raw = raw_request('POST', f'{self.server.path}/{source}', headers,
                              body)
            self.sent += 1
            _, number = self.send(raw)
            if number is None:
                return
            if number in self.accepted:
                self.wrong.append(f'two events have number {number}')
            self.accepted[number] = source
            self.sent_as[number] = raw
            if self.random.random() < 0.3:
                self.repeats += 1
                status, again = self.send(raw)
                if (status, again) != (200, number):
                    self.wrong.append(f'event {number} came again and was '
                                      f'answered {status}, number {again}')
            time.sleep(self.random.random() * 2 * self.pause_s)


def kill_any(pids, random_):
    with contextlib.suppress(OSError, IndexError):
        pid = random_.choice(pids)
        parent = int(stat_of(pid)[1])
        os.kill(pid, signal.SIGKILL)
        # At its end a sanitized program has a helper, which looks like it and
        # without which it never ends: they go together.
        if parent in pids and is_sanitized():
            with contextlib.suppress(ProcessLookupError):
                os.kill(parent, signal.SIGKILL)
        return True
    return False


class Killer:
    def __init__(self, place, server, random_):
        self.place, self.server, self.random = place, server, random_
        self.killed = dict.fromkeys(
            ('responder', 'runner', 'handler')
            + ('agent',) * (not stores.IN_FILES), 0)

    def responder(self):
        if not kill_any(self.server.responders(), self.random):
            return False
        if self.server.restarts:
            self.server.spawn_fcgi()
            # lighttpd leaves one that refused it alone for a second
            wait_until(self.is_served, 'the new responder')
        return True

    def is_served(self):
        return exchange(self.server.port, raw_request(
            'GET', self.server.path + '/drone', [])).status == 405

    def runner(self):
        return kill_any(self.place.runners(), self.random)

    def handler(self):
        return kill_any(self.place.handlers(), self.random)

    def agent(self):
        return kill_any(self.place.agents(), self.random)

    def victims(self, rounds):
        """in any order, but each kind as often as the others"""
        kinds = list(self.killed)
        order = [kinds[n % len(kinds)] for n in range(rounds)]
        self.random.shuffle(order)
        return order

    def round(self, victim):
        """wait for an instant, then kill the first that is there: not every look
        meets one that lives for milliseconds, least of all on a busy machine"""
        time.sleep(self.random.random() * 0.15)
        deadline = time.monotonic() + PATIENCE_S
        while not getattr(self, victim)():
            assert time.monotonic() < deadline, f'no {victim} to kill'
            time.sleep(self.random.random() * 0.004)
        self.killed[victim] += 1


class Load:
    """senders, each with one of the servers in turn, for as long as a with
    statement; accepted: {number: source}, afterwards"""

    def __init__(self, served_by, random_, clients=CLIENTS, pause_s=PAUSE_S):
        self.stop = threading.Event()
        self.accepted = {}
        self.senders = [
            Sender(served_by[n % len(served_by)],
                   type(random_)(random_.random()), self.stop, pause_s)
            for n in range(clients)]

    def __enter__(self):
        for sender in self.senders:
            sender.start()
        return self

    def __exit__(self, kind, *_):
        self.stop.set()
        for sender in self.senders:
            sender.join()
        if kind is None:
            self.add_up()

    def count(self):
        return sum(len(s.accepted) for s in self.senders)

    def wait_for(self, count):
        """so many more to be accepted"""
        count += self.count()
        wait_until(lambda: self.count() >= count or
                   any(s.wrong for s in self.senders),
                   'enough to be accepted', PATIENCE_S)

    def add_up(self):
        wrong = [text for sender in self.senders for text in sender.wrong]
        assert not wrong, wrong[:5]
        for sender in self.senders:
            both = self.accepted.keys() & sender.accepted.keys()
            assert not both, f'two events have one number: {both}'
            self.accepted.update(sender.accepted)

    def __str__(self):
        return (f'sent {sum(s.sent for s in self.senders)}, again '
                f'{sum(s.repeats for s in self.senders)}, not answered with a '
                f'2xx {sum(s.refusals for s in self.senders)}')


def load_and_kill(place, server, rounds, random_):
    killer = Killer(place, server, random_)
    with Load([server], random_) as load:
        for victim in killer.victims(rounds):
            killer.round(victim)
        # with so many deaths there may have been no time to accept much
        load.wait_for(max(0, rounds + 1 - load.count()))
    print(f'# killed {killer.killed}; {load}', flush=True)
    return load.accepted


def kill_and_balance(kind, rounds, random_):
    with temporary_folder() as folder:
        place = Place(folder, CONFIG, HANDLERS,
                      body='sleep 0.0$((HOOK_ID % 5))')
        server = kind(place.site)
        server.restarts = 'spawn' in kind.name
        try:
            server.start()
            accepted = load_and_kill(place, server, rounds, random_)
            place.finish()
            figures = place.balance(accepted)
        finally:
            server.stop()
            place.finish()
        place.check_store()
    print(f'# {kind.name}, {rounds} rounds: '
          + ', '.join(f'{k} {v}' for k, v in figures.items()), flush=True)
    assert figures['lost'] == 0 and figures['accepted'] > rounds
    assert figures['completed'] == 2 * figures['accepted']
