"""Behind pgbouncer in transaction mode: each transaction may meet another
connection, no session state lasts, and LISTEN hears nothing."""
import contextlib
import os
import subprocess
import time

from machines import Load, faults, harness, postgres, together, wait_until

INI = '''
[databases]
* = host=%(server)s port=%(port)d user=cgihook
[pgbouncer]
listen_addr =
listen_port = %(port)d
unix_socket_dir = %(place)s
unix_socket_mode = 0777
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
ignore_startup_parameters = extra_float_digits,options
logfile =
'''


def bouncer():
    for path in '/usr/sbin/pgbouncer', '/usr/bin/pgbouncer':
        if os.path.exists(path):
            return path
    raise AssertionError('pgbouncer is not installed')


class Pooled:
    """a server as it is reached through pgbouncer; few connections are shared by
    all of its clients"""

    def __init__(self, server):
        self.server, self.place = server, server.place + '/pool'
        os.mkdir(self.place, 0o755)
        postgres.own(self.place)
        path = faults.write(self.place + '/ini', INI % {
            'server': server.place, 'port': postgres.PORT,
            'place': self.place})
        with open(self.place + '/log', 'ab') as log:
            self.process = subprocess.Popen(
                [*postgres.as_nobody(), bouncer(), path], stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, cwd='/')
        wait_until(lambda: os.path.exists(
            f'{self.place}/.s.PGSQL.{postgres.PORT}'), 'pgbouncer')

    def conn(self, user=postgres.USER, **more):
        return self.server.conn(user, host=self.place, **more)

    def stop(self):
        # it waits for nobody
        harness.end(self.process)


@contextlib.contextmanager
def pooled(count, body):
    with postgres.started() as server:
        # pgbouncer lets no options through: the role has them
        server.sql(f'ALTER ROLE {postgres.USER} SET search_path = pooled')
        pool = Pooled(server)
        try:
            with together(count, pool, body=body, schema='pooled') as machines:
                yield pool, machines
        finally:
            pool.stop()


def nothing_is_lost(random_):
    """two machines under load, and a runner that is killed"""
    with pooled(2, 'sleep 0.0$((HOOK_ID % 5))') as (pool, machines):
        for machine in machines:
            machine.server.start()
            machine.start_runner()
        with Load([m.server for m in machines], random_) as load:
            load.wait_for(30)
            machines[0].kill_runner()
            load.wait_for(30)
            machines[0].start_runner()
        machines.wait_until_done()
        machines.stop()
        figures = machines.balance(load.accepted)
        print(f'# {load}; {figures}', flush=True)
        assert figures['lost'] == 0
        # the server has been asked for none that another client has prepared
        assert 'prepared statement' not in pool.server.log(), pool.server.log()


def an_answer_is_not_waited_for_long():
    """nobody is woken: the runner looks every second, and who waits for a
    handler's answer four times in one"""
    with pooled(1, ':') as (_, machines):
        machine, = machines
        machine.server.start()
        machine.start_runner()
        faults.write(machine.folder + '/handlers/ask/received',
                     harness.ASKED, 0o755)
        took = []
        for n in range(5):
            headers = faults.cases.JSON + [('Idempotency-Key', str(n))]
            start = time.monotonic()
            reply = faults.exchange(machine.server.port, faults.raw_request(
                'POST', machine.server.path +
                '/ask?secret=pa+ss%2Bw%25rd%261', headers, b'{"exit": 0}'))
            took.append(time.monotonic() - start)
            assert reply.status == 200 and b'the answer to' in reply.body, \
                str(reply) + machine.said()
        print('# answered after ' + ', '.join(f'{s:.2f}' for s in took) + ' s',
              flush=True)
        assert min(took) < 2, took
        machine.write_handler('ask/received', ':')
