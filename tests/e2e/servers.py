"""The web servers, each with the files that deploy/ ships: the paths in them
are replaced as an administrator would, nothing else."""
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile

from harness import (COMMAND, RESPONDER, TOP, end, free_port, is_caged, link_of,
                     listening, of_process, open_files, processes, stat_of,
                     wait_for_idle_runner, wait_until, write)

MODULES = '/usr/lib/apache2/modules'


class Server:
    # who runs the handlers
    user = pwd.getpwuid(os.geteuid()).pw_name
    # what a header that comes twice is answered with (a list is joined by most
    # servers, and then does not fit), and whether X_Sig arrives as X-Sig
    twice = 401
    underscores_arrive = False
    path = '/cgi-bin/cgihook.fcgi'
    # what its configuration has more
    config = ''
    # how long a body in chunks may be that the server passes on
    chunked_max = 1 << 30
    # connections to the responder that are kept for the next request
    kept_connections = 0

    def __init__(self, site):
        self.site = site
        self.folder = site.folder + '/server'
        self.port = None
        self.started = []
        self.environment = {
            'PATH': '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
            'LC_ALL': 'C.UTF-8', 'NOTFORHANDLERS': 'of the web server',
            **{name: os.environ[name] for name in os.environ
               if name.endswith('SAN_OPTIONS')}}

    def deployed(self, name, **more):
        """a file of deploy/ with this site's paths in it"""
        with open(f'{TOP}/deploy/{name}', encoding='utf-8') as f:
            text = f.read()
        for there, here in {
                '/usr/local/lib/cgi-bin/cgihook.fcgi': RESPONDER,
                '/etc/cgihook/cgihook.conf': self.site.config,
                '/run/cgihook.sock': self.folder + '/cgihook.sock',
                '/run/lighttpd/': self.folder + '/',
                '/var/log/nginx/': self.folder + '/',
                **more}.items():
            text = text.replace(there, here)
        return write(f'{self.folder}/{name}', text)

    def spawn(self, *command, **options):
        with open(self.folder + '/output', 'ab') as log:
            process = subprocess.Popen(command, env=self.environment,
                                       stdin=options.pop('stdin',
                                                         subprocess.DEVNULL),
                                       stdout=log, stderr=log,
                                       # Apache signals its whole group
                                       start_new_session=True, **options)
        self.started.insert(0, process)
        return process

    def start(self):
        os.makedirs(self.folder)
        write(self.folder + '/www/index.html', 'here is nothing\n')
        # between finding a free port and using it, somebody else may
        for _ in range(5):
            self.port = free_port()
            process = self.launch()
            wait_until(lambda p=process: listening(self.port)
                       or p.poll() is not None, f'{self.name} to start')
            if process.poll() is None:
                return
            self.stop()
        raise AssertionError(f'{self.name} does not start:\n' + self.output())

    def stop(self):
        while self.started:
            end(self.started.pop(0))

    def wait_until_idle(self):
        """until no handler runs, and none is to run"""
        wait_for_idle_runner(self.site.config)

    def output(self):
        text = ''
        for name in ('output', 'error.log'):
            if os.path.exists(f'{self.folder}/{name}'):
                with open(f'{self.folder}/{name}', errors='replace',
                          encoding='utf-8') as f:
                    text += f.read()
        return text

    def access_log(self):
        with open(self.folder + '/access.log', encoding='latin-1') as f:
            return f.read()

    def spawn_fcgi(self):
        """the responder, behind a socket"""
        path = self.folder + '/cgihook.sock'
        if os.path.exists(path):
            os.unlink(path)
        self.environment['CGIHOOK_CONFIG'] = self.site.config
        self.spawn('spawn-fcgi', '-n', '-s', path, '--', RESPONDER)
        wait_until(lambda: os.path.exists(path), 'the socket')

    def processes(self):
        """{pid: its parent's} of this server's responders that run now"""
        found = {}
        for pid in processes():
            if link_of(pid, 'exe') != RESPONDER:
                continue
            environment, fields = of_process(pid, 'environ'), stat_of(pid)
            if (self.site.config.encode() in environment
                    and b'CGIHOOK_ROLE=' not in environment and fields):
                found[pid] = int(fields[1])
        return found

    def responders(self):
        """those that read requests: by FastCGI, the children"""
        found = self.processes()
        return [pid for pid in found if pid not in found.values()
                and (found[pid] not in found or is_caged(pid))]

    def descriptors(self):
        """how many descriptors its responders hold, over all"""
        return sum(len(open_files(pid)) for pid in self.processes())


class Lighttpd(Server):
    underscores_arrive = True

    def launch(self):
        config = write(self.folder + '/lighttpd.conf', f'''
server.document-root = "{self.folder}/www"
server.bind = "127.0.0.1"
server.port = {self.port}
server.errorlog = "{self.folder}/error.log"
server.modules += ( "mod_accesslog" )
accesslog.filename = "{self.folder}/access.log"
include "{self.deployed(self.file)}"
''')
        return self.spawn('lighttpd', '-D', '-f', config)


