"""The small changes that can be made to one C file: each is a mistake that
somebody could make, and that a test should notice."""
import os
import re
import sys

sys.dont_write_bytecode = True

# comments, and lines for the preprocessor, are no code; strings stay as they are
NO_CODE = re.compile(r'''//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'''
                     r"""|'(?:\\.|[^'\\\n])*'|^[ \t]*#(?:\\\n|[^\n])*""",
                     re.S | re.M)
FUNCTION = re.compile(r'^([a-z][\w *]*)\n(?:\w+)\([^;{}]*\)\n\{$(.*?)^\}$',
                      re.M | re.S)
DECLARATION = re.compile(r'(?:const|static|struct|enum|union|unsigned|signed|'
                         r'char|int|long|short|bool|double|\w+_t)\b'
                         r'|\w+\s+\**\s*\w+|_Static_assert')
KEYWORD = re.compile(r'(?:return|break|continue|goto|if|else|for|while|do|'
                     r'switch|case|default)\b')
# what may be before a statement
BEFORE = re.compile(r'(?:[;{}):]|\belse|\bdo)\s*\Z')

# an operator as it is written here, and what is put in its place
OPERATORS = [
    (r'(?<![<>=!+\-*/%&|^~-])<(?![<=])', '<='),
    (r'(?<![<>=!+\-*/%&|^~-])>(?![>=])', '>='),
    (r'(?<!<)<=', '<'),
    (r'(?<!>)>=', '>'),
    (r'==', '!='),
    (r'!=', '=='),
    (r'&&', '||'),
    (r'\|\|', '&&'),
    (r'(?<= )\+(?= )', '-'),
    (r'(?<= )-(?= )', '+'),
    (r'(?<= )\+=', '-='),
    (r'(?<= )-=', '+='),
    (r'\+\+', '--'),
    (r'--', '++'),
    (r'(?<= )&(?= )', '|'),
    (r'(?<= )\|(?= )', '&'),
    (r'!(?=[\w(*])', ''),
]
NUMBER = re.compile(r'(?<![\w.])(0[xX][0-9a-fA-F]+|\d+)(?![\w.])(?!\s*\])')


class Mutant:
    def __init__(self, path, text, span, new):
        """text[span] becomes new, and the rest stays"""
        self.path = path
        self.original = text
        start, end = span
        self.text = text[:start] + new + text[end:]
        self.line = text.count('\n', 0, start) + 1
        first = text.rfind('\n', 0, start) + 1
        last = (text + '\n').find('\n', end)
        self.before = one_line(text[first:last])
        self.after = one_line(text[first:start] + new + text[end:last])

    def __str__(self):
        return (f'{self.path}:{self.line}\n- {self.before}\n+ {self.after}')


def one_line(text):
    return ' '.join(text.split())


def blank(text):
    """the same, without comments, strings, characters and directives"""
    return NO_CODE.sub(lambda match: re.sub(r'[^\n]', ' ', match[0]), text)


def closing(code, at):
    """where the parenthesis that is opened at "at" is closed"""
    depth = 0
    for i in range(at, len(code)):
        depth += (code[i] == '(') - (code[i] == ')')
        if depth == 0:
            return i
    return None


def statements(code, start, end):
    """(start, end) of each simple statement, with its semicolon"""
    for match in re.finditer(r'(?<=[\s;{}])[\w*(+-]', code[start:end]):
        at = start + match.start()
        if not BEFORE.search(code, start, at) and code[start:at].strip():
            continue
        depth = 0
        for i in range(at, end):
            depth += (code[i] == '(') - (code[i] == ')')
            if code[i] in '{}' or depth < 0:
                break
            if code[i] == ';' and depth == 0:
                yield at, i + 1
                break


def other_results(kind, value):
    """what may be returned in place of a value of this kind"""
    if 'enum status' in kind:
        return ['ST_SYSTEM' if value == 'ST_OK' else 'ST_OK']
    if kind.split()[-1] == 'bool':
        return [{'true': 'false', 'false': 'true'}.get(value, f'!({value})')]
    if '*' in kind:
        return ['NULL'] if value != 'NULL' else []
    return ['0'] if not value.isdigit() else []


def of_statement(text, code, span, kind, is_last):
    start, end = span
    words = code[start:end]
    lines = '\n' * words.count('\n')
    nothing = (span, ';' + lines)
    match = re.match(r'return\b\s*(.*);', words, re.S)
    if match:
        value = text[start + match.start(1):start + match.end(1)]
        for other in other_results(kind, value) if value else []:
            yield span, f'return {other};' + lines
        if not is_last:
            yield nothing
    elif re.match(r'continue\b', words):
        yield nothing
    elif re.match(r'break\b', words):
        yield nothing
        yield span, 'continue;'
    elif not KEYWORD.match(words) and not DECLARATION.match(words) and (
            re.search(r'(?:<<|>>|[^=!<>])=[^=]|\+\+|--', words)
            or re.match(r'(?:\(void\)\s*)?\w+\(', words)):
        yield nothing


def of_conditions(text, code):
    for match in re.finditer(r'\b(?:if|while) (?=\()', code):
        end = closing(code, match.end())
        if end is not None:
            yield ((match.end(), end + 1),
                   '(!' + text[match.end():end + 1] + ')')


def of_numbers(code):
    for match in NUMBER.finditer(code):
        octal = re.fullmatch('0[0-7]+', match[1])
        value = int(match[1], 8 if octal else 0)
        for other in {value + 1, max(value - 1, 0)} - {value}:
            yield match.span(), f'0{other:o}' if octal else str(other)


def of(path, text):
    """every mutant of a file"""
    code = blank(text)
    changes = list(of_conditions(text, code)) + list(of_numbers(code))
    for pattern, new in OPERATORS:
        changes += [(match.span(), new) for match in re.finditer(pattern, code)]
    for function in FUNCTION.finditer(code):
        found = list(statements(code, *function.span(2)))
        for span in found:
            is_last = not code[span[1]:function.end(2)].strip()
            changes += of_statement(text, code, span, function[1], is_last)
    return [Mutant(path, text, span, new) for span, new in sorted(changes)]


def read_equivalent(top):
    """blocks of a path, the line before, the line after and the reason: of each
    the first three"""
    path = top + '/tests/mutate/equivalent'
    if not os.path.exists(path):
        return set()
    with open(path, encoding='utf-8') as f:
        blocks = re.split(r'\n\s*\n', f.read())
    found = set()
    for block in blocks:
        lines = [line for line in block.splitlines() if line[:1] != '#']
        if len(lines) >= 4:
            found.add((lines[0].split(':')[0], lines[1][2:], lines[2][2:]))
    return found
