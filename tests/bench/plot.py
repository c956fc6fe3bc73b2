#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: plot.py BENCH.JSON FOLDER: draws some rows of tests/bench/run.sh as SVG, for README, in three pictures: the
time to the mail, memory and the CPU time for events. Each bar is a median; the line over it goes from the least to the most."""

import html
import json
import pathlib
import statistics
import sys

from bench_table import number

DRAWN = {"latency": "from the event to the mail", "memory": "private dirty memory", "events": "CPU for"}
WIDTH, LABEL, BAR, GAP, HEAD = 720, 210, 22, 8, 34


def bars(row, y, most):
    for figure, colour in [(row["own"], "#2b6cb0")] + [(rival, "#a0aec0") for rival in row["rivals"]]:
        low, middle, high = min(figure["runs"]), statistics.median(figure["runs"]), max(figure["runs"])

        def x(value):
            return LABEL + (WIDTH - LABEL - 110) * value / most

        yield f'<text x="{LABEL - 8}" y="{y + 16}" text-anchor="end">{html.escape(figure["name"])}</text>'
        yield f'<rect x="{LABEL}" y="{y}" width="{x(middle) - LABEL:.1f}" height="{BAR}" fill="{colour}"/>'
        yield f'<path d="M{x(low):.1f} {y + BAR / 2} H{x(high):.1f}" stroke="#1a202c"/>'
        yield f'<text x="{x(max(middle, high)) + 6:.1f}" y="{y + 16}">{number(middle)} {html.escape(row["unit"])}</text>'
        y += BAR + GAP


def draw(rows):
    """One picture of ROWS, below each other."""
    most = max(max(figure["runs"]) for row in rows for figure in [row["own"], *row["rivals"]]) or 1
    y, parts = GAP, []
    for row in rows:
        parts.append(f'<text x="{GAP}" y="{y + 18}" font-weight="bold">{html.escape(row["name"])}</text>')
        parts += bars(row, y + HEAD - GAP, most)
        y += HEAD + (BAR + GAP) * (1 + len(row["rivals"]))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" font-family="sans-serif" '
            f'font-size="13">\n<!-- SPDX-License-Identifier: GPL-2.0-or-later -->\n'
            f'<rect width="{WIDTH}" height="{y}" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n")


def main(source, folder):
    rows = json.loads(pathlib.Path(source).read_text("utf-8"))["rows"]
    for name, begin in DRAWN.items():
        drawn = [row for row in rows if row["name"].startswith(begin)]
        if drawn:
            pathlib.Path(folder, f"{name}.svg").write_text(draw(drawn), "utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