class LighttpdFastcgi(Lighttpd):
    name = 'lighttpd, FastCGI by bin-path'
    file = 'lighttpd-fastcgi.conf'


class LighttpdCgi(Lighttpd):
    name = 'lighttpd, CGI'
    file = 'lighttpd-cgi.conf'


class LighttpdSocket(Lighttpd):
    name = 'lighttpd, FastCGI by spawn-fcgi'
    file = 'lighttpd-socket.conf'

    def launch(self):
        self.spawn_fcgi()
        return super().launch()


class LighttpdSystemd(Lighttpd):
    """the socket is descriptor 0, as systemd does it by StandardInput=socket;
    systemd itself need not run for that"""
    name = 'lighttpd, FastCGI by a socket unit'
    file = 'lighttpd-socket.conf'

    def launch(self):
        with open(TOP + '/deploy/cgihook.service', encoding='utf-8') as f:
            unit = f.read()
        command = re.search('^ExecStart=(.*)$', unit, re.M)[1].replace(
            '/usr/local/lib/cgi-bin/cgihook.fcgi', RESPONDER)
        assert re.search('^StandardInput=socket$', unit, re.M)
        name, value = re.search('^Environment=(.*)=(.*)$', unit, re.M).groups()
        self.environment[name] = value.replace('/etc/cgihook/cgihook.conf',
                                               self.site.config)
        self.environment.update(LISTEN_FDS='1', LISTEN_PID='1')
        path = self.folder + '/cgihook.sock'
        if os.path.exists(path):
            os.unlink(path)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen(1024)
            self.spawn(*command.split(), stdin=listener)
        return super().launch()


class Apache(Server):
    mpm = 'event'
    modules = ()

    def launch(self):
        modules = (f'mpm_{self.mpm}', 'authz_core', 'alias', 'env', 'setenvif',
                   *self.modules)
        config = write(self.folder + '/apache2.conf', ''.join(
            f'LoadModule {m}_module {MODULES}/mod_{m}.so\n' for m in modules)
            + f'''
ServerRoot "{self.folder}"
ServerName 127.0.0.1
DefaultRuntimeDir "{self.folder}"
PidFile "{self.folder}/pid"
Mutex file:{self.folder} default
Listen 127.0.0.1:{self.port}
ErrorLog "{self.folder}/error.log"
DocumentRoot "{self.folder}/www"
<Directory />
	AllowOverride None
	Require all denied
</Directory>
<Directory "{self.folder}/www">
	Require all granted
</Directory>
{self.settings()}
CustomLog "{self.folder}/access.log" cgihook
''')
        return self.spawn('apache2', '-DFOREGROUND', '-f', config)

    def settings(self):
        return f'Include "{self.deployed(self.file)}"\n'



class ApacheCgid(Apache):
    name = 'Apache, mod_cgid'
    file = 'apache-cgi.conf'
    modules = ('cgid',)

    def settings(self):
        return f'ScriptSock "{self.folder}/cgid.sock"\n' + super().settings()


class ApacheCgi(Apache):
    name = 'Apache, mod_cgi'
    file = 'apache-cgi.conf'
    mpm = 'prefork'
    modules = ('cgi',)


class ApacheFcgid(Apache):
    name = 'Apache, mod_fcgid'
    file = 'apache-fcgid.conf'
    modules = ('fcgid',)

    def settings(self):
        return (f'FcgidIPCDir "{self.folder}/fcgid"\n'
                f'FcgidProcessTableFile "{self.folder}/fcgid_shm"\n'
                + super().settings())


class ApacheProxyFcgi(Apache):
    name = 'Apache, mod_proxy_fcgi'
    file = 'apache-proxy-fcgi.conf'
    modules = ('proxy', 'proxy_fcgi')
    kept_connections = 50

    def launch(self):
        self.spawn_fcgi()
        return super().launch()


class ApacheHtaccess(Apache):
    """a folder of the user's with an .htaccess and the wrapper that "cgihook
    init" writes; the server's configuration knows nothing of cgihook"""
    name = 'Apache, .htaccess alone'
    modules = ('cgid', 'mime')
    path = '/hooks/cgihook.cgi'

    def launch(self):
        self.fill(self.folder + '/www/hooks')
        return super().launch()

    def fill(self, folder):
        self.put_files(folder)

    def put_files(self, folder):
        made = self.folder + '/init'
        if not os.path.exists(made):
            subprocess.run([COMMAND, 'init', made], check=True,
                           stdout=subprocess.DEVNULL)
        with open(made + '/cgihook.cgi', encoding='utf-8') as f:
            text = f.read()
        assert made + '/cgihook.conf' in text and RESPONDER in text, text
        write(folder + '/cgihook.cgi', text.replace(
            made + '/cgihook.conf', self.site.config), 0o755)
        shutil.copy(TOP + '/deploy/htaccess', folder + '/.htaccess')

    def settings(self):
        return f'''
ScriptSock "{self.folder}/cgid.sock"
TypesConfig /dev/null
<Directory "{self.folder}/www">
	AllowOverride All
</Directory>
LogFormat "%m %U %>s" cgihook
'''


