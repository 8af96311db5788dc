"""The world going wrong, and right again: what is on disk stays, what cannot be
taken is refused with 503 and Retry-After, somebody is told, and nobody has to
do anything afterwards."""
import contextlib
import errno
import fcntl
import os
import re
import resource
import sqlite3
import struct
import subprocess
import termios
import threading
import time

from faults import (COMMAND, PATIENCE_S, Place, TooSlow, cases, exchange,
                    listening, paced, preloaded, raw_request, rounds, servers,
                    sign, stores, temporary_folder, wait_until, write)

# what the senders have at least
SENDER_PATIENCE_S = 10


class Bad:
    """the environment in which calls fail as long as a file is there"""

    def __init__(self, folder, point, error, after=None):
        self.file = folder + '/bad'
        # where a confined responder may write, too
        self.hits = folder + '/state/hits'
        self.environment = {
            **preloaded(), 'FAULT_POINT': point,
            'FAULT_DO': str(error), 'FAULT_WHILE': self.file,
            'FAULT_MARK': self.hits}
        if after:
            self.environment['FAULT_AFTER'] = after

    def __enter__(self):
        with open(self.file, 'wb'):
            pass

    def __exit__(self, *_):
        os.unlink(self.file)

    def were_met(self):
        return os.path.exists(self.hits) and os.path.getsize(self.hits) > 0


class Served(Place):
    """a place behind lighttpd and a responder that stays"""

    def __init__(self, folder, config='', handlers='', body=':', db=None):
        super().__init__(folder, config, handlers, body, db)
        self.server = servers.LighttpdSocket(self.site)
        self.accepted = {}

    def restart(self):
        """after server.stop()"""
        process = self.server.launch()
        wait_until(lambda: listening(self.server.port) or process.poll(),
                   'lighttpd')

    @staticmethod
    def new():
        body = cases.workflow()
        return sign.circleci(body), body

    def send(self, event, patience_s=PATIENCE_S):
        headers, body = event
        reply = exchange(self.server.port, raw_request(
            'POST', self.server.path + '/circleci', headers, body), patience_s)
        if reply.status in (200, 202):
            self.accepted[reply.id] = 'circleci'
        return reply

    def expect(self, event, status, **more):
        reply = self.send(event, **more)
        assert reply.status == status, f'{reply}, not {status}: ' \
            + self.log()[-1000:]
        if status == 503:
            assert int(reply.headers['Retry-After']) > 0, reply.headers
            assert list(reply.json()) == ['error'], reply
        return reply

    def wait_for_line(self, *words):
        wait_until(lambda: any(all(w in line for w in words) for line in
                               self.log().splitlines()),
                   f'a line with {words}')

    def wait_until_done(self):
        """by itself: nobody calls for it"""
        wait_until(self.is_idle, 'all to be done')

    def is_whole(self, repeated=0):
        self.finish()
        figures = self.balance(self.accepted)
        assert figures['repeated'] == repeated, figures
        self.check_store()


@contextlib.contextmanager
def served(config='', handlers='', body=':', bad=None, clock=False):
    with temporary_folder() as folder:
        place = Served(folder, f'log = {folder}/state.log\n' + config,
                       handlers, body)
        place.log = lambda: _read(folder + '/state.log')
        place.clock = folder + '/clock'
        if bad:
            place.bad = Bad(folder, *bad)
            place.server.environment.update(place.bad.environment)
        if clock:
            place.server.environment.update(**preloaded(),
                                            FAULT_CLOCK=place.clock)
        try:
            place.server.start()
            if not stores.IN_FILES:     # it is started with the responder
                wait_until(lambda: os.path.exists(
                    place.state + '/agent.sock'), 'the agent')
            yield place
            place.is_whole()
        finally:
            place.server.stop()
            place.finish()


def _read(path):
    with contextlib.suppress(FileNotFoundError):
        with open(path, encoding='utf-8', errors='replace') as f:
            return f.read()
    return ''


# --- the disk ----------------------------------------------------------------

def full_disk_refuses_and_recovers(point, words):
    with served(bad=(point, errno.ENOSPC)) as place:
        place.expect(place.new(), 202)
        event = place.new()
        with place.bad:
            place.expect(event, 503)
            place.expect(event, 503)
        assert place.bad.were_met()
        place.wait_for_line('status=503', words)
        place.expect(event, 202)
        place.expect(event, 200)
        place.wait_until_done()


