"""What the tests of "cgihook listen" share: a responder with tokens, the command
that follows it, and what it did."""
import http.server
import os
import re
import signal
import subprocess
import threading

import cases
import harness
from harness import COMMAND, PATIENCE_S, Run, Site, wait_until, write

SECRETS = {name: f'{name}-secret-of-more-than-32-bytes-0123456789'
           for name in ('view', 'read', 'narrow')}
TOKENS = '''
token view { secret = file:view.token role = view }
token read { secret = file:read.token role = read }
token narrow {
	secret = file:narrow.token
	role = read
	sources = { deploy }
}
'''
LOCAL_SECRET = b'a secret of this laptop alone'


def site_in(folder, more=''):
    site = Site(folder, 'runner = external\n' + TOKENS + more)
    for name, secret in SECRETS.items():
        write(f'{folder}/{name}.token', secret + '\n', 0o600)
    write(folder + '/local.secret', LOCAL_SECRET, 0o600)
    return site


class Follower:
    """one "cgihook listen"; its lines are read while it runs"""

    def __init__(self, server, home, *options, token='read', url=None,
                 before=()):
        self.said, self.lines = [], []
        environment = {'PATH': os.environ['PATH'], 'HOME': home,
                       **{name: os.environ[name] for name in os.environ
                          if name.endswith('SAN_OPTIONS')}}
        url = url or f'http://127.0.0.1:{server.port}{server.path}'
        self.process = subprocess.Popen(
            [*before, COMMAND, 'listen', url, '--token',
             f'{server.site.folder}/{token}.token', *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=environment)
        self.threads = [
            threading.Thread(target=self.read, args=(stream, lines))
            for stream, lines in ((self.process.stdout, self.lines),
                                  (self.process.stderr, self.said))]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def read(stream, lines):
        for line in stream:
            lines.append(line.decode())

    def hears(self, words, count=1):
        """until it has said these words so often"""
        wait_until(lambda: ''.join(self.said).count(words) >= count
                   or self.process.poll() is not None, words)
        assert ''.join(self.said).count(words) >= count, self.said
        return self

    def done(self):
        """the numbers of the events that have a line, in their order"""
        return [int(found[1]) for found in (
            re.match(r'\S+  #(\d+)  ', line) for line in list(self.lines))
            if found]

    def does(self, numbers):
        wait_until(lambda: len(self.done()) >= len(numbers)
                   or self.process.poll() is not None, f'events {numbers}')
        assert self.done() == list(numbers), (self.done(), numbers, self.said)

    def ends(self, status, sig=None):
        if sig is not None:
            self.process.send_signal(sig)
        try:
            found = self.process.wait(PATIENCE_S)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            for thread in self.threads:
                thread.join()
            self.process.stdout.close()
            self.process.stderr.close()
        assert found == status, (found, self.said)
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.ends(0, signal.SIGINT)


class Laptop:
    """handlers that record what they were given, in another folder"""

    def __init__(self, folder):
        self.folder = folder
        self.records = folder + '/records'
        os.makedirs(self.records)
        for name in ('drone/build', 'drone/build.failure', 'deploy/received'):
            write(f'{folder}/handlers/{name}',
                  harness.RECORDER % {'records': self.records}, 0o755)

    def handler(self, name, text):
        write(f'{self.folder}/handlers/{name}', '#!/bin/sh\n' + text, 0o755)

    def run_of(self, number, handler):
        return Run(f'{self.records}/{number}:{handler}.1')


class LocalServer:
    """takes what is forwarded, and keeps it; whoever asks for something is given
    an answer"""

    def __init__(self, port=0, answer=b'{}'):
        kept = self.requests = []
        self.status = 200
        self.answer = answer

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(handler):
                handler.send_response(200)
                handler.send_header('Content-Length', str(len(self.answer)))
                handler.end_headers()
                handler.wfile.write(self.answer)

            def do_POST(handler):
                length = int(handler.headers['Content-Length'] or 0)
                kept.append((handler.path, dict(handler.headers.items()),
                             handler.rfile.read(length)))
                handler.send_response(self.status)
                handler.send_header('Content-Length', '0')
                handler.end_headers()

            def log_message(handler, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', port),
                                                      Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       args=(0.05,))
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Responder(cases.Session):
    def deploy(self, project='p'):
        reply = self.send('/deploy', cases.BEARER + [
            ('Content-Type', 'application/json')],
            b'{"project":"%s"}' % project.encode())
        assert reply.status == 202, str(reply)
        return reply.id

    def run(self):
        subprocess.run([COMMAND, '--config', self.site.config, 'run',
                        '--once'], check=True, stdout=subprocess.DEVNULL)
