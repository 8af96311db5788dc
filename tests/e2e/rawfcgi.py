"""FastCGI without a web server: a responder on a socket of its own, and a client
that can say anything (FastCGI specification 1.0)."""
import fcntl
import os
import re
import socket
import struct
import subprocess
import termios

import sign
from harness import (COMMAND, PATIENCE_S, RESPONDER, child_of, end,
                     wait_for_idle_runner, wait_until)

with open(RESPONDER, 'rb') as program:
    SANITIZED = b'__asan_init' in program.read()
# what responder and runner may take together; a sanitizer keeps what was freed,
# and takes its time
MEMORY_MAX = (64 << 20) * (40 if SANITIZED else 1)
PATIENT_S = 2 if SANITIZED else 0.1

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES, \
    GET_VALUES_RESULT, UNKNOWN_TYPE = range(1, 12)
RESPONDER_ROLE, KEEP_CONN = 1, 1


def record(kind, content=b'', request=1, version=1, length=None, padding=0):
    return struct.pack('>BBHHBx', version, kind, request,
                       len(content) if length is None else length,
                       padding) + content + b'\0' * padding


def stream(kind, content, request=1):
    """the records of a stream, up to the empty one that ends it"""
    pieces = [content[at:at + 65535] for at in range(0, len(content), 65535)]
    return b''.join(record(kind, piece, request)
                    for piece in pieces + [b''])


def pairs(variables):
    text = b''
    for name, value in variables:
        name, value = name.encode('latin-1'), value.encode('latin-1')
        for part in (name, value):
            text += (bytes([len(part)]) if len(part) < 128
                     else struct.pack('>I', len(part) | 1 << 31))
        text += name + value
    return text


def begin(keep=False, role=RESPONDER_ROLE, request=1):
    return record(BEGIN, struct.pack('>HB5x', role, KEEP_CONN * keep), request)


def variables_of(source, headers, length, query='', method='POST'):
    found = [('REQUEST_METHOD', method), ('PATH_INFO', '/' + source),
             ('REQUEST_URI', f'/cgi-bin/cgihook.fcgi/{source}'),
             ('QUERY_STRING', query), ('REMOTE_ADDR', '192.0.2.7'),
             ('SERVER_PROTOCOL', 'HTTP/1.1'), ('GATEWAY_INTERFACE', 'CGI/1.1')]
    if length is not None:
        found.append(('CONTENT_LENGTH', str(length)))
    for name, value in headers:
        name = name.upper().replace('-', '_')
        found.append((name if name == 'CONTENT_TYPE' else 'HTTP_' + name,
                      value))
    return found


def head(variables, keep=False):
    return begin(keep) + stream(PARAMS, pairs(variables))


def drone_variables(body, headers=None, length=None, **more):
    return variables_of('drone', headers or sign.drone(body),
                        len(body) if length is None else length, **more)


def drone_request(body, headers=None, keep=False):
    return head(drone_variables(body, headers), keep) + stream(STDIN, body)


class Reply:
    def __init__(self, text):
        self.text = text
        fields, _, self.body = text.partition(b'\r\n\r\n')
        self.fields = fields.split(b'\r\n')
        found = re.match(rb'Status: (\d{3}) ', text)
        self.status = int(found[1]) if found else None

    def __repr__(self):
        return repr(self.text[:300])


def family_of(address):
    if isinstance(address, str):
        return socket.AF_UNIX
    return socket.AF_INET6 if ':' in address[0] else socket.AF_INET


class Client:
    """one connection"""

    def __init__(self, path, patience_s=PATIENCE_S):
        self.socket = socket.socket(family_of(path))
        self.socket.connect(path)
        self.socket.settimeout(patience_s)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def send_and_see_it_read(self, data):
        """until the other side has taken all of it: SIOCOUTQ, unix(7)"""
        self.send(data)
        wait_until(lambda: not struct.unpack('i', fcntl.ioctl(
            self.socket, termios.TIOCOUTQ, bytes(4)))[0], 'it to be read')

    def try_to_send(self, data):
        """whether all of it was taken"""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def read(self, length):
        data = b''
        while len(data) < length:
            try:
                more = self.socket.recv(length - len(data))
            except ConnectionResetError:
                more = b''
            if not more:
                raise EOFError
            data += more
        return data

    def next_record(self):
        _, kind, request, length, padding = struct.unpack('>BBHHBx',
                                                          self.read(8))
        return kind, request, self.read(length + padding)[:length]

    def reply(self):
        text = b''
        while True:
            kind, _, content = self.next_record()
            if kind == STDOUT:
                text += content
            elif kind == END:
                return Reply(text)

    def first_output(self):
        """the reply, while its end is not told yet"""
        kind, _, content = self.next_record()
        assert kind == STDOUT, kind
        return Reply(content)

    def ends(self):
        """until the other side has closed; what came before"""
        text = b''
        while True:
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:
                more = b''
            if not more:
                return text
            text += more


class Service:
    """the responder of a site, listening on a socket, started as a FastCGI
    process manager does"""

    def __init__(self, site, runner=False, variable=True, address=None,
                 inherited=(), **variables):
        """variable: its environment names the configuration;
        address: of a TCP socket, instead of one in the site's folder;
        inherited: descriptors that its process manager leaves open"""
        self.site = site
        self.path = address or site.folder + '/fcgi.sock'
        self.listener = socket.socket(family_of(self.path))
        self.listener.bind(self.path)
        self.listener.listen(4096)
        self.path = self.listener.getsockname()
        environment = {'PATH': '/usr/bin:/bin', **variables,
                       **({'CGIHOOK_CONFIG': site.config} if variable else {}),
                       **{name: os.environ[name] for name in os.environ
                          if name.endswith('SAN_OPTIONS')}}
        self.output = open(site.folder + '/output', 'ab')
        self.process = subprocess.Popen(
            [RESPONDER], stdin=self.listener, stdout=self.output,
            stderr=self.output, env=environment, pass_fds=inherited)
        self.runner = subprocess.Popen(
            [COMMAND, '--config', site.config, 'run'], stdout=self.output,
            stderr=self.output, stdin=subprocess.DEVNULL,
            env=environment) if runner else None

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.listener.close()
        end(self.process)
        if self.runner:
            end(self.runner)
        else:
            wait_for_idle_runner(self.site.config)
        self.output.close()

    def connect(self):
        return Client(self.path)

    def ask(self, data):
        with self.connect() as c:
            c.send(data)
            return c.reply()

    @property
    def child(self):
        """the process that reads the requests"""
        return child_of(self.process.pid)

    def descriptors(self):
        return len(os.listdir(f'/proc/{self.child}/fd'))

    def memory(self, pid=None, what='VmRSS'):
        """in bytes; VmHWM is the most it ever was"""
        with open(f'/proc/{pid or self.child}/status',
                  encoding='utf-8') as f:
            return int(re.search(what + r':\s+(\d+) kB', f.read())[1]) * 1024

    def wait_for_descriptors(self, most):
        wait_until(lambda: self.descriptors() <= most,
                   f'descriptors to be closed: {most} wanted, '
                   f'now {self.descriptors()}')
