"""What a runner lives through, seen from outside: stopped, killed, replaced,
flooded; and many that ask for the same thing at once."""
import collections
import contextlib
import os
import shutil
import signal
import threading
import time

from faults import (PATIENCE_S, RESPONDER, TooSlow, deliver, is_locked, paced,
                    servers, started_runner, temporary_folder, wait_until,
                    write)
from harness import in_force, is_alive, of_process, open_files, stat_of
from world import Served, served

MANY = 100


def handler(path, **settings):
    return f'\nhandler {path} {{\n' + ''.join(
        f'\t{name} = {value}\n' for name, value in settings.items()) + '}\n'


# --- the same event, a hundred times at once ---------------------------------

class TwoResponders(servers.LighttpdSocket):
    """lighttpd in front of two of them, as on a busy site"""
    name = 'lighttpd, two responders by spawn-fcgi'

    def launch(self):
        first = self.folder + '/cgihook.sock'
        self.spawn_fcgi()
        # spawn-fcgi has done with the path when it has become the responder
        wait_until(lambda: len(self.responders()) == 1, 'a responder')
        os.rename(first, self.folder + '/second.sock')
        self.spawn_fcgi()
        wait_until(lambda: len(self.responders()) == 2, 'two responders')
        return servers.Lighttpd.launch(self)

    def deployed(self, name, **more):
        path = super().deployed(name, **more)
        with open(path, encoding='utf-8') as f:
            text = f.read()
        start = text.index('((') + 1
        end = text.index('))') + 1
        host = text[start:end]
        other = host.replace('cgihook.sock', 'second.sock')
        assert host != other
        return write(path, text[:end] + ', ' + other + text[end:])


def once_of_many():
    with temporary_folder() as folder:
        place = Served(folder, 'workers = 8\n')
        place.server = TwoResponders(place.site)
        try:
            place.server.start()
            # each opens the store before they race
            for _ in range(8):
                place.expect(place.new(), 202)
            place.wait_until_done()
            before = len(place.accepted)
            event = place.new()
            gate = threading.Barrier(MANY)
            replies = []

            def send():
                gate.wait()
                reply = place.send(event)
                replies.append((reply.status, reply.id,
                                reply.json()['status']))

            threads = [threading.Thread(target=send) for _ in range(MANY)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            place.wait_until_done()
            served_by = [pid for pid in place.server.responders()
                         if int((stat_of(pid) + ['0'] * 18)[17]) > 2]
        finally:
            place.server.stop()
            place.finish()
        counts = collections.Counter((s, word) for s, _, word in replies)
        assert counts == {(202, 'queued'): 1, (200, 'duplicate'): MANY - 1}, \
            counts
        assert len({number for _, number, _ in replies}) == 1, replies
        assert len(served_by) == 2, 'one responder had nothing to do'
        number = replies[0][1]
        runs = [line for line in place.lines() if line[:2] == ('begin',
                                                               number)]
        assert len(runs) == 2 == len({handler for _, _, handler, _ in runs})
        assert len(place.accepted) == before + 1
        place.is_whole()


# --- stopped and killed ------------------------------------------------------

def kill_while_it_waits(place, after_s):
    """the runner, that long after the first attempt, while the second one is not
    due yet"""
    def waits():
        s = place.stats()
        if s['queued'] == s['waiting'] == s['running'] == 0:
            raise TooSlow('there was a second attempt by then')
        return s['waiting'] == 1 and s['running'] == 0

    wait_until(waits, 'the first attempt')
    time.sleep(after_s)
    for pid in place.runners():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda pid=pid: not is_alive(pid), 'its end')
    waits()


def wait_until_watched(place):
    """until a responder will notice the end of the runner that it has started:
    that is when it has the runner's bell"""
    def has_bell():
        for pid in place.server.responders():
            if any(path.endswith('/runner.bell')
                   for path in open_files(pid).values()):
                return True
        return False
    wait_until(has_bell, 'the runner to be watched')


@paced
def a_repeat_finds_that_the_runner_was_killed(pace):
    with served(handlers=handler('circleci/all', backoff=f'{pace}s')
                ) as place:
        place.write_handler('circleci/all', '[ "$HOOK_ATTEMPT" -gt 1 ] || '
                                            'exit 1')
        event = place.new()
        place.expect(event, 202)
        kill_while_it_waits(place, 0.3)
        place.expect(event, 200)
        place.wait_until_done()
        # the failed attempt is the reason for the second
        place.is_whole = place.finish


