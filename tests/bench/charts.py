#!/usr/bin/python3
"""docs/PERFORMANCE.md's tables and charts, out of what bench.py measured.

    charts.py FIGURES.json DOCS

FIGURES.json is bench.py's --json. In DOCS/PERFORMANCE.md what stands between
"<!-- NAME -->" and "<!-- end -->" is replaced; the charts are
DOCS/performance-NAME.svg."""
import json
import math
import re
import statistics
import sys

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 36, 44
COLORS = ('#1b6ca8', '#c4572e', '#4b8b3b', '#7a5195')
# part, what grows, its name, the lines, the title
CHARTS = (
    ('connections', 'connections', 'connections',
     (('accepts', 'durable accepts'), ('bare', 'bare')),
     'Requests per second, by connections'),
    ('bodies', 'bytes', 'bytes of body',
     (('accepts', 'durable accepts'), ('bare', 'bare'), ('store', 'store')),
     'Requests per second, by the size of the body, 8 connections'),
    ('waiting', 'waiting', 'events waiting',
     (('accepts', 'durable accepts'), ('drains', 'handlers')),
     'Per second, by what waits'),
    ('stored', 'stored', 'events stored',
     (('accepts', 'durable accepts'), ('drains', 'handlers')),
     'Per second, by what is stored'),
)


def short(value):
    for unit, name in ((1e6, 'M'), (1e3, 'k')):
        if value >= unit:
            return f'{value / unit:g}{name}'
    return f'{value:g}'


def ticks(highest):
    step = 10 ** math.floor(math.log10(highest))
    for part in (0.25, 0.5, 1, 2):
        if highest / (step * part) <= 5:
            step *= part
            break
    return [step * i for i in range(int(highest / step) + 1)]


def svg(rows, key, label, lines, title):
    """a line for each column; the columns stand at equal distances"""
    highest = max(row[name] for row in rows for name, _ in lines) * 1.05
    across = (WIDTH - LEFT - RIGHT) / max(1, len(rows) - 1)
    down = HEIGHT - TOP - BOTTOM
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} '
           f'{HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
           f'<text x="{LEFT}" y="20" font-size="14">{title}</text>']

    def place(i, value):
        return LEFT + i * across, TOP + down * (1 - value / highest)

    for value in ticks(highest):
        _, y = place(0, value)
        out.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
                   f'{short(value)}</text>')
    for i, row in enumerate(rows):
        x, _ = place(i, 0)
        out.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" '
                   f'text-anchor="middle">{short(row[key])}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" '
               f'text-anchor="middle">{label}</text>')
    used = []
    for (name, words), color in zip(lines, COLORS):
        points = [place(i, row[name]) for i, row in enumerate(rows)]
        path = 'L'.join(f'{x:.1f} {y:.1f}' for x, y in points)
        out.append(f'<path d="M{path}" fill="none" stroke="{color}" '
                   'stroke-width="2"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>'
                for x, y in points]
        y = points[-1][1] + 4
        while any(abs(y - other) < 14 for other in used):
            y -= 14
        used.append(y)
        out.append(f'<text x="{points[-1][0] + 10:.1f}" y="{y:.1f}" '
                   f'fill="{color}">{words}</text>')
    return '\n'.join((*out, '</svg>', ''))


def number(value):
    return f'{value:,.0f}' if abs(value) >= 100 else f'{value:.2f}'


def table(names, rows):
    lines = ['| ' + ' | '.join(names) + ' |',
             '| --- |' + ' ---: |' * (len(names) - 1)]
    return '\n'.join(lines + ['| ' + ' | '.join(map(str, row)) + ' |'
                              for row in rows])


def sections(data):
    about = data['machine']
    yield 'machine', ('{processor}, {cores} cores, {memory_gib} GiB, Linux '
                      '{kernel}, load {load:.1f} from others at the beginning;'
                      ' {rounds} rounds.'.format(rounds=data['rounds'],
                                                 **about))
    yield 'targets', table(
        ('What', 'Measured', 'Wanted', ''),
        [(row['what'], number(row['value']),
          f'{"at least" if row["sign"] == ">=" else "at most"} '
          f'{row["target"]:g}', '' if row['met'] else '**not met**')
         for row in data['targets']])
    yield 'servers', table(
        ('Web server', 'accepts /s', 'p99 ms', 'processor µs', '*bare* /s'),
        [(server, *(number(statistics.median(data['figures'][name]))
                    for name in (f'accept{behind} /s', f'accept{behind} p99 ms',
                                 f'accept{behind} processor us',
                                 f'bare{behind} /s')))
         for server, behind in (('nginx', ''), ('lighttpd', ', lighttpd'),
                                ('Apache', ', Apache'))
         if f'bare{behind} processor us' in data['figures']])
    yield 'figures', table(
        ('Figure', 'Median', 'Lowest', 'Highest'),
        [(name, number(statistics.median(values)), number(min(values)),
          number(max(values))) for name, values in data['figures'].items()])
    for part, _, _, _, title in CHARTS:
        rows = data['growth'].get(part)
        if rows:
            yield part, (f'![{title}](performance-{part}.svg)\n\n' + table(
                list(rows[0]), [[number(v) if name != list(row)[0] else f'{v:,}'
                                 for name, v in row.items()] for row in rows]))


def main():
    with open(sys.argv[1], encoding='utf-8') as f:
        data = json.load(f)
    page = sys.argv[2] + '/PERFORMANCE.md'
    with open(page, encoding='utf-8') as f:
        text = f.read()
    for name, content in sections(data):
        text = re.sub(f'(<!-- {name} -->\n).*?(<!-- end -->)',
                      lambda m, new=content: f'{m[1]}{new}\n{m[2]}', text,
                      flags=re.S)
    with open(page, 'w', encoding='utf-8') as f:
        f.write(text)
    for part, key, label, lines, title in CHARTS:
        rows = data['growth'].get(part)
        if rows:
            with open(f'{sys.argv[2]}/performance-{part}.svg', 'w',
                      encoding='utf-8') as f:
                f.write(svg(rows, key, label, lines, title))


main()
