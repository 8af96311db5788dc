#!/usr/bin/python3
"""How fast, beside what else one would run: all of them in turn, in several
rounds; medians, and the ratios that are the targets.

    bench.py [--build DIR] [--quick] [--growth] [--json FILE] [--only PART]...

Figures of one machine say nothing about another: look at the ratios.
"""
import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import contenders
import flood
import growth
import load
from contenders import Bare, Cgihook, Fcgiwrap, Webhook, peak_kib, write

TRUE = '/bin/true'
HUGE = 300 * 1000 * 1000
WAIT = 'runner = auto\nhandler circleci/workflow-completed { mode = wait }'


class Bench:
    def __init__(self, options, folder):
        self.build = options.build
        self.folder = folder
        self.quick = options.quick
        self.seconds = 1 if self.quick else 4
        self.rounds = 3 if self.quick else 7
        self.backlog = 5000 if self.quick else 20000
        self.events = folder + '/events'
        self.figures = {}
        self.count = 0

    def note(self, name, value):
        self.figures.setdefault(name, []).append(value)

    def median(self, name):
        return statistics.median(self.figures[name])

    def say(self, text):
        print(f'{text:60}', end='\r', file=sys.stderr, flush=True)

    def new(self, kind, *arguments, **more):
        self.count += 1
        return kind(f'{self.folder}/{self.count}', self.build, *arguments,
                    **more)

    def tool(self, name, *arguments):
        output = subprocess.run([f'{self.build}/tests/bench/{name}',
                                 *map(str, arguments)], check=True,
                                stdout=subprocess.PIPE, text=True).stdout
        return [float(word) for word in output.split()]

    # --- the parts, each one round ----------------------------------------

    def run(self, name, contender, **how):
        with contender as c:
            result = c.send(self.events, self.seconds, **how)
            self.note(name + ' /s', result['per_s'])
            self.note(name + ' p99 ms', result['p99_ms'])
            if isinstance(c, Cgihook):
                self.note(name + ' responder KiB', peak_kib(c.server.pid))
                pid = c.runner()
                if pid:
                    self.note(name + ' runner KiB', peak_kib(pid))
        shutil.rmtree(contender.folder)
        return result['per_s']

    def store(self):
        folder = tempfile.mkdtemp(dir=self.folder)
        self.note('store /s', self.tool('rows', folder, self.seconds, 32,
                                        2048)[0])
        shutil.rmtree(folder)

    def accepts(self):
        self.run('bare', self.new(Bare))
        self.store()
        self.run('accept', self.new(Cgihook))
        self.run('webhook', self.new(Webhook))
        self.run('accept and run', self.new(Cgihook, 'runner = auto', TRUE))
        self.run('script', self.new(Fcgiwrap))

    def waits(self):
        self.run('webhook wait', self.new(Webhook, True))
        self.run('wait', self.new(Cgihook, WAIT, TRUE))

    def half_load(self):
        # between a reply and the next request of one connection, for half
        # of what is accepted per second
        pause_ms = 32 * 1000 / (self.median('accept /s') / 2)
        self.run('bare at half', self.new(Bare), pause_ms=pause_ms)
        self.run('accept at half', self.new(Cgihook), pause_ms=pause_ms)

    def drain(self):
        for name, handler in (('true', TRUE), ('sh', self.folder + '/hook')):
            write(self.folder + '/hook', '#!/bin/sh\n:\n', 0o755)
            self.note(f'spawn {name} /s', self.tool('spawn', self.backlog, 4,
                                                    handler)[0])
            c = self.new(Cgihook, handler=handler).make()
            self.tool('store', 'fill', c.folder + '/state', self.backlog,
                      self.folder + '/body')
            before = os.times().elapsed
            c.command('run', '--once')
            seconds = os.times().elapsed - before
            stats = c.stats()
            if stats['done'] != self.backlog:
                raise RuntimeError(f'not all were done: {stats}')
            self.note(f'drain {name} /s', self.backlog / seconds)
            shutil.rmtree(c.folder)

    def cgi_cost(self, program, environment, cwd):
        """milliseconds of processor, of the process and its children"""
        with open(self.folder + '/body', 'rb') as body:
            pid = os.posix_spawn(program, [program], environment, file_actions=[
                (os.POSIX_SPAWN_DUP2, body.fileno(), 0),
                (os.POSIX_SPAWN_OPEN, 1, cwd + '/reply',
                 os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)])
        _, status, usage = os.wait4(pid, 0)
        with open(cwd + '/reply', 'rb') as f:
            reply = f.read()
        if status != 0 or not (b'hello' in reply or b' 20' in reply):
            raise RuntimeError(f'{program}: {status} {reply}')
        return (usage.ru_utime + usage.ru_stime) * 1000

    def cgi(self):
        c = self.new(Cgihook).make()
        f = self.new(Fcgiwrap)
        script = f.make()
        hello = self.build + '/tests/bench/hello'
        template = load.body_template(2048)
        for i in range(20 if self.quick else 60):
            content = load.body(template, os.getpid() << 64 | i)
            write(self.folder + '/body', content)
            environment = {
                'REQUEST_METHOD': 'POST', 'PATH_INFO': '/circleci',
                'CONTENT_LENGTH': str(len(content)),
                'CONTENT_TYPE': 'application/json',
                'HTTP_CIRCLECI_SIGNATURE': load.signature(content),
                'CGIHOOK_CONFIG': c.config, 'PATH': os.defpath,
                'REMOTE_ADDR': '127.0.0.1', 'SERVER_PROTOCOL': 'HTTP/1.1'}
            self.note('cgi hello ms', self.cgi_cost(hello, environment,
                                                    c.folder))
            self.note('cgi ms', self.cgi_cost(c.program(), environment,
                                              c.folder))
            self.note('cgi script ms', self.cgi_cost(script, environment,
                                                     c.folder))
        shutil.rmtree(c.folder)
        shutil.rmtree(f.folder)

    def floods(self):
        with self.new(Cgihook) as c:
            for announced in (True, False):
                flood.fastcgi(c.folder + '/socket', HUGE, announced)
            self.note('huge one KiB', peak_kib(c.server.pid))
            for announced in (True, False):
                flood.at_once(64, flood.fastcgi, c.folder + '/socket',
                              HUGE // (10 if self.quick else 1), announced)
            self.note('huge 64 KiB', peak_kib(c.server.pid))
            c.send(self.events, 1)
        with self.new(Webhook) as w:
            flood.http(w.port, w.path, HUGE)
            self.note('huge webhook KiB', peak_kib(w.server.pid))

    def verify(self):
        ours, plain = self.tool('verify', 1 << 20, 200)
        self.note('verify us', ours)
        self.note('sha256 us', plain)

    # --- all of it ----------------------------------------------------------

    PARTS = ('accepts', 'waits', 'half_load', 'drain', 'cgi', 'floods',
             'verify')

    def prepare(self):
        # at 30,000 a second none is sent twice
        load.prepare(self.events, 30000 * self.seconds)
        write(self.folder + '/body', load.body(load.body_template(2048), 1))

    def all(self, parts):
        for number in range(self.rounds):
            for part in parts:
                # these are steady, or long
                if number >= 1 and part in ('cgi', 'floods') or \
                        number >= 3 and part in ('drain', 'verify') or \
                        number >= 1 and self.quick and part == 'drain':
                    continue
                self.say(f'round {number + 1} of {self.rounds}: {part}')
                getattr(self, part)()
        self.say('')


def ratio(above, *below):
    """the first figure, divided by the lowest of the others"""
    return lambda b: b.median(above) / min(map(b.median, below))


def p99_allowed(b):
    return b.median('accept at half p99 ms') / max(
        50, 5 * b.median('bare at half p99 ms'))


def mib(*names):
    return lambda b: max(max(b.figures[name]) for name in names) / 1024


# what, how it is got, what it has to be (at least or at most), the stretch
TARGETS = (
    ('durable accepts / the lower of bare and store',
     ratio('accept /s', 'bare /s', 'store /s'), '>=', 0.6, 0.8),
    ('durable accepts, handlers run / webhook not waiting, nothing durable',
     ratio('accept and run /s', 'webhook /s'), '>=', 1.5, 2),
    ('p99 at half load / 5 times bare\'s, or 50 ms', p99_allowed, '<=', 1,
     None),
    ('mode = wait / webhook waiting',
     ratio('wait /s', 'webhook wait /s'), '>=', 1.2, 1.5),
    ('drain of a backlog / spawn, handler true',
     ratio('drain true /s', 'spawn true /s'), '>=', 0.85, None),
    ('drain of a backlog / spawn, handler sh',
     ratio('drain sh /s', 'spawn sh /s'), '>=', 0.85, None),
    ('CPU of a CGI request / hello', ratio('cgi ms', 'cgi hello ms'), '<=', 8,
     4),
    ('CPU of a CGI request / script with openssl',
     ratio('cgi ms', 'cgi script ms'), '<=', 0.1, None),
    ('peak memory of the responder, MiB',
     mib('accept responder KiB', 'accept and run responder KiB',
         'wait responder KiB'), '<=', 32, None),
    ('peak memory of the runner, MiB',
     mib('accept and run runner KiB', 'wait runner KiB'), '<=', 32, None),
    ('peak memory after a body of 300 MB, MiB', mib('huge one KiB'), '<=', 48,
     None),
    ('peak memory after 64 of them at once, MiB', mib('huge 64 KiB'), '<=', 48,
     None),
    ('verification of 1 MiB / SHA-256 of it',
     ratio('verify us', 'sha256 us'), '<=', 1.5, None),
)


def machine():
    model = ''
    with open('/proc/cpuinfo', encoding='ascii', errors='replace') as f:
        for line in f:
            if line.startswith('model name'):
                model = line.partition(':')[2].strip()
                break
    with open('/proc/meminfo', encoding='ascii') as f:
        memory = int(f.readline().split()[1]) >> 20
    return {'processor': model, 'cores': len(os.sched_getaffinity(0)),
            'memory_gib': memory, 'kernel': platform.release(),
            'load': os.getloadavg()[0]}


def results(b):
    """the ratios that there are figures for, as rows"""
    rows = []
    for what, value, sign, target, stretch in TARGETS:
        try:
            got = value(b)
        except (KeyError, statistics.StatisticsError):
            continue
        met = got >= target if sign == '>=' else got <= target
        rows.append({'what': what, 'value': got, 'sign': sign,
                     'target': target, 'stretch': stretch, 'met': met})
    return rows


def report(b, rows, about):
    print('{processor}, {cores} cores, {memory_gib} GiB, Linux {kernel}, load '
          '{load:.1f}; medians of {rounds} rounds'.format(rounds=b.rounds,
                                                          **about))
    print(f'\n{"figure":34}{"median":>12}{"lowest":>12}{"highest":>12}')
    for name, values in b.figures.items():
        print(f'{name:34}{statistics.median(values):12.2f}'
              f'{min(values):12.2f}{max(values):12.2f}')
    print(f'\n{"target":70}{"":>8}{"wanted":>9}')
    for row in rows:
        print(f'{row["what"]:70}{row["value"]:8.2f}   {row["sign"]} '
              f'{row["target"]:<6g}{"" if row["met"] else "not met"}')


def save(options, b, about, rows, grown):
    if options.json:
        with open(options.json, 'w', encoding='utf-8') as f:
            json.dump({'machine': about, 'rounds': b.rounds,
                       'figures': b.figures, 'targets': rows,
                       'growth': grown}, f, indent=1)
            f.write('\n')


def report_growth(grown):
    for rows in grown.values():
        print('\n' + ''.join(f'{name:>15}' for name in rows[0]))
        for row in rows:
            print(''.join(f'{value:15.0f}' for value in row.values()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--build', type=os.path.abspath,
                        default=contenders.TOP + '/build')
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--growth', action='store_true')
    parser.add_argument('--json')
    parser.add_argument('--only', action='append', choices=(*Bench.PARTS, 'growth'))
    options = parser.parse_args()
    # beside the build: on a disk, where /tmp may be memory
    folder = tempfile.mkdtemp(prefix='bench-', dir=options.build)
    os.chmod(folder, 0o755)
    about = machine()
    grown = {}
    try:
        b = Bench(options, folder)
        b.prepare()
        b.all(() if options.only == ['growth'] else
              options.only or Bench.PARTS)
        if options.growth or options.only == ['growth']:
            grown = growth.measure(b, lambda grown: save(
                options, b, about, results(b), grown))
    finally:
        shutil.rmtree(folder)
    rows = results(b)
    report(b, rows, about)
    report_growth(grown)
    save(options, b, about, rows, grown)


main()