def runner_keeps_an_end_that_it_cannot_record(runner_of):
    """the store cannot be written to while handlers end: they do not run again
    for it"""
    with temporary_folder() as folder:
        go = folder + '/go'
        place = Place(folder, f'runner = external\nlog = {folder}/a.log\n',
                      body=f'until test -e {go}; do sleep 0.05; done')
        # the disk is full; the connection is lost
        bad = (Bad(folder, 'write-log', errno.ENOSPC) if stores.IN_FILES
               else Bad(folder, 'commit', errno.ECONNRESET))
        accepted = {}
        runner_of.deliver(place, *runner_of.event(), accepted)
        with runner_of.started_runner(place, **bad.environment) as runner:
            wait_until(lambda: len(list(place.lines())) == 2, 'handlers')
            if not stores.IN_FILES:     # that has a commit of its own
                wait_until(lambda: place.db.query('SELECT 1 FROM facts'),
                           'the runner to note what the event is about')
            with bad:
                write(go, '')
                wait_until(lambda: 'the store cannot be used, the runner' in
                           _read(folder + '/a.log'), 'the runner to say so')
                time.sleep(0.5)
                assert place.stats()['running'] == 2, place.stats()
            wait_until(place.is_idle, 'the ends to be recorded')
            # it may say so a moment after the commit
            wait_until(lambda: 'the store can be used again' in _read(
                folder + '/a.log'), 'the runner to say so')
            runner.wait(PATIENCE_S)
        place.finish()
        assert place.balance(accepted)['repeated'] == 0
        place.check_store()


def read_only_folder_refuses_and_recovers():
    with served() as place:
        place.expect(place.new(), 202)
        place.wait_until_done()
        place.finish()
        place.server.stop()                     # a new one has to open it
        modes = {path: os.stat(path).st_mode & 0o777 for path in
                 [place.state] + [f'{place.state}/{name}' for name in
                                  os.listdir(place.state)]}
        for path, mode in modes.items():
            os.chmod(path, mode & 0o555)
        event = place.new()
        try:
            place.restart()
            place.expect(event, 503)
            place.wait_for_line('status=503', place.state)
        finally:
            for path, mode in modes.items():
                os.chmod(path, mode)
        place.expect(event, 202)
        place.wait_until_done()


# --- the store ---------------------------------------------------------------

@rounds
def held_lock_refuses_in_time_and_recovers(hold_s):
    with served() as place:
        place.expect(place.new(), 202)
        place.wait_until_done()
        place.finish()
        events = [place.new() for _ in range(4)]
        took = []

        def send(event):
            start = time.monotonic()
            place.expect(event, 503)
            took.append(time.monotonic() - start)

        with place.db.held():
            start = time.monotonic()
            threads = [threading.Thread(target=send, args=(e,))
                       for e in events]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            time.sleep(max(0.0, hold_s - (time.monotonic() - start)))
        assert len(took) == 4, took
        if max(took) >= SENDER_PATIENCE_S:
            raise TooSlow(f'{took} s')
        place.wait_for_line('status=503', 'lock')
        for event in events:
            place.expect(event, 202)
        place.wait_until_done()


def held_lock_does_not_disturb_the_runner():
    """held while handlers run and end: they are recorded later"""
    with served(body='until test -e ../../go; do sleep 0.05; done') as place:
        place.expect(place.new(), 202)
        wait_until(lambda: place.stats()['running'] == 2, 'handlers')
        with place.db.held():
            write(place.folder + '/go', '')
            # the ends' commit has waited for it, or a step of pruning just
            # before
            place.wait_for_line('the lock is held by another process'
                                if stores.IN_FILES else 'lock timeout')
            # a table that is locked cannot be read either
            assert not stores.IN_FILES or place.stats()['running'] == 2
        place.wait_until_done()


def full_queue_refuses_new_ones_only():
    with served('queue_limit = 3\nrunner = external\n') as place:
        events = [place.new() for _ in range(4)]
        for event in events[:3]:
            place.expect(event, 202)
        place.expect(events[3], 503)
        place.wait_for_line('status=503', 'queue_limit')
        place.expect(events[0], 200)
        place.cgihook('run', '--once')
        place.expect(events[3], 202)


