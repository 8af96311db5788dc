"""What the tests of the ready handlers stand on: a service on this machine that
answers as the real one does, also when it has no time; a handler run as the
runner would run it; and what every handler that calls a service has to do."""
import concurrent.futures
import contextlib
import http.server
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import traceback
import urllib.parse

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
READY = TOP + '/handlers/ready'
PATIENCE_S = 60

# what strangers write, and what must not come of it
HOSTILE = ('<!channel> @everyone & "quoted" \\ $(touch pwned) `touch pwned` '
           '%0a \u202eevil \u2028\ttab \x07 é😀 --output=x')
EVENT = {
    'HOOK_ID': '1042', 'HOOK_DELIVERY': '1042/build.failure',
    'HOOK_ATTEMPT': '1', 'HOOK_SOURCE': 'drone', 'HOOK_PROVIDER': 'drone',
    'HOOK_EVENT': 'build', 'HOOK_TYPE': 'build', 'HOOK_ACTION': 'updated',
    'HOOK_STATUS': 'failure', 'HOOK_RESULT': 'failure',
    'HOOK_RECEIVED_AT': '2026-01-02T03:09:05.317Z',
    'HOOK_SUBJECT': 'octocat/hello-world#185',
    'HOOK_PROJECT': 'octocat/hello-world', 'HOOK_BRANCH': 'main',
    'HOOK_COMMIT': '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d',
    'HOOK_TITLE': 'Add a check', 'HOOK_AUTHOR': 'The Octocat',
    'HOOK_NAME': 'build', 'HOOK_NUMBER': '185',
    'HOOK_URL': 'https://drone.example/octocat/hello-world/185',
    'HOOK_PAGE': 'https://hook.example/-/events/1042',
}


class Request:
    def __init__(self, handler):
        self.method = handler.command
        parts = urllib.parse.urlsplit(handler.path)
        self.path, self.query = parts.path, dict(
            urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        self.headers = handler.headers
        self.body = handler.rfile.read(
            int(handler.headers.get('Content-Length', 0)))

    @property
    def json(self):
        return json.loads(self.body)


class Service:
    """answers() has what the next requests are answered, before rules(request)
    says it: (status, headers, text), 'reset', 'slow' or 'torn'"""

    def __init__(self, rules, answers=()):
        self.requests = []
        self.ended = threading.Event()
        answers = list(answers)
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *_):
                pass

            def do_GET(self):
                request = Request(self)
                service.requests.append(request)
                answer = answers.pop(0) if answers else rules(request)
                if answer == 'slow':
                    service.ended.wait(PATIENCE_S)
                    self.close_connection = True
                    return
                if answer == 'reset':
                    self.connection.setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack('ii', 1, 0))
                    self.connection.close()
                    self.close_connection = True
                    return
                if answer == 'torn':
                    self.wfile.write(b'HTTP/1.1 200 OK\r\n'
                                     b'Content-Length: 100\r\n\r\nok')
                    self.close_connection = True
                    return
                status, headers, text = answer
                if not isinstance(text, str):
                    text = json.dumps(text)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                text = text.encode()
                if status != 204:
                    self.send_header('Content-Length', str(len(text)))
                self.end_headers()
                if status != 204:
                    self.wfile.write(text)

            do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self.server.server_port}'
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       kwargs={'poll_interval': 0.02})

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Run:
    """a handler's run, in a folder of its own; env replaces what EVENT has,
    None takes it away"""

    def __init__(self, name, env, body=b'{}', place=None, path=None):
        with contextlib.ExitStack() as stack:
            if place is None:
                place = stack.enter_context(
                    tempfile.TemporaryDirectory(prefix='cgihook-ready-'))
            bin_dir = place + '/bin'
            os.makedirs(bin_dir, exist_ok=True)
            write(bin_dir + '/curl', '#!/bin/sh\n'
                  f'printf "%s\\n" "$@" >>"{place}/arguments"\n'
                  'exec /usr/bin/curl "$@"\n')
            variables = {'PATH': f'{bin_dir}:/usr/local/bin:/usr/bin:/bin',
                         'HOME': place, 'LANG': 'C.UTF-8', 'TMPDIR': place,
                         'HTTP_TIMEOUT': str(PATIENCE_S), **EVENT, **env}
            variables = {k: v for k, v in variables.items() if v is not None}
            done = subprocess.run(
                [path or f'{READY}/{name}'], input=body, cwd=place,
                env=variables, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=5 * PATIENCE_S, check=False)
            self.status, self.said = done.returncode, done.stdout.decode()
            assert not os.path.exists(place + '/pwned'), 'a title was run'
            self.arguments = read(place + '/arguments')

    def ends(self, status, *texts):
        assert self.status == status, \
            f'exit status {self.status}, not {status}:\n{self.said}'
        for text in texts:
            assert text in self.said, f'{text!r} is not in:\n{self.said}'
        return self


def read(path):
    try:
        with open(path) as f:
            return f.read()
    except FileNotFoundError:
        return ''


def write(path, text, mode=0o755):
    with open(path, 'w') as f:
        f.write(text)
    os.chmod(path, mode)


