"""PostgreSQL for the tests: servers of Debian's package, each on a socket in a
folder of its own, as an ordinary user. As root they run as "nobody".

A server is a child of the process that started it, and is told to end when that
does. So it can be stopped and killed by its number, and nothing stays.
"""
import contextlib
import ctypes
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAMS = '/usr/lib/postgresql/15/bin'
PORT = 5432             # nothing listens there: it is a part of the socket's name
PATIENCE_S = 60
USER = 'cgihook'        # owns the database of the same name, and is no superuser
IPC_RMID = 0


def is_installed():
    return os.access(PROGRAMS + '/postgres', os.X_OK)


def program(name):
    return f'{PROGRAMS}/{name}'


def as_nobody():
    """the beginning of a command: PostgreSQL refuses to be root"""
    if os.geteuid() != 0:
        return []
    return ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups']


def own(path):
    if os.geteuid() == 0:
        user = pwd.getpwnam('nobody')
        os.chown(path, user.pw_uid, user.pw_gid)


def run(*command, **options):
    """one of its programs: what it printed"""
    done = subprocess.run([*as_nobody(), *command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding='utf-8', errors='replace', check=False,
                          cwd='/', env={'PATH': '/usr/bin:/bin',
                                        'LC_ALL': 'C.UTF-8'}, **options)
    if done.returncode != 0:
        raise AssertionError(f'{command}: {done.returncode} {done.stdout}'
                             f'{done.stderr}')
    return done.stdout


def query(conn, sql, patience_s=PATIENCE_S):
    """through a connection string: the rows, each a list of texts"""
    out = run(program('psql'), '-XAtq', '-F', '\t', '-v', 'ON_ERROR_STOP=1',
              '-d', conn, '-c', sql, timeout=patience_s)
    return [line.split('\t') for line in out.splitlines()]


def literal(text):
    """as a value within a connection string"""
    return "'" + text.replace('\\', '\\\\').replace("'", "\\'") + "'"


def children_of(pid):
    found = []
    for path in glob.glob('/proc/[0-9]*/stat'):
        with contextlib.suppress(OSError), open(path,
                                                encoding='latin-1') as f:
            number, _, rest = f.read().partition(' ')
            if int(rest.rpartition(')')[2].split()[1]) == pid:
                found.append(int(number))
    return found


class Server:
    """one, in folder/name

    settings: of postgresql.conf. Durable as far as a kill -9 goes; with
    fsync='on' also when the power fails.
    """

    def __init__(self, folder, name='primary', **settings):
        self.name, self.place = name, f'{folder}/{name}'
        self.data = self.place + '/data'
        self.settings = {
            'listen_addresses': '', 'unix_socket_directories': self.place,
            'fsync': 'off', 'full_page_writes': 'off',
            # nothing in /dev/shm that a kill -9 would leave there
            'dynamic_shared_memory_type': 'mmap', 'shared_buffers': '32MB',
            'max_connections': '120', 'wal_level': 'replica',
            'max_wal_senders': '8', 'max_wal_size': '256MB',
            'autovacuum_naptime': '5s', 'logging_collector': 'off',
            'log_line_prefix': '%m [%p] ', **settings}
        self.process = None
        os.makedirs(self.place, 0o755)
        own(self.place)

    # --- made ----------------------------------------------------------------

    def init(self):
        """an empty one, with the tests' user and database"""
        run(program('initdb'), '-D', self.data, '-U', 'postgres', '-A', 'trust',
            '-E', 'UTF8', '--no-locale', '--no-sync')
        if self.settings['listen_addresses']:
            with open(self.data + '/pg_hba.conf', 'a', encoding='ascii') as f:
                f.write('host all all 10.0.0.0/8 trust\n')
        self.start()
        self.sql(f'CREATE ROLE {USER} LOGIN')
        self.sql(f'CREATE DATABASE {USER} OWNER {USER} TEMPLATE template0')
        return self

    def copy_of(self, primary):
        """a standby, which may promote itself; not started. The primary knows
        it by its name (synchronous_standby_names)."""
        run(program('pg_basebackup'), '-D', self.data, '-R', '-X', 'stream',
            '-c', 'fast', '--no-sync', '-d', primary.conn('postgres') +
            f' application_name={self.name}')
        return self

    # --- started and ended ---------------------------------------------------

    def launch(self, environment=None):
        """as a child, not waiting for it"""
        options = [word for name, value in self.settings.items()
                   for word in ('-c', f'{name}={value}')]
        with open(self.place + '/log', 'ab') as log:
            self.process = subprocess.Popen(
                # it ends when this thread's process does
                [*(as_nobody() or ['setpriv']), '--pdeathsig', 'QUIT',
                 program('postgres'), '-D', self.data, '-p', str(PORT),
                 *options], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd='/', start_new_session=True, env={
                    'PATH': '/usr/bin:/bin', 'LC_ALL': 'C.UTF-8',
                    **(environment or {})})

    def start(self, environment=None):
        self.launch(environment)
        self.wait_until(self.accepts, 'to start')
        return self

    def accepts(self):
        if self.process.poll() is not None:
            raise AssertionError(f'{self.name} does not start:\n' + self.log())
        return subprocess.run(
            [program('pg_isready'), '-q', '-h', self.place, '-p', str(PORT)],
            check=False).returncode == 0

    def wait_until(self, condition, what, patience_s=PATIENCE_S):
        deadline = time.monotonic() + patience_s
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f'waited for {self.name} {what}\n'
                                     + self.log()[-2000:])
            time.sleep(0.02)

    def stop(self, how=signal.SIGQUIT):
        """SIGQUIT: without a checkpoint; SIGINT: with one"""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(how)
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process = None
        self.forget_memory()

    def processes(self):
        """the server itself first"""
        return [self.process.pid, *children_of(self.process.pid)]

    def signal(self, number):
        """to all of its processes"""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self):
        """all at once, as when the machine stops: nobody writes a last word"""
        # it makes no new ones meanwhile
        os.kill(self.process.pid, signal.SIGSTOP)
        below = children_of(self.process.pid)
        for number in signal.SIGSTOP, signal.SIGKILL:
            for pid in below:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
        self.process.kill()
        self.process.wait()
        self.process = None
        for pid in below:
            self.wait_until(lambda pid=pid: not is_alive(pid), 'to be gone')
        self.forget_memory()

    def forget_memory(self):
        """that a kill -9 leaves, and by which the next start would see that the
        folder is in use"""
        with contextlib.suppress(OSError, IndexError, ValueError):
            with open(self.data + '/postmaster.pid', encoding='ascii') as f:
                number = int(f.read().splitlines()[6].split()[1])
            ctypes.CDLL(None).shmctl(number, IPC_RMID, None)

    def log(self):
        with contextlib.suppress(FileNotFoundError):
            with open(self.place + '/log', encoding='utf-8',
                      errors='replace') as f:
                return f.read()
        return ''

    # --- used ----------------------------------------------------------------

    def conn(self, user=USER, **more):
        """a connection string"""
        words = {'host': self.place, 'port': PORT, 'user': user,
                 'dbname': user, **more}
        return ' '.join(f'{name}={literal(str(value))}'
                        for name, value in words.items())

    def sql(self, text, user='postgres', **more):
        """rows, each a list of texts"""
        return query(self.conn(user, **more), text)

    def terminate(self, where='true'):
        return self.signal_backends('terminate', where)

    def signal_backends(self, how, where='true'):
        """"terminate" or "cancel" backends of the tests' user, by a condition
        on pg_stat_activity; how many there were"""
        rows = self.sql(f'SELECT pg_{how}_backend(pid) FROM pg_stat_activity'
                        f" WHERE usename = '{USER}' AND ({where})")
        return len(rows)

    def set(self, **settings):
        """while it runs, of those that need no new start; also for the next
        start"""
        for name, value in settings.items():
            self.settings.pop(name, None)
            self.sql(f"ALTER SYSTEM SET {name} = '{value}'")
        self.sql('SELECT pg_reload_conf()')

    def is_synchronous(self):
        return self.sql('SELECT count(*) FROM pg_stat_replication '
                        "WHERE sync_state = 'sync'") == [['1']]

    def promote(self):
        """a standby becomes the primary, which waits for nobody"""
        self.sql(f'SELECT pg_promote(true, {PATIENCE_S})')
        self.wait_until(lambda: self.sql('SELECT pg_is_in_recovery()')
                        == [['f']], 'to be promoted')


