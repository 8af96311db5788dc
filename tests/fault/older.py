"""A store of version 2, as the program before wrote it: large pages, which never
leave the file. This program copies it into another file, once."""
import contextlib
import os
import sqlite3
import subprocess
import sys

from faults import TOP

FIXTURE = TOP + '/tests/vectors/store/version-2.sql'
# what the fixture says its next event is numbered
NEXT_NUMBER = 1001109
# what a table is called in this version
NAMES = {'untold': 'alarm'}
TABLES = ('event', 'body', 'kind', 'lane', 'delivery', 'attempt', 'once',
          'untold')


def fixture():
    with open(FIXTURE, encoding='utf-8') as f:
        return f.read()


# Killed before it closes the store: what it wrote is left in the log.
WRITER = """import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute('UPDATE place SET inode = ?, born_ns = ?', sys.argv[2:])
db.commit()
os._exit(0)"""


def note_place(path):
    """by inode and time of birth: so it is no copy that was put back"""
    told = subprocess.run(['stat', '-c', '%i %.9W', path], check=True,
                          stdout=subprocess.PIPE, encoding='utf-8').stdout
    inode, born = told.split()
    subprocess.run([sys.executable, '-c', WRITER, path, inode,
                    born.replace('.', '')], check=True)
    assert os.path.getsize(path + '-wal') > 0


def make(path):
    """the fixture, as a store"""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(fixture())
    note_place(path)


def make_of(path):
    """a store of this version, with all that it holds, becomes an older one"""
    text = fixture()
    before, created = text.partition('BEGIN TRANSACTION;')[::2]
    created = [line for line in created.split('\n')
               if line.startswith('CREATE ')]
    with contextlib.closing(sqlite3.connect(path + '.older')) as db:
        db.executescript(before + '\n'.join(created))
        db.execute('ATTACH ? AS now', (path,))
        for table, in db.execute('SELECT name FROM main.sqlite_schema '
                                 "WHERE type = 'table'").fetchall():
            columns = columns_of(db, table)
            db.execute(f'INSERT INTO main.{table} ({columns}) '
                       f'SELECT {columns} FROM now.{NAMES.get(table, table)}')
        db.commit()
    for tail in ('-wal', '-shm', '-journal'):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path + tail)
    os.rename(path + '.older', path)
    note_place(path)


def columns_of(db, table):
    return ', '.join(row[1] for row in db.execute(
        f'PRAGMA main.table_info({table})'))


def rows(db):
    """{table: rows}, as the fixture has them; the keys of both levels"""
    with contextlib.closing(sqlite3.connect(':memory:')) as old:
        old.executescript(fixture())
        columns = {table: columns_of(old, table) for table in TABLES}
    is_older = db.execute('PRAGMA user_version').fetchone()[0] == 2
    found = {table: set(db.execute(
        f'SELECT {columns[table]} FROM '
        + (table if is_older else NAMES.get(table, table))))
        for table in TABLES}
    found['keys'] = set(db.execute(
        'SELECT key, event_id FROM seen UNION SELECT key, event_id FROM fresh'))
    return found


def pages(db):
    return [db.execute('PRAGMA ' + name).fetchone()[0]
            for name in ('user_version', 'page_size', 'auto_vacuum')]
