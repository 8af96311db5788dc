"""Runners that are killed, or stopped and continued beyond their lease: nobody
else begins before their handlers have ended, and what they say late is
refused."""
import os

from machines import LEASE_S, harness, together, wait_until


class Gate:
    """handlers stop there until it is opened"""
    body = ': <../../../gate'

    def __init__(self, machines):
        self.path = machines.folder + '/gate'
        self.fd = None
        os.mkfifo(self.path)

    def open(self):
        self.fd = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.fd is not None:
            os.close(self.fd)


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


def begin_on_each(machines, count):
    for machine in machines:
        machine.server.start()
        machine.start_runner()
    accept(machines, count)
    wait_until(lambda: all(began(machines, m) for m in machines),
               'handlers on each machine')


def said_end(machines):
    """[event/handler, attempt]"""
    return [line[1:3] for line in machines.journal() if line[0] == 'end']


def one_killed_one_stopped():
    """the handlers of both end with their leases, or nobody would end them; the
    third machine runs what they began; the one that goes on afterwards begins
    anew"""
    with together(3, body=Gate.body) as machines, Gate(machines) as gate:
        begin_on_each(machines, 9)
        killed, stopped, third = machines
        theirs = began(machines, killed) | began(machines, stopped)
        killed.kill_runner()
        stopped.pause_runner()
        for machine in killed, stopped:
            wait_until(lambda m=machine: not m.handlers(),
                       'the guard to end them')
        assert not said_end(machines)
        gate.open()
        wait_until(lambda: theirs <= {of for of, _ in said_end(machines)},
                   'the third to run them')
        assert not [of for of in theirs if [of, '1'] in said_end(machines)]
        stopped.resume_runner()
        # it is there again, as another one
        wait_until(lambda: 'lease' in stopped.said(), 'it to say so')
        third.stop_runner()
        accept(machines, 3)
        machines.wait_until_done()
        machines.stop()
        figures = machines.balance()
        assert figures['lost'] == 0, figures
        print(f'# {figures}', flush=True)


def one_that_says_late():
    """its handlers ended while it was stopped, so they are recorded nowhere: they
    run again elsewhere, and what it says afterwards is refused"""
    with together(2, body=Gate.body) as machines, Gate(machines) as gate:
        late, other = machines
        late.server.start()
        late.start_runner()
        accept_by(late, 3)
        wait_until(lambda: len(began(machines, late)) == 6, 'handlers')
        late.pause_runner()
        gate.open()
        # those that the guard ends have not said so
        wait_until(lambda: not late.handlers(), 'their ends')
        said = said_end(machines)
        other.start_runner()
        machines.wait_until_done()
        assert machines.states()['done'] == 6, machines.states()
        late.resume_runner()
        wait_until(lambda: 'lease' in late.said(), 'it to say so')
        accept_by(late, 2)
        machines.wait_until_done()
        machines.stop()
        figures = machines.balance()
        ends = machines.late_ends()
        assert said and all(end in ends for end in said), (said, ends)
        assert len(ends) <= figures['repeated'], (ends, figures)
        print(f'# {len(ends)} late ends refused: {figures}', flush=True)


def accept_by(machine, count):
    for _ in range(count):
        machine.expect(machine.new(), 202)


def a_short_stop_costs_nothing():
    """shorter than the lease: the handlers go on, and are recorded"""
    with together(2, body=Gate.body, lease_s=4 * LEASE_S) as machines, \
            Gate(machines) as gate:
        stopped, other = machines
        stopped.server.start()
        stopped.start_runner()
        other.start_runner()
        accept_by(stopped, 4)
        wait_until(lambda: began(machines, stopped), 'handlers')
        stopped.pause_runner()
        gate.open()
        wait_until(lambda: not stopped.handlers(), 'their ends')
        stopped.resume_runner()
        machines.wait_until_done()
        machines.stop()
        assert machines.balance()['repeated'] == 0
