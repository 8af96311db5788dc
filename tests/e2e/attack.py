"""64 attackers at full speed beside one genuine sender: none of its events is
lost, and its slowest hundredth waits no longer than five times what it waits
when nobody attacks, or 100 ms; responder and runner together stay under 64 MiB,
though all of them send bodies of 1 MiB.

A program of its own makes the attacks, so that the genuine sender's clock does
not wait for its interpreter."""
import random
import subprocess
import sys
import threading
import time

import cases
import sign
from harness import (Site, Tap, TooSlow, rounds, temporary_folder, wait_until,
                     write)
from rawfcgi import (MEMORY_MAX, PATIENT_S, STDIN, Client, Service,
                     drone_request, drone_variables, head, stream)

MIB = 1 << 20
ATTACKERS = 64


def open_and_leave(path):
    with Client(path) as c:
        c.send(drone_request(b'{}')[:200])


def stall(path):
    body = b' ' * MIB
    with Client(path) as c:
        c.send(head(drone_variables(body)) + stream(STDIN, body)[:-100])
        # the reply comes when the time is up, or when all bodies together are
        # too many
        assert c.first_output().status in (408, 503)


def send_garbage(path):
    with Client(path) as c:
        c.try_to_send(random.randbytes(4096))
        c.socket.shutdown(1)
        c.ends()


def wrong_signatures(path, request=[]):  # noqa: B006: made once
    if not request:
        body = b'{"event":"build"}'.ljust(MIB)
        request.append(drone_request(body, sign.drone(body, b'not it')))
    with Client(path) as c:
        if c.try_to_send(request[0]):
            assert c.first_output().status in (401, 503)


ATTACKS = (open_and_leave, stall, send_garbage, wrong_signatures)


def attack(path):
    """until killed"""
    def work(one):
        while True:
            try:
                one(path)
            except (OSError, EOFError):
                pass

    for i in range(ATTACKERS):
        threading.Thread(target=work, args=(ATTACKS[i % len(ATTACKS)],)).start()


def genuine(service, seconds):
    """(99th percentile in seconds, the numbers of the accepted events)"""
    took, ids = [], []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        request = drone_request(cases.build().ljust(random.choice(
            (2000, 20000, 50000))))
        start = time.monotonic()
        reply = service.ask(request)
        took.append(time.monotonic() - start)
        assert reply.status == 202, reply
        ids.append(int(reply.body.split(b':')[1].split(b',')[0]))
        time.sleep(0.01)
    took.sort()
    return took[len(took) * 99 // 100], ids


class Watch(threading.Thread):
    """the most memory that responder and runner ever held together"""

    def __init__(self, service):
        super().__init__()
        self.service, self.most, self.over = service, 0, threading.Event()

    def run(self):
        while not self.over.wait(0.02):
            self.most = max(self.most, self.service.memory()
                            + self.service.memory(self.service.runner.pid))


def ran(site):
    """the numbers of the events that ran, each as often as it did"""
    with open(site.folder + '/ran', encoding='utf-8') as f:
        return sorted(int(line) for line in f)


def attacked(service, seconds):
    attackers = subprocess.Popen([sys.executable, __file__, service.path])
    try:
        time.sleep(1)
        result = genuine(service, seconds)
        assert attackers.poll() is None, 'nobody attacked'
        return result
    finally:
        attackers.kill()
        attackers.wait()


@rounds
def measure(service, seconds, timed, watch, expected):
    quiet, ids = genuine(service, seconds)
    expected += ids
    slow, ids = attacked(service, seconds)
    expected += ids
    print(f'# slowest hundredth of {len(ids)}: quiet {quiet * 1000:.0f} ms, '
          f'attacked {slow * 1000:.0f} ms; {watch.most // 1024} KiB')
    if timed and slow > max(5 * quiet, PATIENT_S):
        raise TooSlow(f'{slow} s, {quiet} s when it is quiet')


def check(service, seconds, timed):
    watch = Watch(service)
    watch.start()
    expected = []
    try:
        measure(service, seconds, timed, watch, expected)
    finally:
        watch.over.set()
        watch.join()
    assert watch.most < MEMORY_MAX, f'{watch.most} bytes'
    expected.sort()
    assert len(set(expected)) == len(expected)
    wait_until(lambda: ran(service.site) == expected,
               f'{len(expected)} events to run')


HANDLER = '''#!/bin/sh
echo "$HOOK_ID" >>%s/ran
'''


def run(seconds, timed):
    """timed: on a machine that does nothing else, where times mean something"""
    tap = Tap()
    with temporary_folder() as folder:
        site = Site(folder, 'runner = external', handlers=False)
        write(site.folder + '/handlers/drone/all', HANDLER % folder, 0o755)
        with Service(site, runner=True) as service:
            tap.test('attackers harm no genuine sender', check, service,
                     seconds, timed)
    tap.finish()


if __name__ == '__main__':
    attack(sys.argv[1])
