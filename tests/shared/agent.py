"""The agent: what it does for responders while it, the database or the
configuration changes, and what no process that reads requests has."""
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time

from machines import faults, harness, postgres, servers, stores, wait_until
from world import SENDER_PATIENCE_S, Served

SECRET = 'of-the-agent-alone-0815'


class Responder(Served):
    """with a schema of its own, in this server or in the run's"""

    def __init__(self, folder, config, server, kind):
        faults.Place.__init__(self, folder, config, db=stores.Schema(server))
        self.server = kind(self.site)
        self.accepted = {}

    def agent(self):
        """the one; where several were started, the others end"""
        pid, = wait_until(lambda: [found for found in [self.agents()]
                                   if len(found) == 1], 'the agent')[0]
        return pid

    def kill_agent(self):
        """and wait until it is gone; its number"""
        pid = self.agent()
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: pid not in self.agents(), 'it to be gone')
        return pid

    def events(self):
        rows = self.db.query('SELECT count(*) FROM event') \
            if self.db.exists() else [['0']]
        return int(rows[0][0])


@contextlib.contextmanager
def responder(server=None, config='', kind=servers.LighttpdSocket):
    with faults.temporary_folder() as folder:
        place = Responder(folder, config, server, kind)
        try:
            place.server.start()
            yield place
        except Exception:
            print(''.join(f'# {line}\n' for line in
                          place.log().splitlines()[-20:]), end='')
            raise
        finally:
            place.server.stop()
            harness.wait_for_idle_runner(place.config)


# --- secrets -----------------------------------------------------------------

def has_in_memory(pid, word):
    """whether a process has this text anywhere it can write"""
    maps = harness.of_process(pid, 'maps').decode()
    with contextlib.suppress(FileNotFoundError, ProcessLookupError), \
            open(f'/proc/{pid}/mem', 'rb', buffering=0) as memory:
        for where, mode, *_ in map(str.split, maps.splitlines()):
            if not mode.startswith('rw'):
                continue
            begin, end = (int(n, 16) for n in where.split('-'))
            with contextlib.suppress(OSError, ValueError):
                memory.seek(begin)
                if word in memory.read(end - begin):
                    return True
    return False


def password_is_the_agents_alone():
    with responder() as place:
        text = place.db.conn() + f' password={SECRET}'
        path = place.folder + '/pg.conn'
        with open(path, 'w', encoding='ascii') as f:
            f.write(text)
        place.expect(place.new(), 202)
        word = SECRET.encode()
        # a reader that finds nothing anywhere would show nothing
        assert has_in_memory(place.agent(), word)
        has_it = {pid: has_in_memory(pid, word)
                  for pid in place.server.processes()}
        # one that was about to become a runner is no responder by now; parent
        # and child stay
        stay = has_it.keys() & place.server.processes().keys()
        assert len(stay) >= 2, has_it
        assert not [pid for pid in stay if has_it[pid]], has_it
        assert SECRET not in place.log()


# --- its commits -------------------------------------------------------------

def event_that_is_alone_costs_one_commit():
    """each connection that writes has a row, which counts its commits"""
    with responder(config='runner = external\n') as place:
        for _ in range(50):
            place.expect(place.new(), 202)
        assert place.events() == 50
        rows = place.db.query('SELECT commits FROM writer WHERE id <> 0')
        assert rows == [['50']], rows


# --- its end -----------------------------------------------------------------

def killed_one_is_replaced_and_nothing_is_lost():
    with responder() as place:
        for _ in range(5):
            place.expect(place.new(), 202)
            first = place.kill_agent()
            # what it had not received is sent to the next one
            in_time(place, place.new(), 202)
            assert place.agent() != first
        assert place.events() == 10


def told_to_end_it_stays_while_a_responder_is_there():
    with responder() as place:
        place.expect(place.new(), 202)
        first = place.agent()
        os.kill(first, signal.SIGTERM)
        place.expect(place.new(), 202)
        assert place.agent() == first
        os.kill(first, signal.SIGTERM)
        wait_until(lambda: first not in place.agents(), 'it to end')
        place.expect(place.new(), 202)