def damaged_store_is_refused_and_left_as_it_is(damage, words):
    """damage: a function of the path"""
    with served() as place:
        event = place.new()
        place.expect(event, 202)
        place.wait_until_done()
        place.finish()
        place.server.stop()
        kept = {}
        for tail in ('', '-wal'):
            with open(place.store + tail, 'rb') as f:
                kept[tail] = f.read()
        # what is in the log only would not be missed
        with contextlib.closing(sqlite3.connect(place.store)) as db:
            db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
            damage(place.store)
        before = _bytes(place.store)
        place.restart()
        place.expect(place.new(), 503)
        place.wait_for_line('status=503', *words)
        assert _bytes(place.store) == before, 'it was changed'
        for command in ('log', 'run --once'):
            done = place.cgihook(*command.split(), check=False)
            assert done.returncode == 1, (command, done)
            assert all(w in done.stderr for w in words), (command, done.stderr)
        assert _bytes(place.store) == before, 'it was changed by the command'
        for tail, text in kept.items():
            with open(place.store + tail, 'wb') as f:
                f.write(text)
        place.expect(event, 200)        # from a copy, and by itself


def pager_that_is_left_open_holds_no_log():
    """what prints has read before: the log can be cut meanwhile"""
    def log_can_be_cut():
        with contextlib.closing(sqlite3.connect(place.store)) as db:
            busy, _, _ = db.execute(
                'PRAGMA wal_checkpoint(TRUNCATE)').fetchone()
        return busy == 0 and os.path.getsize(place.store + '-wal') == 0

    with served() as place:
        for _ in range(12):
            place.expect(place.new(), 202)
        place.wait_until_done()
        out, into = os.pipe()
        fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, 4096)
        reader = subprocess.Popen([COMMAND, '--config', place.config,
                                   '--json', 'log'], stdout=into)
        os.close(into)
        try:
            wait_until(lambda: struct.unpack('i', fcntl.ioctl(
                out, termios.FIONREAD, bytes(4)))[0] > 3000, 'a full pipe')
            assert reader.poll() is None
            # the runner may write once more; a reader would stay
            wait_until(log_can_be_cut, 'a log that is cut')
        finally:
            os.close(out)
            reader.wait(PATIENCE_S)


def store_without_a_table_refuses_for_now():
    """not only what SQLite calls damaged"""
    with served() as place:
        place.expect(place.new(), 202)
        for table in place.db.tables:
            event = place.new()
            place.db.rename(table, 'away')
            place.expect(event, 503)
            place.db.rename('away', table)
            place.expect(event, 202)


def a_test_that_leaves_a_damaged_store_fails(damage, runner_of):
    """or what all tests here end with would be worth nothing"""
    try:
        with temporary_folder() as folder:
            place = Place(folder, 'runner = external\n')
            runner_of.deliver(place, *runner_of.event(), {})
            db = sqlite3.connect(place.store)
            db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
            place.check_store()
            damage(place.store)
            db.close()
    except (AssertionError, sqlite3.DatabaseError):
        return
    raise AssertionError('nobody noticed')


def _bytes(path):
    with contextlib.suppress(FileNotFoundError):
        with open(path, 'rb') as f:
            return f.read()
    return None


def scribble(path):
    with open(path, 'r+b') as f:
        f.write(b'\x5a' * 4096)


def scribble_within(path):
    """the head is right, the pages behind it are not"""
    for tail in ('', '-wal'):
        with open(path + tail, 'r+b') as f:
            size = os.fstat(f.fileno()).st_size
            f.seek(200)
            if tail == '':
                f.write(b'\xa5' * (size - 200))
            else:
                f.truncate(0)


def cut(path):
    os.truncate(path, 5000)


def empty(path):
    for tail in ('', '-wal'):
        os.truncate(path + tail, 0)


def miscount(path):
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute('UPDATE tally SET queued = queued + 1')
        db.commit()


def remove(path):
    for tail in ('', '-wal', '-shm'):
        os.unlink(path + tail)


# --- descriptors, processes --------------------------------------------------

def limit(pid, which, value):
    """the soft limit; returns what it was"""
    soft, hard = resource.prlimit(pid, which)
    resource.prlimit(pid, which, (value, hard))
    return soft


