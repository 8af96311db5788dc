"""What the checks in this folder share: the files of the tree, C without its
comments and strings, and complaints as FILE:LINE: what is wrong."""
import os
import re
import sys

sys.dont_write_bytecode = True

# A check can be pointed at another tree: so it is seen to fail.
TOP = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SKIPPED = {'.git', 'build', 'dist', 'vectors', 'corpus', '__pycache__'}
TOKEN = re.compile(r'''//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'''
                   r"""|'(?:\\.|[^'\\\n])*'""", re.S)

complaints = []


def files(*endings):
    """paths below TOP, sorted; of these endings, or all"""
    found = []
    for folder, folders, names in os.walk(TOP):
        folders[:] = [f for f in folders if f not in SKIPPED]
        for name in names:
            if not endings or name.endswith(endings):
                found.append(os.path.relpath(os.path.join(folder, name), TOP))
    return sorted(found)


def read(path):
    with open(os.path.join(TOP, path), encoding='utf-8',
              errors='surrogateescape') as f:
        return f.read()


def lines(path):
    """(number, text) of each line"""
    return enumerate(read(path).splitlines(), 1)


def code(path, strings=False):
    """C with comments blanked out, and with them strings unless they are
    wanted; line numbers stay what they are"""
    def blank(match):
        text = match[0]
        if strings and text[0] in '"\'':
            return text
        if text[0] in '"\'':
            return text[0] + ' ' * (len(text) - 2) + text[0]
        return re.sub(r'[^\n]', ' ', text)
    return TOKEN.sub(blank, read(path))


def complain(path, line, text):
    complaints.append((path, line, text))


def finish():
    for path, line, text in sorted(set(complaints)):
        print(f'{path}:{line}: {text}')
    sys.exit(1 if complaints else 0)