def is_listening(state):
    with socket.socket(socket.AF_UNIX) as s:
        return s.connect_ex(state + '/agent.sock') == 0


def replaced_program_is_noticed():
    with responder() as place:
        place.expect(place.new(), 202)
        place.kill_agent()
        path = place.folder + '/bin/cgihook.fcgi'
        os.mkdir(place.folder + '/bin')
        shutil.copy(faults.RESPONDER, path)
        agent = subprocess.Popen(
            [path], stdin=subprocess.DEVNULL, cwd='/', env={
                'CGIHOOK_ROLE': 'agent', 'CGIHOOK_CONFIG': place.config,
                'PATH': '/usr/bin:/bin', **faults.sanitizers()})
        try:
            wait_until(lambda: harness.in_force(place.config, 'agent'),
                       'the agent')
            wait_until(lambda: is_listening(place.state), 'it to listen')
            place.expect(place.new(), 202)
            assert place.agents() == [agent.pid]
            shutil.copy(faults.RESPONDER, path + '.new')
            os.rename(path + '.new', path)
            assert agent.wait(faults.PATIENCE_S) == 0
            place.wait_for_line('the program was replaced')
            place.expect(place.new(), 202)
            assert place.agent() != agent.pid
        finally:
            agent.kill()
            agent.wait()


# --- what is configured ------------------------------------------------------

def another_database_is_followed():
    with responder() as place:
        place.expect(place.new(), 202)
        before, place.db = place.db, stores.Schema()
        place.db.write_secret(place.folder)
        place.wait_for_line('another agent takes over')
        wait_until(lambda: [place.expect(place.new(), 202),
                            place.events()][1],
                   'an event in the other database')
        there = int(before.query('SELECT count(*) FROM event')[0][0])
        place.expect(place.new(), 202)
        assert int(before.query('SELECT count(*) FROM event')[0][0]) == there
        # one that cannot be opened is not better than the one that is open
        count = place.events()
        with open(place.folder + '/pg.conn', 'w', encoding='ascii') as f:
            f.write(f"host='{place.folder}/nowhere' dbname=none")
        place.wait_for_line('the agent goes on with the previous')
        place.expect(place.new(), 202)
        assert place.events() == count + 1
        # a runner ends only where it can see that nothing is left to do
        place.db.write_secret(place.folder)


# --- the database ------------------------------------------------------------

def in_time(place, event, status):
    """a sender does not wait for longer than it must"""
    began = time.monotonic()
    place.expect(event, status)
    took = time.monotonic() - began
    assert took < SENDER_PATIENCE_S, f'{status} took {took:.1f} s'


def database_that_is_away_is_told_in_time(kind=servers.LighttpdSocket):
    with postgres.started() as server, \
            responder(server, kind=kind) as place:
        place.expect(place.new(), 202)
        event = place.new()
        server.signal(signal.SIGSTOP)
        try:
            in_time(place, event, 503)
            in_time(place, place.new(), 503)
        finally:
            server.signal(signal.SIGCONT)
        wait_until(lambda: place.send(event).status in (200, 202),
                   'the database to be back')
        server.stop(signal.SIGINT)
        in_time(place, place.new(), 503)
        in_time(place, place.new(), 503)
        server.start()
        wait_until(lambda: place.send(place.new()).status == 202,
                   'the database to be back')


# --- plain CGI ---------------------------------------------------------------

def confined_program_asks_it():
    with responder(config='runner = external\n',
                   kind=servers.LighttpdCgi) as place:
        place.expect(place.new(), 202)
        first = place.agent()
        place.expect(place.new(), 202)
        assert place.kill_agent() == first
        place.expect(place.new(), 202)
        assert place.agent() != first
        assert place.events() == 3