def sigterm_costs_no_attempt():
    with served(handlers=handler('circleci/all', attempts=1) + handler(
            'circleci/workflow-completed', attempts=1)) as place:
        go = place.folder + '/go'
        for name in ('all', 'workflow-completed'):
            place.write_handler(f'circleci/{name}',
                                f'test -e {go} || sleep 60')
        place.expect(place.new(), 202)
        wait_until(lambda: len(list(place.lines())) == 2, 'handlers')
        pid = place.runner()
        # or the responder would start another one, once this is gone
        wait_until_watched(place)
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not place.runners(), 'the runner to end')
        assert place.stats()['waiting'] == 2, place.stats()
        assert not place.handlers()
        write(go, '')
        place.cgihook('run', '--once')
        place.wait_until_done()
        assert place.stats()['done'] == 2, place.stats()
        lines = list(place.lines())
        assert {line[3] for line in lines} == {1}, lines
        assert len([line for line in lines if line[0] == 'begin']) == 4
        place.is_whole = place.check_store


STUBBORN = '''
trap 'echo >%(told)s' TERM
if [ -e %(pid)s ]; then
	read -r pid <%(pid)s
	! grep '^State:.*[RSDT]' /proc/$pid/status >%(alive)s 2>&1 || exit 100
else
	exec 2>/dev/null
	echo $$ >%(pid)s
	while :; do sleep 0.1; done
fi'''


def the_next_runner_ends_what_ignores_sigterm():
    with served(handlers=handler('circleci/all', backoff='10ms')) as place:
        pid_file, alive = place.folder + '/pid', place.folder + '/alive'
        told = place.folder + '/told'
        place.write_handler('circleci/all', STUBBORN % {
            'pid': pid_file, 'alive': alive, 'told': told})
        place.expect(place.new(), 202)
        wait_until(lambda: os.path.exists(pid_file) and
                   os.path.getsize(pid_file), 'the handler')
        with open(pid_file, encoding='utf-8') as f:
            stubborn = int(f.read())
        # the other one is not to be cut off as well
        wait_until(lambda: place.stats()['done'] == 1, 'the other handler')
        pid = place.runner()
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(pid), 'its end')
        place.wait_until_done()
        # it was given time to end by itself, but did not
        assert os.path.exists(told)
        assert not is_alive(stubborn)
        run = [d['runs'] for d in place.show(1)['deliveries']
               if d['handler'] == 'all'][0]
        assert [r['result'] for r in run] == ['interrupted', 'done'], run
        place.is_whole(1)
        place.is_whole = place.check_store


# --- what handlers do --------------------------------------------------------

def background_children_are_gone():
    with served(body='sleep 1000 &\n(sleep 1000; :) & echo "$!"') as place:
        place.expect(place.new(), 202)
        place.wait_until_done()
        # killed they are; that they are gone takes the kernel a moment
        wait_until(lambda: not place.handlers(), 'the children to go')


def gigabytes_of_output_cost_nothing():
    with served() as place:
        place.write_handler('circleci/all', 'head -c 2G /dev/zero; echo end')
        place.expect(place.new(), 202)
        pid = place.runner()
        peak_kib = 0
        while not place.is_idle():
            peak_kib = max([peak_kib] + [
                int(line.split()[1]) for line in
                of_process(pid, 'status').splitlines()
                if line.startswith(b'VmHWM')])
        place.wait_until_done()
        kept = sum(os.path.getsize(f'{place.state}/{name}')
                   for name in os.listdir(place.state))
        assert 0 < peak_kib < 64 << 10, f'{peak_kib} KiB of memory'
        assert kept < 4 << 20, f'{kept} bytes of disk'
        run, = [d['runs'][0] for d in place.show(1)['deliveries']
                if d['handler'] == 'all']
        assert run['output_total_bytes'] == (2 << 30) + 4, run
        assert run['output'].endswith('end\n')


def a_removed_handler_is_said_so():
    with served(handlers=handler('circleci/all', attempts=2, backoff='10ms')
                ) as place:
        path = place.folder + '/handlers/circleci/all'
        place.write_handler('circleci/all', f'rm {path}; exit 1')
        place.expect(place.new(), 202)
        wait_until(lambda: place.stats()['dead'] == 1, 'its end')
        place.wait_for_line('attempt', 'handler=all', path)
        assert path in place.cgihook('show', '1')
        place.is_whole = place.check_store


