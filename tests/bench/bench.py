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
import time

sys.dont_write_bytecode = True
import contenders
import flood
import growth
import load
from contenders import (Bare, Cgihook, Contender, Fcgiwrap, PlainCgi, SERVICE,
                        Webhook, peak_kib, write)

TRUE = '/bin/true'
HUGE = 300 * 1000 * 1000
WAIT = 'runner = auto\nhandler circleci/workflow-completed { mode = wait }'


class Bench:
    def __init__(self, options, folder):
        self.build = options.build
        self.folder = folder
        self.quick = options.quick
        self.seconds = 1 if self.quick else 3
        self.rounds = 3 if self.quick else 5
        self.backlog = 5000 if self.quick else 10000
        self.old_events = 100 * 1000 if self.quick else 1000 * 1000
        self.old = None
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

    def run(self, name, contender, first=None, **how):
        with contender as c:
            if first:
                c.send(first, 1)
            before = c.cpu_s()
            result = c.send(self.events, self.seconds, **how)
            self.note(name + ' /s', result['per_s'])
            self.note(name + ' p99 ms', result['p99_ms'])
            if not isinstance(c, Fcgiwrap):  # it does not wait for its scripts
                self.note(name + ' processor us', (c.cpu_s() - before) * 1e6 /
                          result['replies'])
            if isinstance(c, Cgihook):
                self.note(name + ' responder KiB', c.peak_kib())
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

    def servers(self):
        """the other web servers, and what people do today"""
        for behind in ('lighttpd', 'Apache'):
            self.run('bare, ' + behind, self.new(Bare, behind=behind))
            self.run('accept, ' + behind, self.new(Cgihook, behind=behind))
        self.run('webhook itself', self.new(Webhook, behind=None))
        self.run('script', self.new(Fcgiwrap))

    def waits(self):
        for name, how in (('wait', {}), ('wait one', {'connections': 1})):
            self.run('webhook ' + name, self.new(Webhook, True), **how)
            self.run(name, self.new(Cgihook, WAIT, TRUE), **how)

    def paced(self):
        """at half of what is accepted a second, whoever is still waiting"""
        rate = (self.median('accept /s') if 'accept /s' in self.figures else
                2000) / 2
        for name, kind in (('bare', Bare), ('accept', Cgihook)):
            with self.new(kind) as c:
                result = c.pace(self.events, rate, int(rate * self.seconds),
                                64)
            for part in ('p50', 'p99', 'p999'):
                self.note(f'{name} at half {part} ms', result[part + '_ms'])
            shutil.rmtree(c.folder)

    def stamped(self, kind, *arguments):
        c = self.new(kind, *arguments)
        c.handler = c.stamp()
        return c

    def ends(self):
        """until the last handler has ended"""
        count = 1000 if self.quick else 5000
        for name, c in (('webhook', self.stamped(Webhook)),
                        ('cgihook', self.stamped(Cgihook, 'runner = auto'))):
            with c:
                begun_s = c.pace(self.events, 0, count)['begun_s']
                last_s = max(last for _, last in c.stamps(count))
            self.note(f'{name} all ended /s', count / (last_s - begun_s))
            shutil.rmtree(c.folder)

    def starts(self):
        """from a POST to the handler's first instruction"""
        many, idle_s = 20, 1 if self.quick else 2
        for name, c in (('webhook', self.stamped(Webhook)),
                        ('cgihook', self.stamped(Cgihook, 'runner = auto'))):
            with c:
                c.pace(self.events, 20, many, 1)
                c.stamps(many)
                begun_s = c.pace(self.events, 20, many, 1)['begun_s']
                for i, (first, _) in enumerate(sorted(
                        c.stamps(2 * many)[many:])):
                    self.note(f'{name} start ms',
                              (first - begun_s - i / 20) * 1e3)
                for i in range(2):
                    time.sleep(idle_s)
                    self.start_one(c, name + ' start, idle ms')
                for i in range(2 if name == 'cgihook' else 0):
                    c.end_runner()
                    self.start_one(c, name + ' start, no runner ms')
            shutil.rmtree(c.folder)

    def start_one(self, c, name):
        before = c.paced
        begun_s = c.pace(self.events, 20, 1, 1)['begun_s']
        self.note(name, (c.stamps(before + 1)[-1][0] - begun_s) * 1e3)

    def sources(self):
        # what is new at each source's first event is no part of it
        load.prepare(self.folder + '/first', 30000)
        for name, more in (('one source', 1), ('1,000 sources', 1000)):
            c = self.new(Cgihook, sources=more)
            c.path = SERVICE[:-len('circleci')] + ('s0' if more == 1 else 's*')
            self.run(name, c, first=self.folder + '/first')

    def prune(self):
        """accepts before "cgihook prune" and beside it"""
        if self.old is None:
            self.old = self.new(Cgihook, 'runner = external\nkeep = 1d\n'
                                'queue_limit = 10000000').make()
            state = self.old.folder + '/state'
            self.tool('store', 'fill', state, self.old_events,
                      self.folder + '/body', 3)
            self.tool('store', 'finish', state)
            self.note('first accepts, longest ms', self.tool(
                'store', 'first', state, self.folder + '/body', 200)[0])
        # they stay there: no round may send another one's again
        for name in ('before', 'beside'):
            load.prepare(f'{self.folder}/{name}', 15000 * self.seconds)
        with self.old as c:
            before = Contender.send(c, self.folder + '/before', self.seconds)
            stored, begun_s = c.stats()['events'], time.monotonic()
            command = c.spawn(c.build + '/cgihook', '--config', c.config,
                              'prune')
            beside = Contender.send(c, self.folder + '/beside', self.seconds)
            ended = command.poll()
            command.terminate()
            command.wait()
            gone = stored + beside['replies'] - c.stats()['events']
            seconds = time.monotonic() - begun_s
        if ended is not None:
            raise RuntimeError(f'prune ended too soon: {ended}')
        self.note('before prune /s', before['per_s'])
        self.note('beside prune /s', beside['per_s'])
        self.note('beside prune p99 ms', beside['p99_ms'])
        self.note('pruned /s', gone / seconds)

    def lone(self):
        folder = tempfile.mkdtemp(dir=self.folder)
        self.note('lone event, bytes of log', self.tool(
            'store', 'lone', folder + '/state', self.folder + '/body')[0])
        shutil.rmtree(folder)

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
            for name, program in (
                    ('cgi', c.program()),
                    ('cgi libs', self.build + '/tests/bench/libs/cgihook.fcgi'),
                    ('cgi static',
                     self.build + '/tests/bench/static/cgihook.fcgi')):
                self.note(name + ' ms', self.cgi_cost(program, environment,
                                                      c.folder))
                # the next one's must not be a duplicate
                content = load.body(template, os.getpid() << 64 |
                                    1 << 32 | 3 * i + len(name))
                write(self.folder + '/body', content)
                environment['HTTP_CIRCLECI_SIGNATURE'] = load.signature(content)
            self.note('cgi script ms', self.cgi_cost(script, environment,
                                                     c.folder))
        shutil.rmtree(c.folder)
        shutil.rmtree(f.folder)

    def cgi_paced(self):
        with self.new(PlainCgi) as c:
            result = c.pace(self.events, 200, 200 * self.seconds, 64,
                            strict=False)
        self.note('cgi at 200 /s, refused', result['refused'])
        self.note('cgi at 200 /s, p50 ms', result['p50_ms'])
        self.note('cgi at 200 /s, p99 ms', result['p99_ms'])
        shutil.rmtree(c.folder)

    def floods(self):
        with self.new(Cgihook) as c:
            for announced in (True, False):
                flood.fastcgi(c.folder + '/socket', HUGE, announced)
            self.note('huge one KiB', c.peak_kib())
            for announced in (True, False):
                flood.at_once(64, flood.fastcgi, c.folder + '/socket',
                              HUGE // (10 if self.quick else 1), announced)
            self.note('huge 64 KiB', c.peak_kib())
            c.send(self.events, 1)
        with self.new(Webhook, behind=None) as w:
            flood.http(w.port, w.path, HUGE)
            self.note('huge webhook KiB', w.peak_kib())

    def verify(self):
        ours, plain = self.tool('verify', 1 << 20, 200)
        self.note('verify us', ours)
        self.note('sha256 us', plain)

    # --- all of it ----------------------------------------------------------

    PARTS = ('accepts', 'servers', 'waits', 'paced', 'ends', 'starts',
             'sources', 'prune', 'lone', 'drain', 'cgi', 'cgi_paced', 'floods',
             'verify')
    # these are steady, or long
    ONCE = ('lone', 'drain', 'cgi', 'floods', 'verify')

    def prepare(self):
        # at 30,000 a second none is sent twice
        load.prepare(self.events, 30000 * self.seconds)
        write(self.folder + '/body', load.body(load.body_template(2048), 1))

    def all(self, parts):
        for number in range(self.rounds):
            for part in parts:
                if number > 0 and part in self.ONCE:
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


def kept(b):
    return b.median('beside prune /s') / b.median('before prune /s')


def figure(name, divisor=1):
    return lambda b: b.median(name) / divisor


# what, how it is got, what it has to be (at least or at most)
TARGETS = (
    ('durable accepts / the lower of bare and store',
     ratio('accept /s', 'bare /s', 'store /s'), '>=', 0.6),
    ('processor time of an accept / bare\'s',
     ratio('accept processor us', 'bare processor us'), '<=', 1.6),
    ('accepts while handlers run / webhook\'s acknowledgements',
     ratio('accept and run /s', 'webhook /s'), '>=', 2),
    ('until all handlers have ended, a second / webhook\'s',
     ratio('cgihook all ended /s', 'webhook all ended /s'), '>=', 2.5),
    ('mode = wait / webhook waiting',
     ratio('wait /s', 'webhook wait /s'), '>=', 1.1),
    ('mode = wait / webhook waiting, one client',
     ratio('wait one /s', 'webhook wait one /s'), '>=', 0.6),
    ('POST to first instruction, idle / busy',
     ratio('cgihook start, idle ms', 'cgihook start ms'), '<=', 1.2),
    ('POST to first instruction, no runner / busy',
     ratio('cgihook start, no runner ms', 'cgihook start ms'), '<=', 4),
    ('POST to first instruction, idle / webhook\'s',
     ratio('cgihook start, idle ms', 'webhook start, idle ms'), '<=', 1.4),
    ('p99 at half load / 5 times bare\'s, or 50 ms', p99_allowed, '<=', 1),
    ('accepts with 1,000 sources / with one',
     ratio('1,000 sources /s', 'one source /s'), '>=', 0.95),
    ('accepts beside "cgihook prune" / before', kept, '>=', 0.7),
    ('events pruned a second meanwhile', figure('pruned /s'), '>=', 10000),
    ('longest accept after a start, ms',
     figure('first accepts, longest ms'), '<=', 60),
    ('log written for an event that is alone / its body',
     figure('lone event, bytes of log', 2048), '<=', 28),
    ('drain of a backlog / spawn, handler true',
     ratio('drain true /s', 'spawn true /s'), '>=', 0.85),
    ('drain of a backlog / spawn, handler sh',
     ratio('drain sh /s', 'spawn sh /s'), '>=', 0.85),
    ('CPU of a CGI request / hello', ratio('cgi ms', 'cgi hello ms'), '<=', 4),
    ('the same with STATIC=libs', ratio('cgi libs ms', 'cgi hello ms'), '<=',
     4),
    ('the same with STATIC=1', ratio('cgi static ms', 'cgi hello ms'), '<=',
     2.6),
    ('plain CGI at 200 events a second, p50 in ms',
     figure('cgi at 200 /s, p50 ms'), '<=', 40),
    ('peak memory of the responder, MiB',
     mib('accept responder KiB', 'accept and run responder KiB',
         'wait responder KiB'), '<=', 32),
    ('peak memory of the runner, MiB',
     mib('accept and run runner KiB', 'wait runner KiB'), '<=', 32),
    ('peak memory after a body of 300 MB, MiB', mib('huge one KiB'), '<=', 48),
    ('peak memory after 64 of them at once, MiB', mib('huge 64 KiB'), '<=',
     48),
    ('verification of 1 MiB / SHA-256 of it',
     ratio('verify us', 'sha256 us'), '<=', 1.5),
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
    for what, value, sign, target in TARGETS:
        try:
            got = value(b)
        except (KeyError, statistics.StatisticsError):
            continue
        met = got >= target if sign == '>=' else got <= target
        rows.append({'what': what, 'value': got, 'sign': sign,
                     'target': target, 'met': met})
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
