"""The kind of store that the tests of the moment use (tests/run --store): what a
configuration says of it, whether it is whole, and how to be in its way."""
import contextlib
import fcntl
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, TOP + '/tests')

# pylint: disable=wrong-import-position
import postgres  # noqa: E402

KIND = os.environ.get('TEST_STORE', 'sqlite')
IN_FILES = KIND == 'sqlite'
# the shortest that a configuration may have; and what a runner that takes over
# waits for, at most, with a look every two seconds
LEASE_S = 5
TAKEOVER_S = 0 if IN_FILES else LEASE_S * 1.5 + 3
F_OFD_SETLK = 37


def new(folder):
    """one for the site in this folder; nobody else has it"""
    return Files(folder) if IN_FILES else Schema()


# --- SQLite ------------------------------------------------------------------

# what the tallies say, and what is there
TALLIES = 'SELECT events, queued, ignored, waiting, running, done, failed, ' \
    'dead, {}, (SELECT sum(waiting) FROM lane) FROM tally'
COUNTS = 'SELECT (SELECT count(*) FROM event), ' + ', '.join(
    f'(SELECT count(*) FROM {table} WHERE state = {state})'
    for table, state in [('event', 0), ('event', 2)] +
    [('delivery', n) for n in [0, 1, 2, 3, 4, 5, 0]])


def check_file(path, look=None):
    """SQLite's own opinion, and whether the tallies agree with the rows; then what
    look, given the database, returns. Of a copy, since to open a store is to mend
    it, and that is for the program to do."""
    with tempfile.TemporaryDirectory(prefix='cgihook-copy-') as folder:
        for tail in ('', '-wal', '-journal'):
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(path + tail, folder + '/db' + tail)
        db = sqlite3.connect(folder + '/db')
        db.execute('PRAGMA synchronous = OFF')
        try:
            answer = db.execute('PRAGMA integrity_check').fetchall()
            (version,), = db.execute('PRAGMA user_version')
            assert answer == [('ok',)], f'{path}: {answer[:5]}'
            assert version > 0, f'{path} is an empty database, no store'
            tallies, counts = [[n or 0 for n in db.execute(sql).fetchone()]
                               for sql in (TALLIES.format(
                                   'filtered' if version > 2 else '0'),
                                   COUNTS)]
            assert tallies == counts, f'{path}: {tallies}, not {counts}'
            return look(db) if look else None
        finally:
            db.close()


