"""Machines in network namespaces of their own, whose links to the database are
cut: both ways, or one way only, where packets go on to leave and none arrives.

The test itself is in a namespace (long_root_links), where the database is."""
import contextlib
import os
import subprocess
import sys
import time

from machines import (LEASE_S, Load, Machine, faults, harness, postgres,
                      servers, together, wait_until)

__all__ = ['again_in_a_namespace', 'faults', 'links_are_cut']

DATABASE = '10.9.0.1'
NOBODYS = '02:00:00:00:00:99'       # the address of no machine
CUTS = {'both ways': ('to', 'from'), 'to the database': ('to',),
        'from the database': ('from',)}


def ip(*words, within=()):
    subprocess.run([*within, 'ip', *words], check=True)


def enter(pid):
    return ['nsenter', f'--net=/proc/{pid}/ns/net']


class ServedThere(servers.LighttpdSocket):
    """the web server is here, the responder is there: a socket with a name is
    the same on both sides"""
    within = ()

    def spawn(self, *command, **options):
        there = self.within if harness.RESPONDER in command else ()
        return super().spawn(*there, *command, **options)


class Linked(Machine):
    """a machine at the end of a link"""

    def __init__(self, all_of_them, name, body):
        super().__init__(all_of_them, name, body)
        self.holder = subprocess.Popen(['unshare', '--net', 'sleep',
                                        'infinity'])
        wait_until(lambda: is_apart(self.holder.pid), 'a namespace')
        self.prefix = enter(self.holder.pid)
        self.server = ServedThere(self.site)
        self.server.within = self.prefix
        self.link = name
        net = f'10.9.{name[1:]}'
        self.here, self.there = net + '.1', net + '.2'
        ip('link', 'add', 'name', name, 'type', 'veth', 'peer', 'name', 'out',
           'netns', str(self.holder.pid))
        ip('addr', 'add', self.here + '/30', 'dev', name)
        ip('link', 'set', name, 'up')
        for words in (('link', 'set', 'lo', 'up'),
                      ('addr', 'add', self.there + '/30', 'dev', 'out'),
                      ('link', 'set', 'out', 'up'),
                      ('route', 'add', 'default', 'via', self.here)):
            ip(*words, within=self.prefix)

    def cut(self, ways):
        """what is sent that way goes to an address that nobody has"""
        if 'to' in ways:
            ip('neigh', 'replace', self.here, 'lladdr', NOBODYS, 'dev', 'out',
               'nud', 'permanent', within=self.prefix)
        if 'from' in ways:
            ip('neigh', 'replace', self.there, 'lladdr', NOBODYS, 'dev',
               self.link, 'nud', 'permanent')

    def mend(self):
        for address, device, within in (
                (self.here, 'out', self.prefix), (self.there, self.link, ())):
            subprocess.run([*within, 'ip', 'neigh', 'del', address, 'dev',
                            device], check=False, stderr=subprocess.DEVNULL)

    def stop(self):
        self.mend()
        super().stop()

    def leave(self):
        # with its peer; the kernel takes its time for a namespace's
        ip('link', 'del', self.link)
        self.holder.kill()
        self.holder.wait()


def is_apart(pid):
    return harness.of_process(pid, 'comm') == b'sleep\n'


class Reached:
    """the database as it is reached over the network"""

    def __init__(self, server):
        self.server = server

    def conn(self, **more):
        return self.server.conn(host=DATABASE, **more)


@contextlib.contextmanager
def linked(count, **more):
    ip('link', 'set', 'lo', 'up')
    ip('addr', 'replace', DATABASE + '/32', 'dev', 'lo')
    with postgres.started(listen_addresses=DATABASE) as server, \
            together(count, Reached(server), kind=Linked, **more) as machines:
        try:
            yield machines
        finally:
            machines.stop()
            for machine in machines:
                machine.leave()


@contextlib.contextmanager
def cut(machines, ways, seconds):
    for machine in machines:
        machine.cut(ways)
    try:
        time.sleep(seconds)
        yield
    finally:
        for machine in machines:
            machine.mend()


# one in so many runs for longer than a lease: with a longer one fewer, since they
# take as much longer
BODY = '[ $((HOOK_ID %% %d)) != 0 ] || sleep %d'


def links_are_cut(short_s, long_s, random_, lease_s=LEASE_S):
    """two responders, three runners; each cut meets one of each kind, or all"""
    body = BODY % (8 * lease_s / LEASE_S, 1.5 * lease_s)
    with linked(5, body=body, lease_s=lease_s) as machines:
        responders, runners = machines.all[:2], machines.all[2:]
        for machine in responders:
            machine.server.start()
        for machine in runners:
            machine.start_runner()
        with Load([m.server for m in responders], random_, 2, 0.3) as load:
            load.wait_for(10)
            with cut(machines, CUTS['both ways'], short_s):
                pass
            load.wait_for(3)
            for n, ways in enumerate(CUTS.values()):
                victims = [responders[n % 2], runners[n]]
                busy = [m for m in runners if m.handlers()]
                with cut(victims, ways, long_s):
                    left = runners[n].handlers()
                    assert not left, f'{left} live beyond their lease'
                load.wait_for(3)
                print(f'# {list(CUTS)[n]}: {len(busy)} of 3 runners had '
                      'handlers', flush=True)
        machines.wait_until_done(60 + 6 * lease_s)
        machines.stop()
        figures = machines.balance(load.accepted)
        print(f'# {load}; {figures}', flush=True)
        assert figures['lost'] == 0
        assert figures['completed'] == 2 * figures['accepted']


def again_in_a_namespace(argv):
    """the whole program"""
    if 'CGIHOOK_PRIVATE_NET' in os.environ:
        return
    os.environ['CGIHOOK_PRIVATE_NET'] = 'yes'
    if subprocess.run(['unshare', '--net', 'ip', 'link', 'add', 'name',
                       'left', 'type', 'veth', 'peer', 'name', 'right'], check=False,
                      stderr=subprocess.DEVNULL).returncode != 0:
        print('root may not make links here')
        sys.exit(77)
    os.execvp('unshare', ['unshare', '--net', sys.executable, *argv])
