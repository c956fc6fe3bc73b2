# SPDX-License-Identifier: GPL-2.0-or-later
"""One delivery, with the service killed at each of its calls on the state folder, and each of them failed in each way
in which it can. tests/sweep.sh --all does so at every call of service and mailer."""

from points import folder_points
from stage import make_stages
from sweep import Sum, play_all

JOBS = 3
FEWEST_CALLS = 50  # a trace with less has missed some


def test_the_calls_on_the_state_folder(lab):
    stages = make_stages(lab, JOBS)
    points = list(folder_points(stages[0].trace("service", "-y"), stages[0].state))
    total = Sum(points)
    play_all(stages, points, total.add)
    print(total.text())
    assert sum(point.error is None for point in points) >= FEWEST_CALLS
    assert total.reached == total.runs == len(points)
    assert total.failed == 0
    assert total.twice > 0  # somewhere nobody could know, or nothing was cut
