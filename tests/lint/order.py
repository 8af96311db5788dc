"""The order of the files, as "layers" lists them."""
import os

import lint

LIST = 'tests/lint/layers'


def read_layers():
    """{file, stem or folder/: (rank, line)}"""
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
    folder = stem.split('/')[0] + '/'
    return folder if folder in ranks else None


def is_below(path, other, ranks):
    """whether PATH comes later in the list than OTHER; one that is not in the
    list does not"""
    mine, theirs = layer_of(path, ranks), layer_of(other, ranks)
    return bool(mine and theirs) and ranks[mine][0] > ranks[theirs][0]