class Caller:
    """a handler that calls a service: its settings by the service's address,
    the service's rules, and the settings that nobody may see"""

    def __init__(self, name, settings, rules, secrets, body=b'{}', event=None):
        self.name, self.settings, self.rules = name, settings, rules
        self.secrets, self.body, self.event = secrets, body, event or {}

    def run(self, answers=(), **env):
        """(the run, the requests that the service got)"""
        with Service(self.rules, answers) as service:
            run = Run(self.name, {**self.event, **self.settings(service.url),
                                  **env}, self.body)
        return run, service.requests

    def one(self, **env):
        """the only request of a run that goes well"""
        run, requests = self.run(**env)
        run.ends(0)
        assert len(requests) == 1, [r.path for r in requests]
        return requests[0]

    def troubles(self, full):
        """functions, each of which is a test; not full: without what lib.sh
        does in the same way for all"""
        def goes_well_and_shows_no_secret():
            run, requests = self.run(HOOK_TITLE=HOSTILE, HOOK_AUTHOR=HOSTILE,
                                     HOOK_NAME=HOSTILE[:40])
            run.ends(0)
            assert requests, 'nothing was sent'
            for name in self.secrets:
                value = self.settings('http://127.0.0.1')[name]
                value = value.removeprefix('http://127.0.0.1')
                assert value not in run.arguments, f'{name} is in argv'
                assert value not in run.said, f'{name} is in the output'

        def waits_as_long_as_told(headers, status):
            run, requests = self.run([(status, headers, 'slow down')])
            run.ends(0, 'waiting for 1 seconds')
            first, again = requests[:2]
            assert (first.method, first.path, first.body) == \
                (again.method, again.path, again.body)

        def does_not_wait_longer_than_allowed():
            run, requests = self.run([(429, {'Retry-After': '3600'}, 'no')])
            run.ends(1, '429')
            assert len(requests) == 1

        def leaves_trouble_for_later(answer):
            run, requests = self.run([answer], HTTP_TIMEOUT='1' if
                                     answer == 'slow' else str(PATIENCE_S))
            run.ends(1)
            # on a busy machine, a second may be too short for it to arrive
            assert len(requests) == 1 or (answer == 'slow' and not requests)

        def nobody_listens():
            with socket.socket() as s:
                s.bind(('127.0.0.1', 0))
                Run(self.name, {**self.event, **self.settings(
                    f'http://127.0.0.1:{s.getsockname()[1]}')},
                    self.body).ends(1)

        def refuses_for_good(name):
            right = self.settings('http://127.0.0.1:1')[name]
            wrong = f'{right}-not'
            with Service(self.rules) as service:
                env = self.settings(service.url)
                env[name] = env[name] + '-not'
                run = Run(self.name, {**self.event, **env}, self.body)
            run.ends(100)
            assert wrong not in run.said

        def wants_its_setting(name):
            run, requests = self.run(**{name: None})
            run.ends(100, name)
            assert not requests

        yield 'takes what strangers write and shows no secret', \
            goes_well_and_shows_no_secret
        yield 'waits as told by 429', lambda: waits_as_long_as_told(
            {'Retry-After': '1'}, 429)
        for name in self.secrets:
            yield f'gives up with a wrong {name}', \
                lambda name=name: refuses_for_good(name)
            yield f'wants {name}', lambda name=name: wants_its_setting(name)
        if not full:
            return
        yield 'waits as told by 503', lambda: waits_as_long_as_told(
            {'retry-after': '0.5'}, 503)
        yield 'is not told to wait for an hour', \
            does_not_wait_longer_than_allowed
        for answer in ((429, {}, ''), (500, {}, 'oh'), (502, {}, ''),
                       (408, {}, ''), 'reset', 'slow', 'torn'):
            yield f'leaves {answer} for later', \
                lambda answer=answer: leaves_trouble_for_later(answer)
        yield 'tries again if nobody listens', nobody_listens
        yield 'gives up at 404', lambda: self.run(
            [(404, {}, 'gone')])[0].ends(100, '404')


def holds(found, wanted):
    assert found == wanted, f'{found!r}\nis not\n{wanted!r}'


def main(tests, callers):
    """run the functions whose names begin with test_, and each caller's
    troubles, side by side, as TAP; with --full all troubles of all callers, and
    not those of slack alone"""
    full = '--full' in sys.argv
    tests = [(name[5:], f) for name, f in tests.items()
             if name.startswith('test_')]
    for caller in callers:
        tests += [(f'{caller.name} {name}', f) for name, f in
                  caller.troubles(full or caller.name == 'slack')]

    def run(test):
        try:
            test[1]()
        except Exception:
            return traceback.format_exc().replace('\n', '\n# ')
        return None

    failed = 0
    print(f'1..{len(tests)}')
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        for number, (test, trace) in enumerate(
                zip(tests, pool.map(run, tests)), 1):
            print(f'{"ok" if trace is None else "not ok"} {number} {test[0]}')
            if trace is not None:
                failed += 1
                print('# ' + trace)
    sys.exit(1 if failed else 0)
