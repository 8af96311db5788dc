"""Runners that are killed, or stopped and continued beyond their lease: nobody
else begins before their handlers have ended, and what they say late is
refused."""
import time

from machines import LEASE_S, harness, together, wait_until

# On this machine a handler is ended before the lease is over, and begins
# elsewhere only later. Beyond that, what a busy machine may take.
BUSY_S = 5
TAKEOVER_S = LEASE_S * 1.5 + 4 + BUSY_S


def accept(machines, count):
    for n in range(count):
        machine = machines[n % len(machines.all)]
        machine.expect(machine.new(), 202)


def began(machines, machine):
    """[event, handler] that this machine's handlers are at work on"""
    found = []
    for pid in machine.handlers():
        found += [v[14:].decode() for v in harness.variables_of(pid)
                  if v.startswith(b'HOOK_DELIVERY=')]
    return set(found)


def begin_long_ones(machines, count):
    """each machine has handlers that run for long, at their first attempt"""
    for machine in machines:
        machine.server.start()
        machine.start_runner()
    accept(machines, count)
    wait_until(lambda: all(began(machines, m) for m in machines),
               'handlers on each machine')


LONG_S = 15
LONG = f'[ "$HOOK_ATTEMPT" -gt 1 ] || sleep {LONG_S}'


def one_killed_one_stopped():
    """the handlers of both end with their leases; the third machine runs what
    they began; the one that goes on afterwards begins anew"""
    with together(3, body=LONG) as machines:
        begin_long_ones(machines, 9)
        killed, stopped, third = machines
        theirs = {m: began(machines, m) for m in (killed, stopped)}
        start = time.monotonic()
        killed.kill_runner()
        stopped.pause_runner()
        for machine in killed, stopped:
            wait_until(lambda m=machine: not m.handlers(),
                       'the guard to end them', LEASE_S + BUSY_S)
        took = time.monotonic() - start
        print(f'# with a lease of {LEASE_S} s handlers ended after '
              f'{took:.1f} s', flush=True)
        wait_until(lambda: all(
            any(line[:3] == ['end', delivery, '2'] for line in
                machines.journal()) for delivery in
            theirs[killed] | theirs[stopped]), 'the third to run them',
            TAKEOVER_S + LONG_S)
        stopped.resume_runner()
        # it is there again, as another one
        wait_until(lambda: 'lease' in stopped.said(), 'it to say so')
        machines.write_handler('circleci/all', ':')
        machines.write_handler('circleci/workflow-completed', ':')
        third.stop_runner()
        accept(machines, 3)
        machines.wait_until_done()
        machines.stop()
        figures = machines.balance()
        assert figures['lost'] == 0, figures
        assert machines.late_ends() == []
        print(f'# {figures}', flush=True)


def one_that_says_late():
    """its handlers ended while it was stopped, so they are recorded nowhere: they
    run again elsewhere, and what it says afterwards is refused"""
    with together(2, body='sleep 1.5') as machines:
        late, other = machines
        late.server.start()
        late.start_runner()
        accept_by(late, 3)
        wait_until(lambda: len(began(machines, late)) >= 4, 'handlers')
        late.pause_runner()
        wait_until(lambda: sum(line[0] == 'end' for line in
                               machines.journal()) >= 4, 'their ends')
        other.start_runner()
        machines.wait_until_done(TAKEOVER_S + 20)
        assert machines.states()['done'] == 6, machines.states()
        late.resume_runner()
        wait_until(lambda: 'lease' in late.said(), 'it to say so')
        accept_by(late, 2)
        machines.wait_until_done()
        machines.stop()
        figures = machines.balance()
        ends = machines.late_ends()
        assert len(ends) == figures['repeated'] >= 4, (ends, figures)
        print(f'# {len(ends)} late ends refused: {figures}', flush=True)


def accept_by(machine, count):
    for _ in range(count):
        machine.expect(machine.new(), 202)


def a_short_stop_costs_nothing():
    """shorter than the lease: the handlers go on, and are recorded"""
    with together(2, body='sleep 3') as machines:
        stopped, other = machines
        stopped.server.start()
        stopped.start_runner()
        other.start_runner()
        accept_by(stopped, 4)
        wait_until(lambda: began(machines, stopped), 'handlers')
        stopped.pause_runner()
        time.sleep(1)
        stopped.resume_runner()
        machines.wait_until_done()
        machines.stop()
        assert machines.balance()['repeated'] == 0
