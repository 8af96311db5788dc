"""Connections that end at any moment: by pg_terminate_backend, or cut between
the database and its client, at the very COMMIT."""
import contextlib
import os
import random
import socket
import threading
import time

from machines import LEASE_S, Load, postgres, together, wait_until

CLIENTS = 6


def terminated_at_random(times, random_):
    with together(2, body='sleep 0.0$((HOOK_ID % 5))') as machines:
        ended = begun = 0
        for machine in machines:
            machine.server.start()
            machine.start_runner()
        with Load([m.server for m in machines], random_, CLIENTS) as load:
            load.wait_for(10)
            while begun < times:
                time.sleep(random_.random() * 0.2)
                # some, or all at once
                ended += machines.db.terminate(
                    f'random() < {random_.choice((0.3, 1))}')
                begun += 1
            load.wait_for(20)
        finish(machines, load)
        print(f'# {ended} connections ended in {times} rounds; {load}',
              flush=True)


def finish(machines, load):
    machines.wait_until_done(60 + 3 * LEASE_S)
    machines.stop()
    figures = machines.balance(load.accepted)
    print(f'# {figures}', flush=True)
    assert figures['lost'] == 0
    assert figures['completed'] == 2 * figures['accepted']


class Proxy:
    """between programs and a server: a connection may end when a COMMIT passes

    before: what asks to commit is not passed on. after: it is, but the answer
    does not come back."""

    def __init__(self, server, folder):
        self.place = folder
        self.target = f'{server.place}/.s.PGSQL.{postgres.PORT}'
        self.share = {'before': 0.0, 'after': 0.0}
        self.cut = {'before': 0, 'after': 0}
        self.random = random.Random(1)
        self.listener = socket.socket(socket.AF_UNIX)
        path = f'{folder}/.s.PGSQL.{postgres.PORT}'
        self.listener.bind(path)
        os.chmod(path, 0o777)
        self.listener.listen(50)
        self.threads = [threading.Thread(target=self.accept, daemon=True)]
        self.threads[0].start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.socket(socket.AF_UNIX)
                try:
                    server.connect(self.target)
                except OSError:
                    client.close()
                    continue
                link = Link(self, client, server)
                for target in link.forth, link.back:
                    threading.Thread(target=target, daemon=True).start()

    def chance(self, what):
        if self.random.random() < self.share[what]:
            self.cut[what] += 1
            return True
        return False

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.threads[0].join()


class Link:
    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.is_mute = False        # the answer to a COMMIT is not passed on

    def forth(self):
        with contextlib.suppress(OSError):
            while data := self.client.recv(1 << 16):
                if b'COMMIT\0' in data:
                    if self.proxy.chance('before'):
                        break
                    self.is_mute = self.proxy.chance('after')
                self.server.sendall(data)
        self.end()

    def back(self):
        with contextlib.suppress(OSError):
            while data := self.server.recv(1 << 16):
                if self.is_mute:
                    break
                self.client.sendall(data)
        self.end()

    def end(self):
        for s in self.client, self.server:
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)


class Through:
    """a server as it is reached through a proxy"""

    def __init__(self, server, place):
        self.server, self.place = server, place

    def conn(self, **more):
        return self.server.conn(host=self.place, **more)


@contextlib.contextmanager
def proxied(count, body):
    with postgres.started() as server:
        os.mkdir(server.place + '/proxy')
        proxy = Proxy(server, server.place + '/proxy')
        try:
            with together(count, Through(server, proxy.place),
                          body=body) as machines:
                for machine in machines:
                    machine.server.start()
                yield proxy, machines
        finally:
            proxy.close()


def cut_at_commits(seconds, random_):
    """a tenth of all commits loses its connection, on the way there or back"""
    with proxied(2, 'sleep 0.0$((HOOK_ID % 5))') as (proxy, machines):
        for machine in machines:
            machine.start_runner()
        with Load([m.server for m in machines], random_, CLIENTS) as load:
            load.wait_for(10)
            proxy.share.update(before=0.1, after=0.1)
            time.sleep(seconds)
            proxy.share.update(before=0, after=0)
            load.wait_for(10)
        assert proxy.cut['before'] > 3 and proxy.cut['after'] > 3, proxy.cut
        finish(machines, load)
        print(f'# cut {proxy.cut}; {load}', flush=True)


def every_commit_is_lost_for_a_while():
    """nobody is told that all is well, and then all is"""
    with proxied(1, ':') as (proxy, machines):
        machine, = machines
        machine.expect(machine.new(), 202)
        for way in 'before', 'after':
            event = machine.new()
            proxy.share[way] = 1
            machine.expect(event, 503, patience_s=60)
            proxy.share[way] = 0
            told = wait_until(lambda e=event: [r for r in [
                machine.send(e, 60)] if r.status != 503], 'an answer')[0]
            # what was committed, and could not be said, is a duplicate then
            assert told.status in ((202,) if way == 'before' else (200, 202)), \
                told
        machine.start_runner()
        machines.wait_until_done()
        machines.stop()
        assert machines.balance()['accepted'] == 3
