"""Clocks that are an hour apart: of the machines, of the database, and of the
standby that becomes the primary. Nobody compares them."""
import collections
import contextlib
import os
import signal
import time

from lease import began
from machines import LEASE_S, faults, postgres, together, wait_until

HOUR_S = 3600


def wrong(folder, name, by_s):
    """the environment of a program whose wall clock is wrong"""
    return {**faults.preloaded(),
            'FAULT_CLOCK': faults.write(f'{folder}/{name}', str(by_s))}


def by_the_kernel(environment):
    """PostgreSQL is nobody's, and has to be allowed to load it"""
    path = environment['LD_PRELOAD']
    os.chmod(os.path.dirname(path), 0o755)
    return environment


@contextlib.contextmanager
def hours_apart(count, primary_s, standby_s, **more):
    """the first machine's clock is an hour fast, the second's an hour slow"""
    with faults.harness.temporary_folder() as clocks, \
            postgres.folder_of_its_own() as folder:
        pair = postgres.Pair(folder)
        try:
            pair.start()
            for server, by_s in ((pair.primary, primary_s),
                                 (pair.standby, standby_s)):
                server.stop(signal.SIGINT)
                server.start(by_the_kernel(wrong(clocks, server.name, by_s)))
            pair.primary.wait_until(pair.primary.is_synchronous,
                                    'to have its standby')
            check_clock(pair.primary, primary_s)
            check_clock(pair.standby, standby_s)
            with together(count, pair, **more) as machines:
                for machine, by_s in zip(machines, (HOUR_S, -HOUR_S, 0)):
                    clock = wrong(clocks, machine.name, by_s)
                    machine.server.environment.update(clock)
                    machine.server.start()
                    machine.start_runner(**clock)
                yield pair, machines
        finally:
            pair.stop()


def check_clock(server, by_s):
    """the database has the time that it was given"""
    (seconds,), = server.sql('SELECT extract(epoch FROM clock_timestamp())')
    assert abs(float(seconds) - time.time() - by_s) < 60, (seconds, by_s)


def machines_and_database():
    """one of the machines dies, and is taken over from; nobody waits for an
    hour, and nothing runs twice"""
    with hours_apart(3, HOUR_S, -HOUR_S, body='sleep 0.3') as (pair, machines):
        for n in range(12):
            machines[n % 3].expect(machines[n % 3].new(), 202)
        machines.wait_until_done()
        machines.write_handler('circleci/all',
                               '[ "$HOOK_ATTEMPT" -gt 1 ] || sleep 60')
        machines[0].expect(machines[0].new(), 202)
        wait_until(lambda: any(began(machines, m) for m in machines),
                   'a handler')
        owner, = [m for m in machines if began(machines, m)]
        owner.kill_runner()
        # that is a minute, as long as nothing is got done
        machines.wait_until_done()
        machines.stop()
        # its other handler may just have run, too
        assert machines.balance()['repeated'] >= 1
        assert pair.primary.process.poll() is None


@faults.paced
def what_waits_by_a_standby(standby_s, pace):
    """what is to be tried again waits by the database's clock, and another one
    takes its place: it neither waits for an hour more nor is it lost"""
    with hours_apart(2, 0, standby_s, body=':') as (pair, machines):
        machines.write_handler('circleci/all',
                               '[ "$HOOK_ATTEMPT" -gt 1 ] || exit 1')
        with_backoff(machines, f'{4 * pace}s')
        for n in range(6):
            machines[n % 2].expect(machines[n % 2].new(), 202)
        wait_until(lambda: all_wait(machines), 'them to wait')
        pair.primary.kill()
        pair.fail_over()
        check_clock(pair.primary, standby_s)
        start = time.monotonic()
        machines.wait_until_done(60 + 2 * LEASE_S)
        print(f'# all was done {time.monotonic() - start:.1f} s after the '
              'failover', flush=True)
        machines.stop()
        begun = collections.Counter(line[1] for line in machines.journal()
                                    if line[0] == 'begin')
        assert sorted(begun.values()) == [1] * 6 + [2] * 6, begun
        assert machines.states() == {'done': 12}, machines.states()


def all_wait(machines):
    states = machines.states()
    if states['done'] > 6:
        raise faults.TooSlow('one has waited already')
    return states['waiting'] == 6 == states['done']


def with_backoff(machines, text):
    for machine in machines:
        machine.site.change_config('handler circleci/all {\n\tattempts = 1000\n'
                                   '\tbackoff = 20ms',
                                   'handler circleci/all {\n\tattempts = 1000\n'
                                   f'\tbackoff = {text}')
