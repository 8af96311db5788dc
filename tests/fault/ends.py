"""Whoever has asked a runner for something notices its end: what a killed one
leaves is gone on with at once, though nothing else comes."""
import contextlib
import fcntl
import os
import shutil
import signal
import struct
import termios
import threading
import time

from faults import (RESPONDER, TooSlow, is_locked, paced, rounds, run_cgi,
                    servers, stores, temporary_folder, wait_until, within,
                    write)
from harness import is_alive, stat_of
from life import handler, kill_while_it_waits, wait_until_watched
from world import Served, served

# 30 ms, on a machine that has nothing else to do
AT_ONCE_S = 5 + stores.TAKEOVER_S
QUIET_S = 1.5


def stop_idle_runner(place):
    """one that lives, listens, and hears nothing any more; not stopped in the
    middle of a transaction"""
    def stopped():
        place.expect(place.new(), 202)
        place.wait_until_done()
        for pid in place.runners():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGSTOP)
                wait_until(lambda pid=pid: is_stopped(pid) or not is_alive(pid),
                           'it to stop')
                if place.runners() == [pid] and is_idle(place):
                    return pid
                os.kill(pid, signal.SIGCONT)
        return None
    return wait_until(stopped, 'an idle runner')


def is_idle(place):
    """it was not stopped in the middle of a transaction, nor at its end"""
    return (place.db.is_free() and is_locked(place.state + '/runner.lock')
            and os.path.exists(place.state + '/runner.bell'))


def is_stopped(pid):
    return stat_of(pid)[:1] == ['T']


def unread(path):
    """bytes in a named pipe"""
    fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return struct.unpack('i', fcntl.ioctl(fd, termios.FIONREAD,
                                              b'\0' * 4))[0]
    finally:
        os.close(fd)


# --- behind FastCGI ----------------------------------------------------------

@rounds
def what_a_killed_one_did_not_hear_is_run():
    with served() as place:
        pid = stop_idle_runner(place)
        for _ in range(3):
            place.expect(place.new(), 202)
        assert place.stats()['queued'] == 3, place.stats()
        os.kill(pid, signal.SIGKILL)
        with within(AT_ONCE_S):
            place.wait_until_done()


@rounds
def one_killed_at_work_is_replaced():
    with served(body='[ "$HOOK_ATTEMPT" -gt 1 ] || sleep 60',
                handlers=handler('circleci/all', backoff='10ms') +
                handler('circleci/workflow-completed', backoff='10ms')
                ) as place:
        place.expect(place.new(), 202)
        wait_until(lambda: len(list(place.lines())) == 2, 'handlers')
        pid = place.runner()
        os.kill(pid, signal.SIGKILL)
        with within(AT_ONCE_S):
            place.wait_until_done()
        place.is_whole(2)
        place.is_whole = place.finish


@paced
def one_killed_while_it_waits_is_replaced(pace):
    """for a second attempt; long after anything was rung"""
    backoff_s = 2 * pace
    with served(handlers=handler('circleci/all', backoff=f'{backoff_s}s')
                ) as place:
        place.write_handler('circleci/all', '[ "$HOOK_ATTEMPT" -gt 1 ] || '
                                            'exit 1')
        place.expect(place.new(), 202)
        kill_while_it_waits(place, 0.7)
        with within(backoff_s + AT_ONCE_S):
            place.wait_until_done()
        # the failed attempt is the reason for the second
        place.is_whole = place.finish


def seconds_used(pids):
    ticks = 0
    for pid in pids:
        ticks += sum(map(int, stat_of(pid)[11:13]))
    return ticks / os.sysconf('SC_CLK_TCK')


@rounds
def nothing_starts(place):
    """and nobody is busy with anything"""
    before = seconds_used(place.server.responders())
    until = time.monotonic() + QUIET_S
    while time.monotonic() < until:
        assert not place.runners(), 'it was started'
        time.sleep(0.01)        # an idle one lives for half a second
    used = seconds_used(place.server.responders()) - before
    if used >= 0.2:
        raise TooSlow(f'{used} s of processor time')


def a_natural_end_starts_nothing():
    with served() as place:
        for _ in range(2):
            place.expect(place.new(), 202)
            place.wait_until_done()
            place.expect(place.new(), 202)      # rung, and so watched
            place.wait_until_done()
            wait_until(lambda: not place.runners(), 'its end')
            nothing_starts(place)


def the_end_of_an_idle_one_starts_nothing():
    with served() as place:
        os.kill(stop_idle_runner(place), signal.SIGKILL)
        wait_until(lambda: not place.runners(), 'its end')
        nothing_starts(place)


def one_that_was_told_to_stop_stays_away():
    with served() as place:
        go = place.folder + '/go'
        place.write_handler('circleci/all', f'test -e {go} || sleep 60')
        for _ in range(20):
            place.expect(place.new(), 202)
        pid = place.runner()
        wait_until_watched(place)
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not place.runners(), 'its end')
        assert not place.is_idle()
        nothing_starts(place)
        write(go, '')
        place.expect(place.new(), 202)
        place.wait_until_done()
        place.finish()
        place.is_whole = place.check_store


