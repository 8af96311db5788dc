"""Senders that begin and do not go on, thousands of them, beside a genuine one:
they hold no thread and little memory, and its slowest hundredth waits no longer
than five times what it waits when all is quiet, or 100 ms."""
import resource
import time

import attack
import cases
from harness import Site, Tap, temporary_folder, wait_until
from rawfcgi import (MEMORY_MAX, PATIENT_S, STDIN, Service, drone_request,
                     drone_variables, head, record, variables_of)

TRIES = 3
BODY_S = 60
LIMIT = 2 << 20                 # body_limit
SMALL = 1 << 16


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


def hold_up_nobody(service, count, seconds):
    before = service.descriptors()
    for _ in range(TRIES):
        quiet, _ = attack.genuine(service, seconds)
        with Stalled(service, count) as stalled:
            slow, _ = attack.genuine(service, seconds)
            stalled.none_has_ended()
            most = service.memory()
        print(f'# {count} stalled: {quiet * 1000:.1f} ms when quiet, '
              f'{slow * 1000:.1f} ms beside them, {most >> 10} KiB')
        assert most < MEMORY_MAX, most
        service.wait_for_descriptors(before)
        # what else this machine does at the same time may spoil one try
        if slow <= max(5 * quiet, PATIENT_S):
            return
    raise AssertionError(f'{slow} s, {quiet} s when it is quiet')


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


def all_bodies_together_have_a_limit(service):
    """Sixteen times body_limit, a quarter of that for small bodies alone. What
    is full is answered 503, and what is given back is there again."""
    for _ in range(TRIES):
        start, held = time.monotonic(), []
        try:
            stall(service, held, LIMIT, 12)
            large = stall(service, held, LIMIT).reply().status
            held.pop().socket.close()
            stall(service, held, SMALL, 4 * LIMIT // SMALL)
            small = stall(service, held, SMALL).reply().status
            held.pop().socket.close()
            if time.monotonic() - start > 1:
                continue    # so slow that room may have been made
            assert (large, small) == (503, 503), (large, small)
            for c in held:
                c.socket.settimeout(0)
                try:
                    raise AssertionError(f'no room: {c.socket.recv(99)}')
                except BlockingIOError:
                    pass
            break
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
        time.sleep(1.1)
        for size in (500, 500, 30000, 65536):
            body = cases.build().ljust(size)
            assert service.ask(drone_request(body)).status == 202, size
        assert held[0].reply().status == 503
    finally:
        close(held)


def heads_that_stall_make_room(service):
    """as many variables as fit, and more"""
    held = []
    whole = head(variables_of('drone', [('X-Long', 'x' * 16000)], 5))
    try:
        for _ in range(2100):
            held.append(service.connect())
            held[-1].send(whole[:-8])
        time.sleep(1.1)
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
        site.change_config('body_timeout = 5s', f'body_timeout = {BODY_S}s')
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