def is_alive(pid):
    """and no zombie"""
    try:
        with open(f'/proc/{pid}/stat', encoding='latin-1') as f:
            return f.read().rpartition(')')[2].split()[0] not in 'ZX'
    except OSError:     # it is gone, or went while it was read
        return False


class Pair:
    """a primary and a standby that it waits for at each commit; a primary that
    was killed is replaced by the standby, and that by a new one"""

    def __init__(self, folder, **settings):
        self.folder, self.settings = folder, settings
        self.count = 0
        self.primary = self.standby = None

    def start(self):
        self.primary = self.new().init()
        self.add_standby()
        return self

    def new(self):
        self.count += 1
        # one that commits waits for the next one
        return Server(self.folder, f'node{self.count}', **self.settings)

    def add_standby(self):
        self.standby = self.new().copy_of(self.primary).start()
        self.primary.set(synchronous_standby_names=self.standby.name)
        self.primary.wait_until(self.primary.is_synchronous,
                                'to have its standby')

    def fail_over(self):
        """the standby becomes the primary; there is no standby then"""
        self.standby.promote()
        # what it took over from the primary: commits would wait for ever
        self.standby.set(synchronous_standby_names='')
        shutil.rmtree(self.primary.place)
        self.primary, self.standby = self.standby, None

    def conn(self, **more):
        """for whichever of all that were and will be is the primary. The next
        two are in it, since a program reads it once."""
        hosts = [f'{self.folder}/node{n + 1}' for n in range(self.count + 2)]
        return self.primary.conn(**{
            'host': ','.join(hosts), 'target_session_attrs': 'read-write',
            **more})

    def stop(self):
        for server in self.standby, self.primary:
            if server:
                server.stop()


@contextlib.contextmanager
def folder_of_its_own():
    """where others may enter: servers are nobody's, tests may be root's"""
    path = tempfile.mkdtemp(prefix='cgihook-pg-')
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        if os.environ.get('KEEP'):
            print('# kept: ' + path)
        else:
            shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def started(**settings):
    """one server"""
    with folder_of_its_own() as folder:
        server = Server(folder, **settings)
        try:
            yield server.init()
        finally:
            server.stop()


@contextlib.contextmanager
def started_pair(**settings):
    with folder_of_its_own() as folder:
        pair = Pair(folder, **settings)
        try:
            yield pair.start()
        finally:
            pair.stop()
