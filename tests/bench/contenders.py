"""Who is measured: each in a folder of its own, started and ended for a run."""
import contextlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import time

import load

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SERVICE = '/cgi-bin/cgihook.fcgi/circleci'

CONFIG = '''
state_dir = state
handlers_dir = handlers
%s
source circleci {
	provider = circleci
	secret = file:circleci.secret
}
'''

LIGHTTPD = '''
server.document-root = "%(folder)s"
server.bind = "127.0.0.1"
server.port = %(port)d
server.max-keep-alive-requests = 10000000
include "%(folder)s/fastcgi.conf"
'''

APACHE = '''
LoadModule mpm_event_module %(modules)s/mod_mpm_event.so
LoadModule authz_core_module %(modules)s/mod_authz_core.so
LoadModule setenvif_module %(modules)s/mod_setenvif.so
LoadModule proxy_module %(modules)s/mod_proxy.so
LoadModule proxy_fcgi_module %(modules)s/mod_proxy_fcgi.so
ServerRoot "%(folder)s"
ServerName 127.0.0.1
DefaultRuntimeDir "%(folder)s"
PidFile "%(folder)s/pid"
Mutex file:%(folder)s default
Listen 127.0.0.1:%(port)d
MaxKeepAliveRequests 0
ErrorLog "%(folder)s/error.log"
Include "%(folder)s/cgihook.conf.apache"
'''

# Keep-alive on both sides; what is asked is what deploy/ or webhook's manual say.
NGINX = '''
daemon off;
worker_processes 2;
pid %(folder)s/nginx.pid;
error_log %(folder)s/nginx.log;
events { worker_connections 1024; }
http {
	access_log off;
	keepalive_requests 10000000;
	client_body_temp_path %(folder)s/body;
	fastcgi_temp_path %(folder)s/fastcgi;
	proxy_temp_path %(folder)s/proxy;
	uwsgi_temp_path %(folder)s/uwsgi;
	scgi_temp_path %(folder)s/scgi;
	%(outside)s
	server {
		listen 127.0.0.1:%(port)d;
		%(inside)s
	}
}
'''

WRAPPED = '''
location / {
	include /etc/nginx/fastcgi_params;
	fastcgi_param SCRIPT_FILENAME %(folder)s/receive;
	fastcgi_pass unix:%(folder)s/socket;
}
'''

PROXY_OUTSIDE = 'upstream hook { server 127.0.0.1:%d; keepalive 32; }'
PROXY_INSIDE = '''
location / {
	proxy_pass http://hook;
	proxy_http_version 1.1;
	proxy_set_header Connection "";
}
'''

# What people do today: verify with openssl, then run what is to be run.
SCRIPT = '''#!/bin/sh
body=$(mktemp) || exit
trap 'rm -f "$body"' EXIT
cat >"$body"
mac=$(openssl dgst -sha256 -hmac '%(secret)s' <"$body")
case ,$HTTP_CIRCLECI_SIGNATURE, in
*",v1=${mac##* },"*)
	%(handler)s <"$body"
	printf 'Status: 202 Accepted\\r\\nContent-Type: text/plain\\r\\n\\r\\nok\\n'
	;;
*)
	printf 'Status: 401 Unauthorized\\r\\n\\r\\n'
	;;
esac
'''


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    os.chmod(path, mode)
    return path


def wait_until(condition, what, patience_s=20):
    deadline = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f'waited {patience_s} s for {what}')
        time.sleep(0.01)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def listening(port):
    with contextlib.suppress(OSError):
        socket.create_connection(('127.0.0.1', port), 1).close()
        return True
    return False


def peak_kib(pid):
    """the most memory it had: VmHWM"""
    with open(f'/proc/{pid}/status', encoding='ascii') as f:
        for line in f:
            if line.startswith('VmHWM:'):
                return int(line.split()[1])
    return 0


def cpu_s(pids):
    """the seconds of processor that they and their ended children have had"""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            with open(f'/proc/{pid}/stat', encoding='ascii') as f:
                ticks += sum(map(int, f.read().rpartition(')')[2]
                                 .split()[11:15]))
    return ticks / os.sysconf('SC_CLK_TCK')


def deployed(name, folder):
    """a file of deploy/, for the socket in the folder and without a log"""
    with open(f'{TOP}/deploy/{name}', encoding='utf-8') as f:
        text = f.read().replace('/run/cgihook.sock', folder + '/socket')
    return '\n'.join(
        '' if line.strip().startswith(("access_log", "log_format", "'\"$req"))
        else line.replace('accesslog.format', '#')
        for line in text.splitlines())


def descendants(pid):
    found = []
    for child in filter(str.isdigit, os.listdir('/proc')):
        with contextlib.suppress(OSError):
            with open(f'/proc/{child}/stat', encoding='ascii') as f:
                if int(f.read().rpartition(')')[2].split()[1]) == pid:
                    found += [int(child), *descendants(int(child))]
    return found