@rounds
def what_comes_while_one_stops_is_run():
    """before the runner kills what it has told to end, after 5 s"""
    with served(handlers=handler('circleci/all', concurrency=1)) as place:
        deaf, go = place.folder + '/deaf', place.folder + '/go'
        place.write_handler('circleci/all', f"trap '' TERM\n: >{deaf}\n"
                            '[ "$HOOK_ID" != 1 ] || '
                            f'until test -e {go}; do sleep 0.05; done')
        place.expect(place.new(), 202)
        wait_until(lambda: os.path.exists(deaf), 'the handler')
        pid = place.runner()
        os.kill(pid, signal.SIGTERM)
        bell = place.state + '/runner.bell'
        wait_until(lambda: not os.path.exists(bell), 'the runner to hear that')
        place.expect(place.new(), 202)
        was_alive = is_alive(pid)
        write(go, '')
        with within(AT_ONCE_S):
            place.wait_until_done()
        if not was_alive or any(run['result'] == 'interrupted' for delivery in
                                place.show(1)['deliveries']
                                for run in delivery['runs']):
            raise TooSlow('the handler was killed')


class Replaced(servers.LighttpdSocket):
    """the responder's file may become another one"""
    program = None

    def spawn(self, *command, **options):
        return super().spawn(*(self.program if word == RESPONDER else word
                               for word in command), **options)


def count(path):
    with contextlib.suppress(FileNotFoundError):
        with open(path, encoding='utf-8') as f:
            return len(f.readlines())
    return 0


def those_that_always_end_are_not_started_for_ever():
    with temporary_folder() as folder:
        place = Served(folder)
        place.server = Replaced(place.site)
        program = place.server.program = folder + '/cgihook.fcgi'
        starts = folder + '/starts'
        shutil.copy2(RESPONDER, program)
        try:
            place.server.start()
            place.expect(place.new(), 202)
            place.wait_until_done()
            wait_until(lambda: not place.runners(), 'its end')
            before = time.monotonic()
            write(program + '.bad', f'#!/bin/sh\necho >>{starts}\nexit 1\n',
                  0o755)
            os.rename(program + '.bad', program)
            place.expect(place.new(), 202)
            time.sleep(3)
            wait_until(lambda: count(starts) >= 3, 'three to start')
            found = count(starts)
            # at once, after 0.25, 1.25, 3.25, 7.25 seconds, and so on
            took = time.monotonic() - before
            most = 2 + sum(2 ** n - 0.75 <= took for n in range(1, 9))
            # where there is an agent, it has been replaced, too
            most += not stores.IN_FILES
            assert found <= most, (found, most)
            shutil.copy2(RESPONDER, program + '.good')
            os.rename(program + '.good', program)
            place.wait_until_done()
        finally:
            place.server.stop()
            place.finish()
        place.is_whole()


# --- plain CGI ---------------------------------------------------------------

class FullPipe:
    """standard output that takes nothing until it is read"""

    def __init__(self):
        self.ours, self.theirs = os.pipe()
        os.set_blocking(self.theirs, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(self.theirs, b'\n' * 4096)
        os.set_blocking(self.theirs, True)

    def read(self):
        os.close(self.theirs)
        with open(self.ours, 'rb') as f:
            return f.read().lstrip(b'\n')


@contextlib.contextmanager
def nobody_else(responders):
    """who could notice as well"""
    for pid in responders:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in responders:
            os.kill(pid, signal.SIGCONT)


@rounds
def a_cgi_program_looks_whether_it_was_heard():
    """the runner is killed between the ring and the program's end"""
    with served() as place:
        pid = stop_idle_runner(place)
        headers, body = place.new()
        output = FullPipe()
        responders = place.server.responders()      # it would be one, too
        cgi = threading.Thread(target=run_cgi, args=(
            place, '/circleci', headers, body, RESPONDER, output.theirs))
        cgi.start()
        bell = place.state + '/runner.bell'
        wait_until(lambda: unread(bell) > 0, 'the ring')
        with nobody_else(responders):
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: not is_alive(pid), 'its end')
            reply = output.read()
            cgi.join()
            assert b'Status: 202' in reply, reply
            place.accepted[max(place.events())] = 'circleci'
            with within(AT_ONCE_S):
                place.wait_until_done()


@rounds
def a_cgi_program_does_not_wait_for_one_that_is_busy():
    with served() as place:
        pid = stop_idle_runner(place)
        try:
            with within(2):
                status, answer, _ = run_cgi(place, '/circleci', *place.new())
        finally:
            os.kill(pid, signal.SIGCONT)
        assert status == 202
        place.accepted[answer['id']] = 'circleci'
        place.wait_until_done()
