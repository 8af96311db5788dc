"""A newer cgihook, on another machine, has brought the store up to its own
version: the older programs refuse in clear words, lose nothing, and run nothing
twice; after their update they go on."""
from machines import together, wait_until


def set_version(machines, by):
    """as a newer program's migration does it: waits for who is at work"""
    machines.db.query(f'UPDATE cgihook_store SET version = version + {by}')


def older_programs_refuse():
    with together(2, body='sleep 1') as machines:
        first, second = machines
        for machine in machines:
            machine.server.start()
            machine.start_runner()
        first.expect(first.new(), 202)
        second.expect(second.new(), 202)
        wait_until(lambda: machines.states()['running'] == 4, 'handlers')
        set_version(machines, +1)
        event = first.new()
        first.expect(event, 503)
        first.wait_for_line('status=503', 'newer cgihook')
        for machine in machines:
            assert machine.process.wait(20) == 1, machine.process.returncode
            assert 'newer cgihook' in machine.said(), machine.said()
            machine.process = None
        for words in (['log'], ['stats'], ['show', '1'], ['retry', '1'],
                      ['run', '--once'], ['run'], ['prune']):
            done = first.cgihook(*words, check=False)
            assert done.returncode == 1, (words, done)
            assert 'newer cgihook' in done.stderr, (words, done)
        # the update has come
        set_version(machines, -1)
        first.expect(event, 202)
        for machine in machines:
            machine.start_runner()
        machines.wait_until_done()
        machines.stop()
        figures = machines.balance()
        assert (figures['accepted'], figures['lost']) == (3, 0), figures


def a_runner_that_differs_claims_nothing():
    """another digest of handlers and configuration: one machine is updated, and
    the other is not yet"""
    with together(2, body=':') as machines:
        first, second = machines
        first.server.start()
        first.start_runner()
        first.expect(first.new(), 202)
        machines.wait_until_done()
        second.write_handler('circleci/all', 'exit 3')
        second.start_runner()
        wait_until(lambda: 'differ' in second.said(), 'it to say so')
        for _ in range(10):
            first.expect(first.new(), 202)
        machines.wait_until_done()
        assert machines.states() == {'done': 22}, machines.states()
        done = second.cgihook('check', check=False)
        assert 'differ' in done.stdout, done.stdout
        # the first one goes: the second has it all, and is as it says
        second.write_handler('circleci/all', ':')
        first.stop_runner()
        first.expect(first.new(), 202)
        machines.wait_until_done()
        machines.stop()
        assert machines.balance()['lost'] == 0
