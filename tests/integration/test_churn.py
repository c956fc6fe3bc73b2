# SPDX-License-Identifier: GPL-2.0-or-later
"""A table of what happens to addresses, each on a line of its own, with the addresses that are to be told for it: no
mail too few, none too many. They pass side by side, and most of the time is the kernel's."""

import concurrent.futures
import pathlib
import subprocess
import time

import pytest

import churn_ipv4
import churn_ipv6
from certificates import Authority
from lab import SERVER, SILENCE
from line import Line
from namespaces import require_namespaces
from service import is_built

SIDE_BY_SIDE = 8

SCENARIOS = {**churn_ipv4.scenario, **churn_ipv6.scenario}


def told_by(function, authority, certificate):
    """Lets it happen, and gives what was told by the time that nothing came any more."""
    line = Line(authority, certificate)
    try:
        function(line)
        assert line.is_calm(SILENCE), line.told()
        return line.told()
    except (AssertionError, subprocess.CalledProcessError) as error:
        raise AssertionError(f"{error}\n{line.text()}") from error
    finally:
        line.close()


@pytest.fixture(scope="module")
def authority():
    folder = pathlib.Path("/run/churn-certificates")
    folder.mkdir()
    return Authority(folder)


@pytest.fixture(scope="module")
def outcomes(request, authority):
    """Of each scenario that was asked for: a future of what it told. Once all are over, the table is shown."""
    require_namespaces()
    assert is_built(), "no program in the build folder"
    certificate = authority.certificate([SERVER])
    names = [item.callspec.params["name"] for item in request.session.items if item.fspath == request.fspath]
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        futures = {name: pool.submit(told_by, SCENARIOS[name][0], authority, certificate) for name in names}
        yield futures
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\n{'scenario':55} mails expected, seen   ({time.monotonic() - began:.0f} s)")
        for name, future in futures.items():
            seen = "failed" if future.exception() else len(future.result())
            print(f"{name:55} {len(SCENARIOS[name][1]):14} {seen:>5}")


@pytest.mark.parametrize("name", SCENARIOS)
def test_churn(name, outcomes):
    assert outcomes[name].result() == SCENARIOS[name][1]
