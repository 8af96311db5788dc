"""How it grows: with what is stored, what waits, connections, and bodies."""
import os
import shutil

import load
from contenders import Bare, Cgihook, write

STORED = (0, 100_000, 1_000_000)
WAITING = (1, 100, 10_000)
CONNECTIONS = (1, 4, 16, 64, 256)
BODIES = (1024, 4096, 16384, 65536, 262144, 1 << 20)
TRUE = '/bin/true'


def drain(c):
    """what is queued, by "cgihook run --once", per second"""
    waiting = c.stats()['queued']
    before = os.times().elapsed
    c.command('run', '--once')
    return waiting / (os.times().elapsed - before)


def accept(bench, c, events, seconds, **how):
    """accepts per second, and the most memory that the responder had"""
    c.stored = c.stats()['events']
    with c:
        return (c.send(events, seconds, **how)['per_s'],
                c.peak_kib())


def by_stored(bench):
    rows = []
    c = bench.new(Cgihook, handler=TRUE).make()
    state, body = c.folder + '/state', bench.folder + '/body'
    stored = 0
    for count in STORED[:2] if bench.quick else STORED:
        bench.say(f'growth: {count} stored')
        bench.tool('store', 'fill', state, count - stored, body)
        bench.tool('store', 'finish', state)
        load.prepare(bench.events, 30000 * bench.seconds)
        per_s, kib = accept(bench, c, bench.events, bench.seconds)
        rows.append({'stored': count, 'accepts': per_s, 'drains': drain(c),
                     'responder_kib': kib})
        stored = c.stats()['events']
    shutil.rmtree(c.folder)
    return rows


def by_waiting(bench):
    rows = []
    for count in WAITING:
        bench.say(f'growth: {count} waiting')
        c = bench.new(Cgihook, handler=TRUE).make()
        state, body = c.folder + '/state', bench.folder + '/body'
        bench.tool('store', 'fill', state, count, body)
        drains = drain(c)
        bench.tool('store', 'fill', state, count, body)
        per_s, kib = accept(bench, c, bench.events, bench.seconds)
        rows.append({'waiting': count, 'accepts': per_s, 'drains': drains,
                     'responder_kib': kib})
        shutil.rmtree(c.folder)
    return rows


def by_connections(bench):
    rows = []
    for count in CONNECTIONS:
        bench.say(f'growth: {count} connections')
        b, c = bench.new(Bare), bench.new(Cgihook).make()
        bench.tool('store', 'fill', c.folder + '/state', 1,
                   bench.folder + '/body')
        with b:
            bare = b.send(bench.events, bench.seconds,
                          connections=count)['per_s']
        per_s, kib = accept(bench, c, bench.events, bench.seconds,
                            connections=count)
        rows.append({'connections': count, 'accepts': per_s, 'bare': bare,
                     'responder_kib': kib})
        shutil.rmtree(b.folder)
        shutil.rmtree(c.folder)
    return rows


def by_bodies(bench):
    rows = []
    events = bench.folder + '/sized'
    for size in BODIES:
        bench.say(f'growth: bodies of {size} bytes')
        load.prepare(events, min(30000, (1 << 30) // size), size)
        b, c = bench.new(Bare), bench.new(Cgihook).make()
        write(bench.folder + '/sized-body',
              load.body(load.body_template(size), 1))
        bench.tool('store', 'fill', c.folder + '/state', 1,
                   bench.folder + '/sized-body')
        os.makedirs(bench.folder + '/rows')
        disk = bench.tool('rows', bench.folder + '/rows', 1, 32, size)[0]
        shutil.rmtree(bench.folder + '/rows')
        with b:
            bare = b.send(events, 1, connections=8)['per_s']
        # all bodies under way together are 16 times the largest at most
        per_s, kib = accept(bench, c, events, 1, connections=8)
        rows.append({'bytes': size, 'accepts': per_s, 'bare': bare,
                     'store': disk, 'responder_kib': kib})
        shutil.rmtree(b.folder)
        shutil.rmtree(c.folder)
    for number in range(load.THREADS):
        os.unlink(f'{events}.{number}')
    return rows


def measure(bench, done=lambda grown: None):
    """done is told after each part"""
    grown = {}
    for name, part in (('connections', by_connections), ('bodies', by_bodies),
                       ('waiting', by_waiting), ('stored', by_stored)):
        grown[name] = part(bench)
        done(grown)
    return grown