class Contender:
    path = '/'

    def __init__(self, folder, build):
        self.folder = folder
        self.build = build
        self.port = None
        self.started = []
        self.paced = 0

    def spawn(self, *command, **options):
        with open(self.folder + '/output', 'ab') as log:
            process = subprocess.Popen(
                command, stdin=options.pop('stdin', subprocess.DEVNULL),
                stdout=log, stderr=log, cwd=self.folder,
                start_new_session=True, **options)
        self.started.insert(0, process)
        return process

    def __enter__(self):
        os.makedirs(self.folder, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.folder + '/socket')
        self.port = free_port()
        self.start()
        wait_until(lambda: listening(self.port), f'{self.folder} to listen')
        return self

    def __exit__(self, *unused):
        for process in self.started:
            process.terminate()
        for process in self.started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            # fcgiwrap does not end its children
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        self.started = []

    def start_nginx(self, outside, inside):
        os.chmod(self.folder, 0o755)
        config = write(self.folder + '/nginx.conf', NGINX % {
            'folder': self.folder, 'port': self.port, 'outside': outside,
            'inside': inside})
        self.spawn('nginx', '-e', self.folder + '/nginx.log', '-c', config)

    def cpu_s(self):
        """of all that is between a request and its reply, so far"""
        return cpu_s(pid for process in self.started
                     for pid in (process.pid, *descendants(process.pid)))

    def runner(self):
        return None

    def peak_kib(self):
        """the responder's: its parent's and its child's"""
        pids = {self.server.pid, *descendants(self.server.pid)}
        return sum(map(peak_kib, pids - {self.runner()}))

    def pace(self, events, rate, count, connections=32, strict=True):
        """requests at a fixed rate (0: as fast as goes): see pace.c; strict:
        all must be answered 2xx"""
        out = subprocess.run(
            [f'{self.build}/tests/bench/pace', str(self.port), self.path,
             events + '.0', str(rate), str(count), str(connections),
             str(self.paced)],
            check=True, stdout=subprocess.PIPE, text=True).stdout
        self.paced += count
        names = ('begun_s', 'answered', 'refused', 'seconds', 'p50_ms',
                 'p99_ms', 'p999_ms', 'longest_ms')
        result = dict(zip(names, map(float, out.split())))
        if strict and result['refused']:
            raise RuntimeError(f'{self.folder}: not all went well: {result}')
        return result

    # --- a handler that notes when it ran (stamp.c)

    def stamp(self):
        """its path, for this contender alone"""
        os.makedirs(self.folder, exist_ok=True)
        return shutil.copy(self.build + '/tests/bench/stamp',
                           self.folder + '/stamp')

    def stamps(self, count):
        """when so many began and ended, in s, once all have"""
        path = self.folder + '/stamps'
        wait_until(lambda: os.path.exists(path) and
                   os.path.getsize(path) >= 16 * count,
                   f'{count} handlers to end', 120)
        with open(path, 'rb') as f:
            return [(first / 1e9, last / 1e9) for first, last in
                    struct.iter_unpack('=qq', f.read())]

    @property
    def url(self):
        return f'http://127.0.0.1:{self.port}'

    def send(self, events, seconds, **how):
        result = load.send(self.url, self.path, events, seconds, **how)
        # a web server may close a connection at which a request arrives
        if result['refused'] or result['broken'] > result['replies'] / 1000:
            raise RuntimeError(f'{self.folder}: not all went well: {result}')
        return result


class FastCgi(Contender):
    """something on a FastCGI socket, behind a web server with deploy/'s file"""
    path = SERVICE

    def __init__(self, folder, build, behind='nginx'):
        super().__init__(folder, build)
        self.behind = behind

    def program(self):
        raise NotImplementedError

    def serve(self, environment=None):
        """the program on its socket, without a web server"""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.folder + '/socket')
        os.chmod(self.folder + '/socket', 0o666)
        listener.listen(1024)
        self.server = self.spawn(self.program(), stdin=listener,
                                 env={**os.environ, **(environment or {})})
        listener.close()

    def start(self):
        self.serve()
        if self.behind == 'nginx':
            self.start_nginx(deployed('nginx-http.conf', self.folder),
                             deployed('nginx-location.conf', self.folder))
        elif self.behind == 'Apache':
            self.start_apache(deployed('apache-proxy-fcgi.conf', self.folder))
        else:
            self.start_lighttpd(deployed('lighttpd-socket.conf', self.folder))

    def start_apache(self, text):
        write(self.folder + '/cgihook.conf.apache', text)
        config = write(self.folder + '/apache2.conf', APACHE % {
            'folder': self.folder, 'port': self.port,
            'modules': '/usr/lib/apache2/modules'})
        self.spawn('apache2', '-DFOREGROUND', '-f', config)

    def start_lighttpd(self, text):
        write(self.folder + '/fastcgi.conf', text)
        config = write(self.folder + '/lighttpd.conf', LIGHTTPD % {
            'folder': self.folder, 'port': self.port})
        self.spawn('lighttpd', '-D', '-f', config)


