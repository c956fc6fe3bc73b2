# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of tests/bench/run.sh: medians of runs that took turns, their spread, and the table."""

import json
import statistics


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


class Figure:
    """What several runs of one program came to."""

    def __init__(self, name, runs):
        self.name, self.runs = name, runs

    @property
    def median(self):
        return statistics.median(self.runs)

    def text(self, unit):
        """The median, and from the least to the most."""
        spread = f" ({number(min(self.runs))} to {number(max(self.runs))})" if len(self.runs) > 1 else ""
        return f"{self.name}: {number(self.median)} {unit}".strip() + spread


class Row:
    """RIVALS may be empty: then GOAL is one of the figure itself, not of a ratio. GOAL is None where there is none."""

    def __init__(self, name, unit, goal, own, rivals=()):
        self.name, self.unit, self.goal, self.own, self.rivals = name, unit, goal, own, list(rivals)

    @property
    def best(self):
        return min(self.rivals, key=lambda figure: figure.median, default=None)

    @property
    def ratio(self):
        return self.own.median / self.best.median if self.best and self.best.median else None

    def cells(self):
        ratio = "-" if self.ratio is None else f"{self.ratio:.2f}"
        goal = "-" if self.goal is None else f"{self.goal:g}" + ("" if self.rivals else f" {self.unit}")
        beside = "; ".join(rival.text(self.unit) for rival in self.rivals) or "-"
        return [self.name, self.own.text(self.unit), beside, ratio, goal]

    def data(self):
        return {"name": self.name, "unit": self.unit, "goal": self.goal, "ratio": self.ratio,
                "own": {"name": self.own.name, "runs": self.own.runs},
                "rivals": [{"name": r.name, "runs": r.runs} for r in self.rivals]}


def take_turns(rounds, measures):
    """One figure for each of MEASURES, (name, function) pairs: the programs take turns, so that whatever else the
    machine does meets all of them alike."""
    runs = {name: [] for name, _ in measures}
    for _ in range(rounds):
        for name, measure in measures:
            runs[name].append(measure())
    return [Figure(name, values) for name, values in runs.items()]


def print_head():
    print("| | ipherald | beside it | ratio to the best | at most |\n| --- | --- | --- | ---: | ---: |", flush=True)


def print_row(row):
    print(f"| {' | '.join(row.cells())} |", flush=True)


def write_json(path, versions, rows):
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"versions": versions, "rows": [row.data() for row in rows]}, file, indent=1)
        file.write("\n")
