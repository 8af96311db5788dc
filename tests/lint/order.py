"""The order of the files, as "layers" lists them. A line FOLDER/*.c is for all
files of that folder that have neither a header nor a line of their own: rows of
a table, such as the senders. So a new one needs no line."""
import os

import lint

LIST = 'tests/lint/layers'


def read_layers():
    """{file, stem, folder/ or folder/*.c: (rank, line)}"""
    ranks = {}
    for number, line in lint.lines(LIST):
        name = line.strip()
        if not name or name.startswith('#'):
            continue
        if name in ranks:
            lint.complain(LIST, number, f'{name} is listed twice')
        ranks[name] = (len(ranks), number)
    return ranks


def layer_of(path, ranks):
    stem = os.path.splitext(path)[0]
    for name in (path, stem):
        if name in ranks:
            return name
    rows = os.path.dirname(path) + '/*.c'
    if (rows in ranks and path.endswith('.c')
            and not os.path.exists(os.path.join(lint.TOP, stem + '.h'))):
        return rows
    folder = stem.split('/')[0] + '/'
    return folder if folder in ranks else None


def is_below(path, other, ranks):
    """whether PATH comes later in the list than OTHER; one that is not in the
    list does not"""
    mine, theirs = layer_of(path, ranks), layer_of(other, ranks)
    return bool(mine and theirs) and ranks[mine][0] > ranks[theirs][0]
