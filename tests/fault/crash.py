"""kill -9 at named points. preload.c says what each name stands for; that a
point was hit is read from the file it leaves."""
import errno
import os
import signal
import subprocess

from faults import (COMMAND, PATIENCE_S, Place, cases, deliver, preloaded, run_cgi,
                    sanitizers, sign, started_agent, started_runner, stores,
                    temporary_folder, wait_until, write)

# The runner is started when the test says so: nobody else does.
# One at a time: when it dies, no other handler has anything to lose.
CONFIG = 'runner = external\nconcurrency = 1\n'
HANDLERS = ''.join(f'''
handler {path} {{
	attempts = 1000
	backoff = 1ms
}}
''' for path in ('circleci/workflow-completed', 'circleci/all'))

# where, the point's name, which of them, what the sender is told afterwards
RESPONDER = (
    ('between insert and commit', 'write-log', 1, 202),
    ('in the middle of the commit', 'write-log', 2, 202),
    ('after commit, before it is durable', 'sync-log', 1, 200),
    ('after commit, before the reply', 'synced-log', 1, 200),
    ('at the reply', 'reply', 1, 200),
    ('after the reply, before the log line', 'line', 1, 200),
)
# the same where a rollback journal stands in for the log
ROLLBACK = (
    ('between insert and commit', 'write-journal', 1, 202),
    ('before the store is written', 'synced-journal', 1, 202),
    ('in the middle of the commit', 'write-store', 1, 202),
    ('before the commit is durable', 'sync-store', 1, 202),
    ('before the journal is void', 'synced-store', 1, 202),
    ('at the reply', 'reply', 1, 200),
)
# where, the point's name, which of them, whether a handler may run once more,
# whether the point costs the handlers an attempt
RUNNER = (
    ('after claim, before there is a process', 'clone', 1, False, False),
    ('in the process, before it is the handler', 'exec', 1, True, True),
    ('after exit, before the runner knows', 'reaped', 1, True, True),
    ('after its record, before the log line', 'line', 1, False, True),
)
RUNNER_IN_FILES = (
    ('before fan-out is on disk', 'write-log', 1, False, False),
    ('after fan-out and claim, before exec', 'synced-log', 1, False, False),
    ('after exit, before its record', 'reaped write-log', 1, False, True),
    ('after its record, before it is durable', 'reaped sync-log', 1, False,
     True),
    # on a busy machine these two may be while a handler still runs
    ('while the log is moved into the store', 'write-store', 3, True, True),
    ('before the log is begun anew', 'synced-store', 1, True, True),
)
# where the store is a database
RUNNER_OF_DATABASE = (
    ('after exit, before it asks to commit that', 'reaped commit', 1, False,
     True),
    ('after exit, before it knows that this is recorded', 'reaped committed',
     1, False, True),
)
# and the points of who speaks to it for the responder; what the sender is told
# when it asks again
AGENT = (
    ('before it asks to commit', 'commit', 202),
    ('after the commit, before it knows', 'committed', 200),
)


class Hits:
    """the environment that makes the fault, and whether it was met"""

    def __init__(self, place, point, nth):
        self.file = place.folder + '/hits'
        if os.path.exists(self.file):
            os.unlink(self.file)
        after, _, point = point.rpartition(' ')
        self.environment = {
            **preloaded(), 'FAULT_POINT': point,
            'FAULT_NTH': str(nth), 'FAULT_DO': 'kill',
            'FAULT_MARK': self.file}
        if after:
            self.environment['FAULT_AFTER'] = after

    def __bool__(self):
        return (os.path.exists(self.file) and
                os.path.getsize(self.file) > 0)


def event():
    body = cases.workflow()
    return sign.circleci(body), body


def close_books(place, accepted):
    place.finish()
    figures = place.balance(accepted)
    place.check_store()
    return figures


def kill_responder(config, point, nth, told):
    with temporary_folder() as folder:
        place = Place(folder, CONFIG + config, HANDLERS, body=':')
        accepted = {}
        deliver(place, *event(), accepted)      # now there is a store
        headers, body = event()
        hits = Hits(place, point, nth)
        _, _, how = run_cgi(place, '/circleci', headers, body,
                            **hits.environment)
        assert how == -signal.SIGKILL and hits, f'{point}: not met, {how}'
        status = deliver(place, headers, body, accepted)
        assert status == told, f'the repeat was answered {status}, not {told}'
        assert len(accepted) == 2
        figures = close_books(place, accepted)
        assert figures['repeated'] == 0, figures


