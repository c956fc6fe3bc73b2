#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""sweep.py [JOBS]: the whole product of points and faults, for tests/sweep.sh. 1 where a run had a fault."""

import concurrent.futures
import pathlib
import queue
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from lab import Lab  # noqa: E402
from points import points_of  # noqa: E402
from stage import make_stages  # noqa: E402


def describe(point):
    return f"{point.program} {point.name} {point.number}: {point.error or 'killed'}"


def play_all(stages, points, on_verdict):
    """Each stage takes the next point as soon as it is free."""
    free = queue.SimpleQueue()
    for stage in stages:
        free.put(stage)

    def play(point):
        stage = free.get()
        try:
            return point, stage.play(point)
        finally:
            free.put(stage)

    with concurrent.futures.ThreadPoolExecutor(len(stages)) as pool:
        for run in concurrent.futures.as_completed([pool.submit(play, point) for point in points]):
            on_verdict(*run.result())


class Sum:
    def __init__(self, points):
        self.points = points
        self.runs = self.reached = self.failed = self.twice = self.twice_anew = 0

    def add(self, point, verdict):
        self.runs += 1
        self.reached += verdict.reached
        self.twice += verdict.twice
        self.twice_anew += verdict.twice_anew
        self.failed += bool(verdict.faults)
        for fault in verdict.faults:
            print(f"{describe(point)}: {fault}", flush=True)
        if self.runs % 100 == 0:
            print(f"  {self.runs} of {len(self.points)}", flush=True)

    def text(self):
        calls = len({(point.program, point.name, point.number) for point in self.points})
        return (f"{calls} points, {self.runs} runs ({self.reached} came to their point), {self.failed} failures, "
                f"{self.twice} mails twice under the same Message-ID, {self.twice_anew} under another")


def main(jobs):
    began = time.monotonic()
    lab = Lab()
    stages = make_stages(lab, jobs)
    points = []
    for program in ("service", "mailer"):
        points += points_of(program, stages[0].trace(program, "-y"), stages[0].state)
    total = Sum(points)
    play_all(stages, points, total.add)
    lab.close()
    print(f"{total.text()}; {time.monotonic() - began:.0f} s")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2))
