#!/usr/bin/python3
"""A store that machines share, on a PostgreSQL of its own that syncs: durable
accepts beside a loop of libpq and beside pgbench, and runners together.

    shared.py --build DIR [--rounds N]      (make benches PG=1 builds what it needs)

Figures of one machine say nothing about another: look at the ratios.
"""
import argparse
import collections
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path[:0] = [TOP + '/tests', TOP + '/tests/shared']

import load  # noqa: E402
import postgres  # noqa: E402

SECONDS = 3
ROUND_S = 2         # agent.c
BODY_BYTES = 2048
ONE_INSERT = '''
INSERT INTO bench (key, body) VALUES (sha256(random()::text::bytea), '\\x%s');
'''


def tool(build, name, *words):
    out = subprocess.run([f'{build}/tests/bench/{name}', *map(str, words)],
                         check=True, stdout=subprocess.PIPE, text=True).stdout
    return [float(word) for word in out.split()]


def pgbench(server, folder, body):
    """transactions a second, with 32 clients and one insert in each"""
    path = folder + '/insert.sql'
    with open(body, 'rb') as f:
        insert = ONE_INSERT % f.read().hex()
    with open(path, 'w', encoding='ascii') as f:
        f.write(insert)
    os.chmod(path, 0o644)
    server.sql('CREATE TABLE IF NOT EXISTS bench (id bigserial PRIMARY KEY, '
               'key bytea UNIQUE, body bytea)', user=postgres.USER)
    out = postgres.run(postgres.program('pgbench'), '-n', '-c', '32', '-j', '2',
                       '-T', str(SECONDS), '-f', path,
                       '-d', server.conn())
    line, = [line for line in out.splitlines() if line.startswith('tps')]
    return float(line.split()[2])


def empty(server):
    """a connection string for a store that nothing is in"""
    name = f"bench{time.monotonic_ns()}"
    server.sql(f'CREATE SCHEMA {name}', user=postgres.USER)
    return server.conn(options=f'-csearch_path={name}')


def busy_s(server):
    """processor time that it has used, with its processes that have ended"""
    ticks = 0
    for pid in server.processes():
        with contextlib.suppress(OSError), open(f'/proc/{pid}/stat',
                                                encoding='latin-1') as f:
            words = f.read().rpartition(')')[2].split()
            ticks += sum(map(int, words[11:15]))
    return ticks / os.sysconf('SC_CLK_TCK')


def note_cost(server, figures, name, seconds, rates):
    """rates() are events a second, each for so long: notes the microseconds of
    the server for each event"""
    before = busy_s(server)
    found = rates()
    figures[name + ', us of the server'].append(
        (busy_s(server) - before) * 1e6 / (sum(found) * seconds))
    return found


def accepts(build, server, folder, figures):
    body = folder + '/body'
    with open(body, 'wb') as f:
        f.write(load.body(load.body_template(BODY_BYTES), 1))
    conn = empty(server)

    def accept(batch, clients):
        return tool(build, 'agent', tempfile.mkdtemp(dir=folder), body, batch,
                    clients, 1, conn)

    figures['libpq, 32 a commit'] += note_cost(
        server, figures, 'libpq', SECONDS, lambda: tool(
            build, 'rows_postgresql', server.conn(), SECONDS, 32, body))
    figures['pgbench, 1 a commit, 32 clients'] += note_cost(
        server, figures, 'pgbench', SECONDS, lambda: [
            pgbench(server, folder, body)])
    accept(32, 1)       # makes the store
    direct, by_agent = note_cost(server, figures, 'accept', ROUND_S,
                                 lambda: accept(32, 1))
    figures['accept directly'].append(direct)
    figures['accept by an agent'].append(by_agent)
    figures['accept by an agent, 32 clients with 1'].append(accept(1, 32)[1])
    figures['accept by an agent, 4 clients with 32'].append(accept(32, 4)[1])


def drain(server, count, events=96, nap_s=1, each=8):
    """seconds for so many deliveries, by so many runners that run eight at a
    time each; handlers sleep"""
    import machines as m
    with m.together(count, server, body=f'sleep {nap_s}',
                    config='') as machines:
        for machine in machines:
            machine.site.change_config('concurrency = 6',
                                       f'concurrency = {each}')
        first = machines[0]
        first.server.start()
        for _ in range(events // 2):
            first.expect(first.new(), 202)
        start = time.monotonic()
        for machine in machines:
            machine.start_runner()
        machines.wait_until_done(600)
        return time.monotonic() - start


def start_times(server, events=30):
    """milliseconds from the reply to the handler's first line"""
    import machines as m
    with m.together(1, server, body=':') as machines:
        machine, = machines
        path = machines.folder + '/begun'
        machine.write_handler('circleci/all', f'date +%s%N >>{path}')
        machine.server.start()
        machine.start_runner()
        machine.expect(machine.new(), 202)
        machines.wait_until_done()
        took = []
        for _ in range(events):
            os.unlink(path)
            machine.expect(machine.new(), 202)
            sent = time.time_ns()
            m.wait_until(lambda: os.path.exists(path)
                         and os.path.getsize(path) > 0, 'its begin')
            with open(path, encoding='ascii') as f:
                took.append((int(f.read().split()[0]) - sent) / 1e6)
            machines.wait_until_done()
        return statistics.median(took)


def ratio(figures, above, below):
    return statistics.median(figures[above]) / statistics.median(figures[below])


def report(figures):
    for name, values in figures.items():
        print(f'{name:40}{statistics.median(values):10.1f}'
              f'{min(values):10.1f}{max(values):10.1f}')
    print()
    for what, value, wanted in (
            ('accepts / libpq in batches of 32', ratio(
                figures, 'accept directly', 'libpq, 32 a commit'), 0.6),
            ('accepts by an agent / libpq in batches of 32', ratio(
                figures, 'accept by an agent', 'libpq, 32 a commit'), 0.6),
            ('accepts by an agent, 4 clients with 32 / pgbench', ratio(
                figures, 'accept by an agent, 4 clients with 32',
                'pgbench, 1 a commit, 32 clients'), 2),
            ('accepts by an agent, 32 clients with 1 / pgbench', ratio(
                figures, 'accept by an agent, 32 clients with 1',
                'pgbench, 1 a commit, 32 clients'), 2),
            ('drain by two runners / by one', ratio(
                figures, 'drain s, 1', 'drain s, 2'), 1.8),
            ('drain by four runners / by one', ratio(
                figures, 'drain s, 1', 'drain s, 4'), 0)):
        print(f'{what:50}{value:8.2f}   >= {wanted:g}')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--build', type=os.path.abspath,
                        default=TOP + '/build/pg')
    parser.add_argument('--rounds', type=int, default=3)
    options = parser.parse_args()
    os.environ.update(BUILD=options.build, TEST_STORE='postgresql')
    figures = collections.defaultdict(list)
    with postgres.started(fsync='on', full_page_writes='on') as server, \
            tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        for _ in range(options.rounds):
            accepts(options.build, server, folder, figures)
            for count in 1, 2, 4:
                figures[f'drain s, {count}'].append(drain(server, count))
            figures['accept to start ms'].append(start_times(server))
    report(figures)
    print(f'load: {os.getloadavg()[0]:.0f}')


if __name__ == '__main__':
    main()