def kill_agent(point, told):
    with temporary_folder() as folder:
        place = Place(folder, CONFIG, HANDLERS, body=':')
        accepted = {}
        hits = Hits(place, point, 1)
        hits.environment['FAULT_WHILE'] = folder + '/bad'
        with started_agent(place, **hits.environment) as agent:
            # now there is a store, and no other agent
            deliver(place, *event(), accepted)
            headers, body = event()
            write(folder + '/bad', '')

            def is_met():
                status, answer, _ = run_cgi(place, '/circleci', headers, body)
                assert status == 503, (status, answer)
                return hits

            wait_until(is_met, point)
            assert agent.wait(PATIENCE_S) == -signal.SIGKILL, point
        status = deliver(place, headers, body, accepted)
        assert status == told, f'the repeat was answered {status}, not {told}'
        assert len(accepted) == 2
        assert close_books(place, accepted)['repeated'] == 0


def kill_redelivery(config, point, nth, told):
    """the handler is dead; it runs once more, however often the sender has to
    ask, and whoever dies meanwhile"""
    with temporary_folder() as folder:
        place = Place(folder, CONFIG + config, HANDLERS)
        place.write_handler('again/received', 'exit 1')
        message, other = ((cases.JSON + cases.BEARER +
                           [('Idempotency-Key', key)], b'{}') for key in '12')
        status, answer, _ = run_cgi(place, '/again', *message)
        assert (status, answer['status']) == (202, 'queued'), answer
        place.finish()
        assert place.stats()['dead'] == 1, place.stats()
        place.write_handler('again/received', ':')
        # now the one that is killed does not start the log again
        assert run_cgi(place, '/again', *other)[0] == 202

        hits = Hits(place, point, nth)
        _, _, how = run_cgi(place, '/again', *message, **hits.environment)
        assert how == -signal.SIGKILL and hits, f'{point}: not met, {how}'
        status, answer, _ = run_cgi(place, '/again', *message)
        assert (status, answer) == (told, {
            'id': 1, 'status': 'retried' if told == 202 else 'duplicate'}), \
            answer
        place.finish()
        status, answer, _ = run_cgi(place, '/again', *message)
        assert (status, answer) == (200, {'id': 1, 'status': 'duplicate'})
        place.check_store()
        assert [what for what, number, *_ in place.lines() if number == 1] == \
            ['begin', 'begin', 'end']
        retries = place.show(1)['retries']
        assert [r['by'] for r in retries] == ['sender'], retries


def repeat_waits_for_a_sync(config, point, sync):
    """what a killed commit wrote can be read, and is not on the disk: while that
    cannot be synced, the repeat is no duplicate yet"""
    with temporary_folder() as folder:
        place = Place(folder, CONFIG + config, HANDLERS, body=':')
        accepted = {}
        deliver(place, *event(), accepted)
        headers, body = event()
        hits = Hits(place, point, 1)
        _, _, how = run_cgi(place, '/circleci', headers, body,
                            **hits.environment)
        assert how == -signal.SIGKILL and hits, f'{point}: not met, {how}'
        for message in ((headers, body), event()):
            failing = Hits(place, sync, 1)
            failing.environment['FAULT_DO'] = str(errno.EIO)
            status, answer, _ = run_cgi(place, '/circleci', *message,
                                        **failing.environment)
            assert status == 503 and failing, (status, answer)
        assert 'may not be on the disk' in place.log(), place.log()
        done = place.cgihook('check', check=False)
        assert done.returncode != 0 and 'in doubt' in done.stdout, done.stdout
        assert place.stats()['in_doubt'] is True
        assert deliver(place, headers, body, accepted) == 200
        assert 'a commit had been cut off' in place.log(), place.log()
        assert place.stats()['in_doubt'] is False
        assert 'in doubt' not in place.cgihook('check', check=False).stdout
        close_books(place, accepted)


def made_and_not_synced(point, nth):
    """the first event: without its folder's entry the store would be gone"""
    with temporary_folder() as folder:
        place = Place(folder, CONFIG, HANDLERS, body=':')
        failing = Hits(place, point, nth)
        failing.environment['FAULT_DO'] = str(errno.EIO)
        headers, body = event()
        status, answer, _ = run_cgi(place, '/circleci', headers, body,
                                    **failing.environment)
        assert status == 503 and failing, (status, answer)
        assert os.strerror(errno.EIO) in place.log(), place.log()
        assert not os.path.exists(place.state + '/cgihook.host')
        accepted = {}
        assert deliver(place, headers, body, accepted) == 202
        close_books(place, accepted)


