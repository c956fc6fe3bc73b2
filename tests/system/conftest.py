# SPDX-License-Identifier: GPL-2.0-or-later
"""Each test runs on each release, on a machine of its own that has just booted."""

import concurrent.futures
import os
import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

import postfix  # noqa: E402
from container import control_groups  # noqa: E402
from home import Home  # noqa: E402
from lab import A  # noqa: E402
from release import Release  # noqa: E402


def why_not():
    if os.environ.get("IPHERALD_TESTS_NAMESPACES") != "root":
        return "a machine is booted by root alone, in namespaces of its own (tests/in-namespaces.sh)"
    if not shutil.which("systemd-nspawn"):
        return "no systemd-nspawn here (the package systemd-container)"
    if "cgroup2" not in (kind for kind, _ in control_groups()):
        return "no cgroup2 is mounted here"
    return None


@pytest.fixture(scope="session")
def builds(request):
    """The packages of the releases that are wanted, built side by side."""
    if reason := why_not():
        pytest.skip(reason)
    wanted = {item.callspec.params["release"] for item in request.session.items if "release" in item.fixturenames}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        yield {name: pool.submit(Release(name).build) for name in wanted if Release(name).is_made()}


@pytest.fixture(scope="session", params=["bookworm", "trixie"])
def release(request, builds):
    if request.param not in builds:
        pytest.skip(f"the roots of {request.param} are not made (tests/system/roots.sh)")
    builds[request.param].result()
    made = Release(request.param)
    made.install()
    return made


@pytest.fixture
def machine(release):
    """Booted, with nothing set."""
    made = Home(release)
    yield made
    made.close()


@pytest.fixture
def mail_root():
    if not postfix.is_made():
        pytest.skip("build/root-mail is not made (tests/integration/postfix_root.sh)")


@pytest.fixture
def home(mail_root, machine):
    """With a mail server, and the settings and the password for it. The service is not started."""
    machine.real_mail()
    machine.write_settings()
    machine.write_password()
    return machine


@pytest.fixture
def running(home):
    """Enabled, and has told A."""
    home.lab.set_address(A)
    home.enable()
    home.wait_mail()
    home.wait_told()
    return home