class Bare(FastCgi):
    """reads the body and says ok: the ceiling of the transport"""

    def program(self):
        return self.build + '/tests/bench/bare'


class Cgihook(FastCgi):
    """settings: more of the configuration; handler: what workflow-completed
    runs, or None; sources: how many more there are"""

    def __init__(self, folder, build, settings='runner = external',
                 handler=None, behind='nginx', sources=0):
        super().__init__(folder, build, behind)
        self.settings = settings
        self.sources = sources
        self.handler = handler
        self.stored = 0

    def program(self):
        return self.build + '/cgihook.fcgi'

    def make(self):
        """the site, for what does not need a server"""
        os.makedirs(self.folder, exist_ok=True)
        write(self.folder + '/circleci.secret', load.SECRET, 0o600)
        more = ''.join(
            f'source s{i} {{ provider = circleci\n'
            f' secret = file:circleci.secret }}\n'
            for i in range(self.sources))
        self.config = write(self.folder + '/cgihook.conf',
                            CONFIG % self.settings + more)
        os.makedirs(self.folder + '/handlers/circleci')
        if self.handler:
            os.symlink(self.handler, self.folder +
                       '/handlers/circleci/workflow-completed')
        return self

    def serve(self, environment=None):
        if not os.path.exists(self.folder + '/cgihook.conf'):
            self.make()
        super().serve({'CGIHOOK_CONFIG': self.config})

    def send(self, events, seconds, **how):
        result = super().send(events, seconds, **how)
        # every 2xx was a new event on the disk
        before, self.stored = self.stored, self.stats()['events']
        if self.stored - before < result['replies']:
            raise RuntimeError(f'{result["replies"]} replies, but only '
                               f'{self.stored - before} more events')
        return result

    def command(self, *arguments):
        return subprocess.run([self.build + '/cgihook', '--config',
                               self.config, *arguments], check=True,
                              stdout=subprocess.PIPE).stdout

    def stats(self):
        return json.loads(self.command('--json', 'stats'))

    def runner(self):
        """the pid of the runner that runner = auto has started, or None"""
        for pid in filter(str.isdigit, os.listdir('/proc')):
            with contextlib.suppress(OSError):
                with open(f'/proc/{pid}/environ', 'rb') as f:
                    variables = f.read().split(b'\0')
                if (b'CGIHOOK_ROLE=runner' in variables and b'CGIHOOK_CONFIG='
                        + self.config.encode() in variables):
                    return int(pid)
        return None

    def end_runner(self):
        pid = self.runner()
        if pid is not None:
            os.kill(pid, 15)
            wait_until(lambda: self.runner() is None, 'the runner to end')

    def __exit__(self, *unused):
        super().__exit__()
        self.end_runner()


class PlainCgi(Cgihook):
    """a process for each request, behind lighttpd"""

    def start(self):
        self.make()
        self.start_lighttpd(
            deployed('lighttpd-cgi.conf', self.folder)
            .replace('/usr/local/lib/cgi-bin/cgihook.fcgi', self.program())
            .replace('/etc/cgihook/cgihook.conf', self.config))


class Webhook(Contender):
    """adnanh/webhook, behind nginx or by HTTP itself; acknowledges before
    anything is durable, because nothing ever is"""

    def __init__(self, folder, build, wait=False, handler='/bin/true',
                 behind='nginx'):
        super().__init__(folder, build)
        self.wait = wait
        self.handler = handler
        self.behind = behind

    path = '/hooks/bench'

    def start(self):
        hooks = write(self.folder + '/hooks.json', json.dumps([{
            'id': 'bench', 'execute-command': self.handler,
            'include-command-output-in-response': self.wait,
            'pass-environment-to-command': [
                {'source': 'payload', 'name': 'workflow.status',
                 'envname': 'STATUS'}],
            'trigger-rule': {'match': {
                'type': 'payload-hmac-sha256', 'secret': load.SECRET.decode(),
                'parameter': {'source': 'header',
                              'name': 'circleci-signature'}}}}]))
        own = free_port() if self.behind else self.port
        self.server = self.spawn('webhook', '-hooks', hooks, '-ip',
                                 '127.0.0.1', '-port', str(own))
        if self.behind:
            wait_until(lambda: listening(own), 'webhook to listen')
            self.start_nginx(PROXY_OUTSIDE % own, PROXY_INSIDE)


class Fcgiwrap(Contender):
    """a shell script with openssl, behind fcgiwrap and nginx"""

    def make(self, handler='/bin/true'):
        os.makedirs(self.folder, exist_ok=True)
        return write(self.folder + '/receive', SCRIPT % {
            'secret': load.SECRET.decode(), 'handler': handler}, 0o755)

    def start(self):
        self.make()
        self.spawn('fcgiwrap', '-c', '8', '-s',
                   f'unix:{self.folder}/socket')
        wait_until(lambda: os.path.exists(self.folder + '/socket'), 'fcgiwrap')
        os.chmod(self.folder + '/socket', 0o666)
        self.start_nginx('', WRAPPED % {'folder': self.folder})
