"""A campaign of FastCGI streams that are nearly right, sent to the responder's
own socket. It must survive all of them, serve genuine events in between, and
keep nothing.

What is sent depends on the seed alone: streams that the specification allows,
each changed a few times: bytes, lengths, records."""
import os
import random
import struct
import time

import cases
import sign
from harness import Site, Tap, temporary_folder
from rawfcgi import (ABORT, GET_VALUES, PARAMS, STDIN, Service, begin,
                     drone_request, drone_variables, head, pairs, record,
                     stream, variables_of)

# a pair whose lengths make libfcgi end the process that reads it
HUGE = b'\xc0\0\0\0\xc0\0\0\0'
BYTES = (0, 1, 2, 4, 5, 8, 9, 0x10, 0x40, 0x7f, 0x80, 0xc0, 0xff)
CHECK_EVERY = 2000


def seeds():
    """streams to begin with"""
    body = cases.build()
    variables = pairs(drone_variables(body))
    whole = drone_request(body, keep=True)
    chunked = variables_of('drone', sign.drone(body), None)
    split = begin() + b''.join(
        record(PARAMS, variables[at:at + 7], padding=at % 8)
        for at in range(0, len(variables), 7)) + record(PARAMS)
    return [
        whole, whole + whole, split + stream(STDIN, body),
        head(chunked) + b''.join(record(STDIN, body[at:at + 50])
                                 for at in range(0, len(body), 50)),
        begin() + record(PARAMS, HUGE + b'REQUEST_METHOD') + record(PARAMS),
        head(variables_of('nothing', [], 0, method='GET')) + record(STDIN),
        record(GET_VALUES, pairs([('FCGI_MPXS_CONNS', '')]), request=0)
        + whole,
        whole[:len(whole) // 2] + record(ABORT) + whole,
        head(drone_variables(b'', sign.drone(b''), 1 << 40)),
        record(99, b'x' * 100, request=0) + begin(role=3) + whole,
    ]


def heads_of(data):
    """where the records of a stream begin"""
    at = 0
    while at + 8 <= len(data):
        yield at
        length, padding = struct.unpack('>HB', data[at + 4:at + 7])
        at += 8 + length + padding


def mutated(noise, streams):
    data = bytearray(noise.choice(streams))
    for _ in range(noise.randrange(1, 6)):
        if len(data) < 8:
            break
        kind = noise.randrange(7)
        at = noise.randrange(len(data))
        if kind == 0:
            data[at] = noise.randrange(256)
        elif kind == 1:
            data[at] = noise.choice(BYTES)
        elif kind == 2:             # something in a record's head
            at = noise.choice(list(heads_of(data))) + noise.randrange(8)
            data[at] = noise.choice(BYTES)
        elif kind == 3:             # a length, or what stands there
            data[at:at + 4] = bytes([noise.choice((0x80, 0xc0, 0xff))]) + \
                noise.randbytes(3)
        elif kind == 4:
            del data[at:at + noise.randrange(1, 40)]
        elif kind == 5:
            data[at:at] = data[:noise.randrange(1, 200)]
        else:
            data[at:at] = noise.choice(streams)[:noise.randrange(1, 300)]
    if noise.randrange(4) == 0:
        del data[noise.randrange(len(data) + 1):]
    return bytes(data)


def survives(service, count, seed):
    noise = random.Random(seed)
    streams = seeds()
    assert service.ask(drone_request(cases.build())).status == 202
    before, reader = service.descriptors(), service.child
    start = time.monotonic()
    for i in range(count):
        with service.connect() as c:
            c.try_to_send(mutated(noise, streams))
            if i % 16 == 0:         # and hear what it says
                c.socket.shutdown(1)
                c.ends()
            assert os.path.exists(f'/proc/{reader}'), f'dead at {i}, ' \
                f'seed {seed}'
        if i % CHECK_EVERY == 0:
            reply = service.ask(drone_request(cases.build()))
            assert reply.status == 202, (i, seed, reply)
            streams = seeds()
    print(f'# {count} streams in {time.monotonic() - start:.0f} s, seed '
          f'{seed}, {service.memory(what="VmHWM") >> 10} KiB')
    assert service.ask(drone_request(cases.build())).status == 202
    assert service.child == reader, f'dead, seed {seed}'
    service.wait_for_descriptors(before)
    service.output.flush()
    assert os.path.getsize(service.site.folder + '/output') == 0


def run(count, seed):
    tap = Tap()
    with temporary_folder() as folder:
        site = Site(folder, 'runner = external', handlers=False)
        with Service(site) as service:
            tap.test(f'{count} mutated streams are survived', survives,
                     service, count, seed)
    tap.finish()