def a_dead_delivery_is_told_once_and_can_be_revived():
    with served() as place:
        told = place.folder + '/told'
        script = write(place.folder + '/on-dead', '#!/bin/sh\n'
                       f'echo "$HOOK_DELIVERY $HOOK_ATTEMPT" >>{told}\n',
                       0o755)
        with open(place.config, encoding='utf-8') as f:
            text = f.read()
        write(place.config, f'on_dead = {script}\n' + text + handler(
            'circleci/all', attempts=2, backoff='10ms'))
        path = place.write_handler('circleci/all', 'exit 3')
        place.expect(place.new(), 202)
        wait_until(lambda: place.stats()['dead'] == 1, 'its end')
        place.finish()
        with open(told, encoding='utf-8') as f:
            assert f.read() == '1/all 2\n'
        assert 'dead' in place.cgihook('log')
        place.write_handler('circleci/all', ':')
        place.cgihook('retry', '1')
        place.wait_until_done()
        assert place.stats()['done'] == 2, (path, place.stats())
        ends = [line for line in place.lines()
                if line[0] == 'end' and line[2] == 'all']
        assert ends == [('end', 1, 'all', 1)], ends
        with open(told, encoding='utf-8') as f:
            assert f.read() == '1/all 2\n'
        place.is_whole = place.check_store


def one_at_a_time_is_in_order():
    """by each of the two, while the other is free"""
    with served(handlers=handler('circleci/all', concurrency=1, attempts=5,
                                 backoff='50ms')) as place:
        place.write_handler('circleci/all',
                            '[ $((HOOK_ID % 3)) != 0 ] || '
                            '[ "$HOOK_ATTEMPT" -gt 2 ] || exit 1')
        for _ in range(12):
            place.expect(place.new(), 202)
        place.wait_until_done()
        lines = [line for line in place.lines() if line[2] == 'all']
        wanted = []
        for number in range(1, 13):
            tries = 3 if number % 3 == 0 else 1
            wanted += [('begin', number, 'all', n + 1) for n in range(tries)]
            wanted.append(('end', number, 'all', tries))
        assert lines == wanted, lines
        place.is_whole = place.check_store


# --- upgraded ----------------------------------------------------------------

def own_program(folder):
    """a copy of its own"""
    program = folder + '/bin/cgihook.fcgi'
    os.mkdir(folder + '/bin')
    shutil.copy2(RESPONDER, program)
    return program


def replace(program):
    """by rename, as packages do: the new one's inode"""
    shutil.copy2(RESPONDER, program + '.new')
    new = os.stat(program + '.new').st_ino
    os.rename(program + '.new', program)
    return new


def a_program_replaced_while_its_runner_begins_is_noticed():
    """it waits for its store"""
    with temporary_folder() as folder:
        place = Served(folder, 'runner = external\n')
        program = own_program(folder)
        deliver(place, *place.new(), place.accepted)
        with contextlib.ExitStack() as stack:
            with place.db.held():
                runner = stack.enter_context(started_runner(place, program))
                wait_until(lambda: is_locked(place.state + '/runner.lock'),
                           'the runner')
                replace(program)
            runner.wait(PATIENCE_S)
        assert 'the program was replaced: the new one' in place.log(), \
            place.log()
        place.finish()
        place.is_whole()


def an_upgrade_under_load_loses_nothing():
    """the program is replaced while it works"""
    with temporary_folder() as folder:
        place = Served(folder, 'concurrency = 2\n', body='sleep 0.05')
        program = own_program(folder)

        def send(count):
            for _ in range(count):
                deliver(place, *place.new(), place.accepted, program)
                time.sleep(0.1)

        def inodes():
            """of the runners' programs, once all of them are at work: one
            that has just begun does not yet know which program it is"""
            send(1)
            found = set()
            for pid in place.runners():
                with contextlib.suppress(OSError):
                    found.add(os.stat(f'/proc/{pid}/exe').st_ino)
            at_work = in_force(place.config, 'runner')
            return found if set(place.runners()) <= at_work.keys() else set()

        send(10)
        for _ in range(2):
            wait_until(inodes, 'a runner')
            new = replace(program)
            wait_until(lambda: inodes() == {new}, 'the new program to run')
        place.wait_until_done()
        assert 'the program was replaced' in place.log()
        place.is_whole()