def no_descriptors_for_the_responder():
    with served('workers = 4\n') as place:
        place.expect(place.new(), 202)
        place.wait_until_done()
        pid, = place.server.responders()
        highest = max(map(int, os.listdir(f'/proc/{pid}/fd')))
        for room in (0, 1, 2, 3):
            events = [place.new() for _ in range(6)]
            was = limit(pid, resource.RLIMIT_NOFILE, highest + 1 + room)
            replies = []

            def send(event):
                # it is lighttpd that gives up first, or nobody
                with contextlib.suppress(OSError):
                    replies.append(place.send(event, 3).status)

            threads = [threading.Thread(target=send, args=(e,))
                       for e in events]
            for thread in threads:
                thread.start()
            if room == 0:
                place.wait_for_line('out of descriptors')
            time.sleep(0.5)
            limit(pid, resource.RLIMIT_NOFILE, was)
            for thread in threads:
                thread.join()
            # 500 is lighttpd's, for a connection that had to be closed
            assert set(replies) <= {202, 500, 503}, replies
            for event in events:
                assert place.send(event).status in (200, 202)
        assert place.server.responders() == [pid], 'it ended'
        place.wait_until_done()


def no_descriptors_for_the_runner():
    with served('concurrency = 2\n', body='sleep 0.2') as place:
        place.expect(place.new(), 202)
        pid = place.runner()
        # begun, not just claimed: the limit would be theirs, too
        wait_until(lambda: len(list(place.lines())) == 2, 'handlers')
        # what it has stays, and there is nothing more
        was = limit(pid, resource.RLIMIT_NOFILE, 3)
        for _ in range(5):
            place.expect(place.new(), 202)
        place.wait_for_line('Too many open files')
        time.sleep(0.5)
        limit(pid, resource.RLIMIT_NOFILE, was)
        place.wait_until_done()
        assert {attempt for *_, attempt in place.lines()} == {1}


def no_processes_for_the_responder():
    """accepted it is; the runner is started as soon as it can be"""
    with served(bad=('clone', errno.EAGAIN)) as place:
        with place.bad:
            place.expect(place.new(), 202)
            place.wait_for_line('the runner was not started')
            place.expect(place.new(), 202)
            assert not place.runners()
        place.wait_until_done()


def no_processes_while_the_clock_is_set_back():
    with served(bad=('clone', errno.EAGAIN), clock=True) as place:
        with open(place.clock, 'w', encoding='utf-8') as f:
            f.write('3600')
        with place.bad:
            place.expect(place.new(), 202)
            place.wait_for_line('the runner was not started')
            os.unlink(place.clock)
            time.sleep(0.1)
        place.wait_until_done()


def no_processes_for_the_runner(runner_of):
    with temporary_folder() as folder:
        place = Place(folder, 'runner = external\n', body=':')
        bad = Bad(folder, 'clone', errno.EAGAIN)
        accepted = {}
        with bad, runner_of.started_runner(place, **bad.environment):
            runner_of.deliver(place, *runner_of.event(), accepted)
            wait_until(lambda: 'temporarily unavailable' in place.log(),
                       'the runner to say so')
            time.sleep(1.5)
            states = place.stats()
            assert states['dead'] == 0 and states['done'] == 0, states
            bad.__exit__()
            wait_until(place.is_idle, 'the handlers')
            open(bad.file, 'wb').close()        # noqa: SIM115
        place.finish()
        assert place.balance(accepted)['repeated'] == 0
        assert {attempt for *_, attempt in place.lines()} == {1}
        place.check_store()


# --- the clock ---------------------------------------------------------------

RETRIED = '''
handler circleci/all {
	attempts = 3
	backoff = %ds
}
'''


def times_of(folder):
    """{event: when it was tried}"""
    times = {}
    for line in _read(folder + '/times').splitlines():
        number, when = line.split()
        times.setdefault(number, []).append(float(when))
    return times