class ApacheSuexec(ApacheHtaccess):
    """the same as another user than the server's, by suexec, which lets nothing
    of the server's environment through. Has to be started by root."""
    name = 'Apache, suexec'
    modules = ('cgid', 'mime', 'suexec')
    user, group = 'nobody', 'nogroup'
    # suexec runs nothing outside of this, /etc/apache2/suexec/www-data
    allowed = '/var/www'

    def fill(self, folder):
        os.makedirs(self.allowed, exist_ok=True)
        self.public = tempfile.mkdtemp(prefix='cgihook-test-',
                                       dir=self.allowed)
        os.chmod(self.public, 0o755)
        super().fill(self.public + '/hooks')
        for path in (self.site.folder, self.public):
            subprocess.run(['chown', '-R', f'{self.user}:{self.group}', path],
                           check=True)

    def settings(self):
        return super().settings() + f'''
User www-data
Group www-data
SuexecUserGroup {self.user} {self.group}
Alias "/hooks" "{self.public}/hooks"
<Directory "{self.public}">
	Require all granted
	AllowOverride All
</Directory>
'''

    def stop(self):
        super().stop()
        shutil.rmtree(self.public, ignore_errors=True)


class Nginx(Server):
    name = 'nginx'
    kept_connections = 16
    twice = 400

    def launch(self):
        self.spawn_fcgi()
        temp = ''.join(f'{kind}_temp_path {self.folder}/{kind};\n' for kind in
                       ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        config = write(self.folder + '/nginx.conf', f'''
daemon off;
worker_processes 2;
pid {self.folder}/pid;
error_log {self.folder}/error.log;
events {{ worker_connections 512; }}
http {{
	{temp}
	access_log {self.folder}/other.log;
	include {self.deployed('nginx-http.conf')};
	server {{
		listen 127.0.0.1:{self.port};
		root {self.folder}/www;
		include {self.deployed('nginx-location.conf')};
	}}
}}
''')
        return self.spawn('nginx', '-e', self.folder + '/error.log',
                          '-c', config)


class Caddy(Server):
    name = 'Caddy'

    def launch(self):
        self.spawn_fcgi()
        self.environment.update(HOME=self.folder)
        site = self.deployed('caddy.conf',
                             **{'/var/log/caddy/': self.folder + '/'})
        config = write(self.folder + '/Caddyfile', f'''
{{
	admin off
	auto_https off
	storage file_system {self.folder}
}}
http://:{self.port} {{
	bind 127.0.0.1
	import {site}
	root * {self.folder}/www
	file_server
}}
''')
        return self.spawn('caddy', 'run', '--adapter', 'caddyfile',
                          '--config', config)

    def access_log(self):
        return re.sub('"uri":"([^"]*)"', r'\1 ', super().access_log())


class Haproxy(Server):
    name = 'HAProxy'
    kept_connections = 50
    twice = 400
    # it wants to know the length of a body, so it waits for all of one that is
    # in chunks, and its buffer is no larger (tune.bufsize)
    chunked_max = 15000
    # what stands between the client and the frontend that knows cgihook
    outer = ''

    def launch(self):
        self.spawn_fcgi()
        backend = self.deployed('haproxy.cfg')
        with open(backend, encoding='utf-8') as f:
            frontend = re.findall('^#     ((?:acl|use_backend|log-format) .*)$',
                                  f.read(), re.M)
        assert len(frontend) == 4, frontend
        config = write(self.folder + '/main.cfg', f'''
global
	log stdout format raw local0
defaults
	mode http
	timeout connect 5s
	timeout client 30s
	timeout server 60s
{self.outer.format(self)}
frontend web
	bind {self.address()}
	log global
''' + '\n'.join(f'\t{line}' for line in frontend) + '\n')
        return self.spawn('haproxy', '-db', '-f', config, '-f', backend)

    def address(self):
        return f'127.0.0.1:{self.port}'

    def access_log(self):
        with open(self.folder + '/output', encoding='latin-1') as f:
            return f.read()


class HaproxyHttp2(Haproxy):
    """another HAProxy in front, which speaks HTTP/2 with the first one"""
    name = 'HAProxy, HTTP/2'
    outer = '''
listen http1
	bind 127.0.0.1:{0.port}
	server inner unix@{0.folder}/http2.sock proto h2 send-proxy-v2
'''

    def address(self):
        return f'unix@{self.folder}/http2.sock proto h2 accept-proxy'


class LighttpdExternal(LighttpdSocket):
    """the responder in its cage, and "cgihook run" beside it"""
    name = 'lighttpd, runner = external'
    config = 'runner = external'

    def launch(self):
        self.spawn(COMMAND, '--config', self.site.config, 'run')
        process = super().launch()
        wait_until(self.responders, 'the responder to be in its cage')
        return process

    def wait_until_idle(self):
        def is_idle():
            stats = json.loads(subprocess.run(
                [COMMAND, '--config', self.site.config, '--json', 'stats'],
                check=True, stdout=subprocess.PIPE).stdout)
            return stats['waiting'] == stats['running'] == 0
        wait_until(is_idle, 'all deliveries to end')
