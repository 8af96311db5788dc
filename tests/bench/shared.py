#!/usr/bin/python3
"""A store that machines share, on a PostgreSQL of its own that syncs: durable
accepts beside a loop of libpq and beside pgbench, and runners together.

    shared.py --build DIR [--rounds N]      (make benches PG=1 builds what it needs)

Figures of one machine say nothing about another: look at the ratios.
"""
import argparse
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


def accepts(build, server, folder, figures):
    body = folder + '/body'
    with open(body, 'wb') as f:
        f.write(load.body(load.body_template(BODY_BYTES), 1))
    figures['libpq, 32 a commit'].append(tool(
        build, 'rows_postgresql', server.conn(), SECONDS, 32, body)[0])
    figures['pgbench, 1 a commit, 32 clients'].append(
        pgbench(server, folder, body))
    state = tempfile.mkdtemp(dir=folder)
    direct, by_agent = tool(build, 'agent', state, body, 32, 1, 1,
                            empty(server))
    figures['accept directly'].append(direct)
    figures['accept by an agent'].append(by_agent)
    figures['accept by an agent, 32 clients'].append(tool(
        build, 'agent', tempfile.mkdtemp(dir=folder), body, 1, 32, 1,
        empty(server))[1])


def drain(server, count, events=160, nap_s=0.2, each=8):
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
            ('accepts by an agent / pgbench', ratio(
                figures, 'accept by an agent, 32 clients',
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
    figures = {name: [] for name in (
        'libpq, 32 a commit', 'pgbench, 1 a commit, 32 clients',
        'accept directly', 'accept by an agent',
        'accept by an agent, 32 clients', 'drain s, 1', 'drain s, 2',
        'drain s, 4', 'accept to start ms')}
    with postgres.started(fsync='on', full_page_writes='on') as server, \
            tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        for _ in range(options.rounds):
            accepts(options.build, server, folder, figures)
            for count in 1, 2, 4:
                figures[f'drain s, {count}'].append(drain(server, count))
            figures['accept to start ms'].append(start_times(server))
    report(figures)


if __name__ == '__main__':
    main()
