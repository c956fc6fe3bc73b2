# SPDX-License-Identifier: GPL-2.0-or-later
"""One delivery, with the service killed at each of its calls on the state folder, and each of them failed in each way
in which it can; and with no memory for a message, once at each. tests/sweep.sh --all takes every call of service and
mailer."""

import pytest

from planted import BUGS, build
from points import folder_points, memory_points
from stage import make_stages
from sweep import Sum, play_all

JOBS = 3
FEWEST_CALLS = 50  # on the state folder, and messages: a trace with fewer has missed some


@pytest.fixture(scope="module")
def stages(lab):
    return make_stages(lab, JOBS)


def play(stages, points):
    total = Sum(points)
    play_all(stages, points, total.add)
    print(total.text())
    assert total.failed == 0
    return total


def test_the_calls_on_the_state_folder(stages):
    points = list(folder_points(stages[0].trace("service", "-y"), stages[0].state))
    assert sum(point.error is None for point in points) >= FEWEST_CALLS
    total = play(stages, points)
    assert total.reached == total.runs == len(points)
    assert total.twice > 0  # somewhere nobody could know, or nothing was cut


def test_no_memory_for_a_message(stages):
    points = [point for program in ("service", "mailer")
              for point in memory_points(program, stages[0].trace(program))]
    assert len(points) >= FEWEST_CALLS
    play(stages, points)


def test_a_record_that_is_not_written_shows(stages, tmp_path):
    """The same run must fail where there is something to find."""
    bug = next(bug for bug in BUGS if bug.stem == "record-not-written")
    program = build(bug, tmp_path)
    for stage in stages:
        stage.use(program)
    points = [point for point in folder_points(stages[0].trace("service", "-y"), stages[0].state)
              if point.name == "renameat" and point.error is None]
    total = Sum(points)
    play_all(stages, points, total.add)
    assert total.failed == total.twice_anew > 0