def init_syncs_what_it_makes(point):
    """each sync of "cgihook init" fails once: it says so"""
    met = 0
    with temporary_folder() as folder:
        place = Place(folder, CONFIG, HANDLERS, body=':')
        deliver(place, *event(), {})
        for nth in range(1, 100):
            failing = Hits(place, point, nth)
            failing.environment['FAULT_DO'] = str(errno.EIO)
            done = subprocess.run(
                [COMMAND, 'init', f'{folder}/made-{nth}'], check=False,
                env={'PATH': '/usr/bin:/bin', **sanitizers(),
                     **failing.environment},
                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if not failing:
                assert done.returncode == 0, done.stderr
                break
            met += 1
            assert done.returncode == 1, (nth, done)
            assert os.strerror(errno.EIO).encode() in done.stderr, done
    assert met > 10, met


def run_and_kill(place, point, nth):
    """True when it was killed, False when it ended without meeting the point"""
    hits = Hits(place, point, nth)
    with started_runner(place, **hits.environment) as runner:
        how = runner.wait(PATIENCE_S)
    assert how == (-signal.SIGKILL if hits else 0), (point, nth, how)
    return bool(hits)


def kill_runner(point, nth, again, costs):
    with temporary_folder() as folder:
        place = Place(folder, CONFIG, HANDLERS, body=':')
        accepted = {}
        deliver(place, *event(), accepted)
        assert run_and_kill(place, point, nth), f'{point}: not met'
        figures = close_books(place, accepted)
        if not again:
            assert figures['repeated'] == 0, figures
        attempts = {line[3] for line in place.lines()}
        if not costs:
            assert attempts == {1}, attempts


def kill_runner_that_filters(point, nth):
    """whether a condition holds is decided once, whoever dies: before it is on
    disk, or after; and once more after a retry"""
    with temporary_folder() as folder:
        place = Place(folder, CONFIG, """
handler circleci/all {
	when = "PAYLOAD_TYPE != workflow-*"
}
handler circleci/workflow-completed {
	when = "event = workflow-completed"
}
""", body=':')
        deliver(place, *event(), {})
        assert run_and_kill(place, point, nth), f'{point}: not met'
        place.finish()
        assert {d['handler']: d['state'] for d in
                place.show(1)['deliveries']} == {
            'workflow-completed': 'done', 'all': 'filtered'}
        filtered, = [d['filter'] for d in place.show(1)['deliveries']
                     if 'filter' in d]
        assert (filtered['when'], filtered['value']) == (
            'PAYLOAD_TYPE != workflow-*', 'workflow-completed'), filtered

        place.site.change_config('!= workflow', '= workflow')
        place.cgihook('retry', '1', check=False)   # no runner is there yet
        assert run_and_kill(place, point, nth), f'{point}: not met again'
        place.finish()
        begun = sorted(line[2] for line in place.lines()
                       if line[0] == 'begin')
        assert begun == ['all', 'workflow-completed'], begun
        assert place.stats()['filtered'] == 0
        place.check_store()


def kill_runner_before_on_dead(point, nth):
    """each death is told, and told once: on_dead had not begun"""
    with temporary_folder() as folder:
        told = folder + '/told'
        script = write(folder + '/on-dead', '#!/bin/sh\n'
                       f'echo "$HOOK_DELIVERY" >>{told}\n', 0o755)
        place = Place(folder, CONFIG + f'on_dead = {script}\n', ''.join(
            f'handler circleci/{name} {{ attempts = 1 }}\n'
            for name in ('all', 'workflow-completed')), body='exit 1')
        deliver(place, *event(), {})
        assert run_and_kill(place, point, nth), f'{point}: not met'
        # both deaths may be recorded, so that all looks idle
        place.cgihook('run', '--once')
        place.finish()
        assert place.stats()['dead'] == 2, place.stats()
        with open(told, encoding='utf-8') as f:
            lines = sorted(f.read().split())
        assert lines == ['1/all', '1/workflow-completed'], lines


def sweep_responder(config, fresh, step):
    """kill it at every step-th call that it makes, until it makes no more"""
    met = 0
    with temporary_folder() as folder:
        place = Place(folder, CONFIG + config, HANDLERS, body=':')
        accepted = {}
        for nth in range(1, 2000, step):
            if fresh:
                place.begin_again()
                accepted.clear()
            headers, body = event()
            hits = Hits(place, 'any', nth)
            status, answer, how = run_cgi(place, '/circleci', headers, body,
                                          **hits.environment)
            if status in (200, 202) and answer:
                accepted[answer['id']] = 'circleci'
            # what was killed may be its child, about to become the agent
            assert how == (-signal.SIGKILL if hits else 0) or \
                hits and not stores.IN_FILES and how == 0, how
            deliver(place, headers, body, accepted)
            if fresh:
                assert len(accepted) == 1, f'call {nth}: {accepted}'
                place.check_store()
            if not hits:
                break
            met += 1
        figures = close_books(place, accepted)
    print(f'# killed at {met} calls: {figures}', flush=True)
    assert met > 5 and figures['repeated'] == 0


def sweep_runner(config, step, point='any'):
    met = 0
    with temporary_folder() as folder:
        place = Place(folder, CONFIG + config, HANDLERS, body=':')
        accepted = {}
        nth = 1
        while True:
            deliver(place, *event(), accepted)
            if not run_and_kill(place, point, nth):
                break
            met += 1
            nth += step
            place.check_store()
        figures = close_books(place, accepted)
    print(f'# killed at {met} calls: {figures}', flush=True)
    assert met > (5 if point == 'any' else 1)