@paced
def clock_steps(by_s, runner_of, pace):
    """what waits neither runs at once nor waits for an hour more"""
    with temporary_folder() as folder:
        place = Place(folder, 'runner = external\n', RETRIED % (3 * pace),
                      body=':')
        place.write_handler('circleci/all',
                            'date "+$HOOK_ID %s.%N" >>' + folder + '/times\n'
                            '[ "$HOOK_ATTEMPT" -gt 1 ] || exit 1')

        def three_wait():
            if any(len(when) > 1 for when in times_of(folder).values()):
                raise TooSlow('a second attempt before the clock was set')
            return place.stats()['waiting'] == 3 and \
                place.stats()['running'] == 0

        clock = folder + '/clock'
        accepted = {}
        with runner_of.started_runner(place, **preloaded(),
                                      FAULT_CLOCK=clock):
            for _ in range(3):
                runner_of.deliver(place, *runner_of.event(), accepted)
            wait_until(three_wait, 'three to wait')
            with open(clock, 'w', encoding='utf-8') as f:
                f.write(str(by_s))
            # something happens, and is recorded by the new time
            runner_of.deliver(place, *runner_of.event(), accepted)
            if stores.IN_FILES:     # a database has a clock of its own
                noticed = wait_until(lambda: re.search(
                    'the clock was set by (-?[0-9]+) s', place.log()),
                    'the runner to notice')
                assert abs(int(noticed[1]) - by_s) <= 1, noticed
            wait_until(place.is_idle, 'the second attempts')
        times = times_of(folder).values()
        assert [len(when) for when in times] == [2] * 4, times
        # jittered, so half of it at least
        assert all(when[1] - when[0] > 1.2 * pace for when in times), times
        for number in accepted:
            runs = [d['runs'] for d in place.show(number)['deliveries']
                    if d['handler'] == 'all']
            assert [r['result'] for r in runs[0]] == ['retry', 'done'], runs
        place.finish()
        place.check_store()


def clock_steps_before_a_backlog(by_s, killed, runner_of):
    """those whose turn it is already have it still, by any clock"""
    with temporary_folder() as folder:
        place = Place(folder, 'runner = external\nconcurrency = 1\n',
                      body='sleep 0.1')
        clock = folder + '/clock'
        environment = {**preloaded(), 'FAULT_CLOCK': clock}
        accepted = {}
        for _ in range(8):
            runner_of.deliver(place, *runner_of.event(), accepted)
        with runner_of.started_runner(place, **environment) as runner:
            wait_until(lambda: place.stats()['done'] >= 2, 'the first ones')
            if killed:
                runner.kill()
                runner.wait()
            with open(clock, 'w', encoding='utf-8') as f:
                f.write(str(by_s))
            if not killed:
                wait_until(place.is_idle, 'the others')
        if killed:
            with runner_of.started_runner(place, **environment):
                wait_until(place.is_idle, 'the others')
        place.finish()
        assert place.balance(accepted)['repeated'] <= killed
        place.check_store()


def clock_steps_while_nobody_runs(by_s, runner_of):
    """before the machine's start, say: what waited waits no longer than the
    longest backoff, and a repeat is known"""
    with temporary_folder() as folder:
        place = Place(folder, 'runner = external\n', body=':')
        clock = folder + '/clock'
        environment = {**preloaded(), 'FAULT_CLOCK': clock}
        accepted = {}
        headers, body = runner_of.event()
        runner_of.deliver(place, headers, body, accepted)
        with open(clock, 'w', encoding='utf-8') as f:
            f.write(str(by_s))
        status, answer, _ = runner_of.run_cgi(place, '/circleci', headers,
                                              body, **environment)
        assert status == 200 and answer['id'] in accepted, (status, answer)
        with runner_of.started_runner(place, **environment) as runner:
            runner.wait(PATIENCE_S)
        assert place.is_idle(), place.stats()
        assert place.balance(accepted)['repeated'] == 0
        place.check_store()


# --- what fails and is not damage --------------------------------------------

def what_the_runner_cannot_read_is_not_tried_without_a_pause(runner_of):
    """one table is away for a while"""
    with temporary_folder() as folder:
        place = Place(folder, 'runner = external\n', body=':')
        accepted = {}
        runner_of.deliver(place, *runner_of.event(), accepted)
        place.db.rename('alarm', 'away')
        before = place.log().count('\n')
        runner = subprocess.Popen([COMMAND, '--config', place.config, 'run',
                                   '--once'])
        try:
            if not stores.IN_FILES:
                # it ends, and whoever starts it tries again
                assert runner.wait(PATIENCE_S) == 1
                place.db.rename('away', 'alarm')
                place.finish()
                return
            wait_until(lambda: 'alarm' in place.log(), 'the runner to say so')
            time.sleep(1.5)
            assert runner.poll() is None
            said = place.log().split('\n')[before:]
            assert len(said) < 10, said
            place.db.rename('away', 'alarm')
            assert runner.wait(PATIENCE_S) == 0
        finally:
            runner.kill()
            runner.wait()
        assert place.is_idle(), place.stats()
        assert place.balance(accepted)['repeated'] == 0
