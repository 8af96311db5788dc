"""The primary is killed under load, with all its processes at once, and its
synchronous standby becomes the primary: nothing is lost, accepted twice, or run
twice without a reason."""
import contextlib
import signal
import threading
import time

from machines import LEASE_S, Load, postgres, together, wait_until

CLIENTS = 6
# where the old primary was waiting for the standby, its client has to find out
FOUND_OUT_S = 60


@contextlib.contextmanager
def served_pair(count, body='sleep 0.0$((HOOK_ID % 5))', **settings):
    with postgres.started_pair(**settings) as pair, \
            together(count, pair, body=body) as machines:
        for machine in machines:
            machine.server.start()
            machine.start_runner()
        yield pair, machines


def fail_over(pair, machines, random_):
    """where the programs are told of two servers that are yet to come, their
    secret changes only now and then"""
    time.sleep(random_.random() * 0.5)
    pair.primary.kill()
    time.sleep(random_.random() * 0.5)
    pair.fail_over()
    pair.add_standby()
    machines.move()


def killed_and_promoted(rounds, random_):
    with served_pair(2) as (pair, machines):
        took = []
        with Load([m.server for m in machines], random_, CLIENTS) as load:
            load.wait_for(20)
            for n in range(rounds):
                start = time.monotonic()
                fail_over(pair, machines, random_)
                load.wait_for(20)
                took.append(time.monotonic() - start)
        print(f'# {load}; after the kill 20 events more were accepted within '
              f'{max(took):.1f} s', flush=True)
        repeat_all(machines, load, random_)
        machines.wait_until_done(FOUND_OUT_S + 3 * LEASE_S)
        machines.stop()
        figures = machines.balance(load.accepted)
        print(f'# {rounds} rounds: ' + ', '.join(
            f'{k} {v}' for k, v in figures.items()), flush=True)
        assert figures['lost'] == 0 and figures['accepted'] >= 20 * rounds
        assert figures['completed'] == 2 * figures['accepted']


def repeat_all(machines, load, random_):
    """what was acknowledged is known to whoever comes again; Drone's may be
    too old by now, since it signs a time"""
    for sender in load.senders:
        timeless = [(number, raw) for number, raw in sender.sent_as.items()
                    if sender.accepted[number] == 'circleci']
        for number, raw in random_.sample(timeless, min(10, len(timeless))):
            reply = sender.send(raw)
            assert reply == (200, number), (reply, number, sender.wrong)


def given_up_while_it_waits(pair, machines, event, how):
    """the standby is away, so that the commit of this event waits for it; the
    wait is given up then. Returns what the sender was told."""
    first = machines[0]
    pair.standby.stop(signal.SIGINT)
    told = []

    def send():
        with contextlib.suppress(Exception):
            told.append(first.send(event, 60))

    sender = threading.Thread(target=send)
    sender.start()
    waits = "wait_event = 'SyncRep'"
    wait_until(lambda: pair.primary.sql(
        'SELECT 1 FROM pg_stat_activity WHERE ' + waits), 'it to wait')
    for _ in range(3):
        pair.primary.signal_backends(how, waits)
        time.sleep(0.3)
    return sender, told


def acknowledged_is_there(how, repeats=False):
    """how: "terminate", the connection ends; or "cancel", it stays, and the
    server says "COMMIT" as ever, behind a warning. The event was committed on
    the primary alone, and so it is lost when the standby is promoted: nobody
    may have been told 202 for it, nor 200 for its repeat"""
    with served_pair(1) as (pair, machines):
        first, = machines
        first.stop_runner()
        first.expect(first.new(), 202)
        event = first.new()
        sender, told = given_up_while_it_waits(pair, machines, event, how)
        # what is read there now, nobody else may have
        here = pair.primary.sql(
            f'SELECT count(*) FROM {machines.db.name}.event',
            dbname=postgres.USER)
        assert here == [['2']], f'nothing was committed locally: {here}'
        if repeats:
            again = []
            with contextlib.suppress(OSError):
                again.append(first.send(event, 5))
            assert not [r for r in again if r.status in (200, 202)], \
                f'vouched for by the primary alone: {again[0]}'
        assert not [r for r in told if r.status in (200, 202)], told[0]
        pair.primary.kill()
        pair.standby.start()
        pair.fail_over()
        sender.join()
        there = pair.primary.sql(
            f'SELECT count(*) FROM {machines.db.name}.event',
            dbname=postgres.USER)
        # it may have been sent in the last moment, and accepted afterwards
        late = [r for r in told if r.status in (200, 202)]
        assert there == [[str(1 + len(late))]], (there, told)
        reply = wait_until(lambda: until_accepted(first, event), 'the repeat',
                           FOUND_OUT_S)
        assert reply.status == (200 if late else 202), reply
        first.start_runner()
        machines.wait_until_done()
        machines.stop()
        assert machines.balance()['accepted'] == 2


def until_accepted(machine, event):
    with contextlib.suppress(OSError):
        reply = machine.send(event, 10)
        return reply if reply.status in (200, 202) else None
    return None