@contextlib.contextmanager
def hold_lock(path):
    """a lock as lock.h takes it"""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
    try:
        fcntl.fcntl(fd, F_OFD_SETLK, struct.pack(
            'hhqqi4x', fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        yield
    finally:
        os.close(fd)


class Files:
    """in the state folder"""
    config = ''

    def __init__(self, folder):
        self.state = folder + '/state'
        self.path = self.state + '/cgihook.db'

    def begin_again(self):
        """with nothing in it: the state folder is gone"""

    def write_secret(self, folder):
        pass

    def check(self):
        check_file(self.path)

    def held(self):
        """nobody else can write meanwhile"""
        return hold_lock(self.state + '/write.lock')

    def is_free(self):
        """nobody is in the middle of a transaction that writes"""
        with contextlib.suppress(OSError), self.held():
            return True
        return False

    def rename(self, table, other):
        with contextlib.closing(sqlite3.connect(
                self.path, timeout=postgres.PATIENCE_S)) as db, \
                db:
            db.execute(f'ALTER TABLE {table} RENAME TO {other}')

    # each has something of every accept
    tables = ('kind', 'body', 'fresh', 'tally')


# --- PostgreSQL --------------------------------------------------------------

STATES = ('waiting', 'running', 'done', 'failed', 'dead', 'filtered')
COUNTED = [('events', 'event', 'true'), ('queued', 'event', 'state = 0'),
           ('ignored', 'event', 'state = 2')] + [
    (name, 'delivery', f'state = {n}') for n, name in enumerate(STATES)]


def check_rows(query):
    """query: a function of SQL that returns rows. Whether the counters of all
    writers together agree with the rows, and what belongs together is there."""
    counters, = query('SELECT ' + ', '.join(
        f'sum({name})' for name, _, _ in COUNTED) + ' FROM writer')
    counts, = query('SELECT ' + ', '.join(
        f'(SELECT count(*) FROM {table} WHERE {where})'
        for _, table, where in COUNTED))
    names = [name for name, _, _ in COUNTED]
    assert counters == counts, f'counted {counters}, not {counts}: {names}'
    for what, sql in ORPHANS.items():
        rows = query(sql + ' LIMIT 5')
        assert not rows, f'{what}: {rows}'


ORPHANS = {
    'deliveries without an event':
        'SELECT d.id FROM delivery d LEFT JOIN event e ON e.id = d.id >> 16 '
        'WHERE e.id IS NULL',
    'attempts without a delivery':
        'SELECT a.delivery_id FROM attempt a LEFT JOIN delivery d '
        'ON d.id = a.delivery_id WHERE d.id IS NULL',
    'keys of an event that is gone, which do not last':
        'SELECT event_id FROM dedupe k LEFT JOIN event e ON e.id = k.event_id '
        'WHERE e.id IS NULL AND NOT k.lasting',
    'events that do not have their key':
        'SELECT e.id FROM event e LEFT JOIN dedupe k ON k.key = e.key '
        'WHERE e.key IS NOT NULL AND k.event_id IS DISTINCT FROM e.id',
    'deliveries that run and are nobody\'s':
        'SELECT id FROM delivery WHERE state = 1 AND owner IS NULL',
    'deliveries that do not run and are somebody\'s':
        'SELECT id FROM delivery WHERE state <> 1 AND owner IS NOT NULL',
}


class Schema:
    """of its own, in the server that all of the run's tests share or in another
    one; machines whose sites are in several folders may have the same"""
    tables = ('kind', 'event', 'dedupe', 'writer')
    made = []

    def __init__(self, server=None, lease_s=LEASE_S, name=None):
        """server: a postgres.Server or Pair; by default the run's"""
        self.config = ('store = "postgresql:file:pg.conn"\n'
                       f'lease = {lease_s}s\n')
        self.name = name or f'fault_{os.getpid()}_{len(self.made)}'
        self.made.append(self)
        self.server = server
        self.begin_again()

    def conn(self):
        """a connection string"""
        options = postgres.literal(f'-csearch_path={self.name}')
        base = self.server.conn() if self.server else os.environ['TEST_PG']
        # the name is what its connections are told apart by
        return f'{base} options={options} application_name={self.name}'

    def begin_again(self):
        """with nothing in it"""
        self.query(f'DROP SCHEMA IF EXISTS {self.name} CASCADE; '
                   f'CREATE SCHEMA {self.name}')

    def write_secret(self, folder):
        path = folder + '/pg.conn'
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), 'w',
                  encoding='ascii') as f:
            f.write(self.conn())

    def query(self, sql):
        return postgres.query(self.conn(), sql)

    def exists(self):
        return self.query("SELECT to_regclass('cgihook_store')") != [['']]

    def check(self):
        check_rows(self.query)

    @contextlib.contextmanager
    def held(self):
        with self.locked(*self.tables):
            yield

    @contextlib.contextmanager
    def locked(self, *tables):
        """these tables, by a transaction that does not end"""
        session = subprocess.Popen(
            [postgres.program('psql'), '-XAtq', '-d', self.conn()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding='ascii')
        try:
            session.stdin.write(f'BEGIN; LOCK {", ".join(tables)};\n'
                                '\\echo locked\n')
            session.stdin.flush()
            assert session.stdout.readline() == 'locked\n'
            yield
        finally:
            session.stdin.close()
            session.wait(postgres.PATIENCE_S)
            session.stdout.close()

    def is_free(self):
        return self.query(f"SELECT pid {self.others} AND state <> 'idle'") == []

    @property
    def others(self):
        return (f"FROM pg_stat_activity WHERE application_name = '{self.name}'"
                ' AND pid <> pg_backend_pid()')

    def terminate(self, where='true'):
        """connections, by a condition on pg_stat_activity; how many"""
        return len(self.query(f'SELECT pg_terminate_backend(pid) {self.others}'
                              f' AND ({where})'))

    def rename(self, table, other):
        self.query(f'ALTER TABLE {table} RENAME TO {other}')

    def drop(self):
        self.made.remove(self)
        # a connection whose other end is cut off may hold a lock for long
        with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
            self.terminate()
            self.query(f'DROP SCHEMA {self.name} CASCADE')


@contextlib.contextmanager
def dropped_at_the_end():
    """schemas that are made meanwhile are whole then, and go"""
    before = list(Schema.made)
    try:
        yield
        for schema in Schema.made:
            if schema not in before and schema.exists():
                schema.check()
    finally:
        for schema in [s for s in Schema.made if s not in before]:
            schema.drop()
