"""Senders that begin and do not go on, thousands of them, beside a genuine one:
they hold no thread and little memory, and its slowest hundredth waits no longer
than five times what it waits when all is quiet, or 100 ms."""
import resource
import select
import time

import attack
import cases
from harness import (Site, Tap, TooSlow, rounds, temporary_folder, wait_until,
                     within)
from rawfcgi import (MEMORY_MAX, PATIENT_S, STDIN, Service, drone_request,
                     drone_variables, head, record, variables_of)

BODY_S = 600
LIMIT = 256 << 10               # body_limit, where it is to be reached
SMALL = 1 << 16
PATIENT_FOR_S = 1               # whoever has stalled longer makes room
HEADS = ((15500, 2300), (300, 60))    # lengths, and how many of each


class Stalled:
    """so many connections with a request that stops in its body"""

    def __init__(self, service, count):
        body = cases.build().ljust(2000)
        announced = head(drone_variables(body))
        unknown = head(variables_of('drone', [], None))
        part = record(STDIN, body[:1500])
        self.connections = []
        for i in range(count):
            c = service.connect()
            c.send((announced, unknown)[i % 2] + (part, part[:700])[i % 3 > 0])
            self.connections.append(c)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        for c in self.connections:
            c.socket.close()

    def none_has_ended(self):
        for c in self.connections:
            c.socket.setblocking(False)
            try:
                said = c.socket.recv(1)
            except BlockingIOError:
                continue
            raise AssertionError(f'a stalled one has ended: {said}')


@rounds
def hold_up_nobody(service, count, seconds):
    before = service.descriptors()
    quiet, _ = attack.genuine(service, seconds)
    with Stalled(service, count) as stalled:
        slow, _ = attack.genuine(service, seconds)
        stalled.none_has_ended()
        most = service.memory()
    print(f'# {count} stalled: {quiet * 1000:.1f} ms when quiet, '
          f'{slow * 1000:.1f} ms beside them, {most >> 10} KiB')
    assert most < MEMORY_MAX, most
    service.wait_for_descriptors(before)
    if slow > max(5 * quiet, PATIENT_S):
        raise TooSlow(f'{slow} s, {quiet} s when it is quiet')


def stall(service, held, length, count=1):
    """bodies that lack their last byte; the last connection"""
    for _ in range(count):
        c = service.connect()
        held.append(c)
        c.send(head(variables_of('drone', [], length)))
        for at in range(0, length - 1, 32768):
            c.send(record(STDIN, b' ' * min(32768, length - 1 - at)))
    return held[-1]


def close(held):
    for c in held:
        c.socket.close()


def refused(connection, start):
    """503 while nobody has stalled for so long that it makes room"""
    left_s = start + PATIENT_FOR_S - time.monotonic()
    if not select.select([connection.socket], [], [], max(0, left_s))[0]:
        raise TooSlow('room may have been made')
    reply = connection.reply()
    connection.socket.close()
    return reply.status == 503


@rounds
def all_bodies_together_have_a_limit(service):
    """Sixteen times body_limit, a quarter of that for small bodies alone. What
    is full is answered 503, and what is given back is there again."""
    start, held = time.monotonic(), []
    try:
        stall(service, held, LIMIT, 12)
        assert refused(stall(service, held, LIMIT), start)
        held.pop()
        stall(service, held, SMALL, 4 * LIMIT // SMALL)
        assert refused(stall(service, held, SMALL), start)
        held.pop()
        ended = select.select([c.socket for c in held], [], [], 0)[0]
        with within(PATIENT_FOR_S - (time.monotonic() - start)):
            pass
        assert not ended, f'{len(ended)} had no room'
    finally:
        close(held)
    wait_until(lambda: service.ask(drone_request(
        cases.build().ljust(LIMIT))).status == 202, 'room for a body')


def the_body_that_has_stalled_longest_makes_room(service):
    """however much the bodies of others take, a small one is accepted"""
    held = []
    try:
        stall(service, held, LIMIT, 12)
        stall(service, held, SMALL, 4 * LIMIT // SMALL)
        time.sleep(PATIENT_FOR_S + 0.1)
        for size in (500, 500, 30000, 65536):
            body = cases.build().ljust(size)
            assert service.ask(drone_request(body)).status == 202, size
        assert held[0].reply().status == 503
    finally:
        close(held)


@rounds
def heads_that_stall_make_room(service):
    """as many variables as fit, and more; the oldest goes before its time is
    up, which is after 10 s"""
    held = []
    try:
        with within(8):
            for length, count in HEADS:
                whole = head(variables_of('drone', [('X-Long', 'x' * length)],
                                          5))
                for _ in range(count):
                    held.append(service.connect())
                    held[-1].try_to_send(whole[:-8])
            time.sleep(PATIENT_FOR_S + 0.1)
            for _ in range(5):
                reply = service.ask(drone_request(cases.build()))
                assert reply.status == 202, reply
            assert held[0].ends() == b''
    finally:
        close(held)


def run(count, seconds):
    tap = Tap()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with temporary_folder() as folder:
        site = Site(folder, 'runner = external', handlers=False)
        site.change_config('body_timeout = 60s', f'body_timeout = {BODY_S}s')
        site.change_config('body_limit = 2MiB', f'body_limit = {LIMIT}')
        with Service(site) as service:
            tap.test('all bodies together have a limit',
                     all_bodies_together_have_a_limit, service)
            tap.test('the body that has stalled longest makes room',
                     the_body_that_has_stalled_longest_makes_room, service)
            tap.test('heads that stall make room',
                     heads_that_stall_make_room, service)
            tap.test(f'{count} stalled bodies hold up nobody', hold_up_nobody,
                     service, count, seconds)
    tap.finish()
