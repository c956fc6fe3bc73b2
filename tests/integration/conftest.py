# SPDX-License-Identifier: GPL-2.0-or-later
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from catalogue import row_of
from certificates import Authority
from lab import A, Lab
from mailer_harness import ACCOUNT, MAILER, USERS
from moved_clock import MovedClock
from namespaces import require_namespaces
from router import Home, require_router
from service import is_built


def make_authority(name):
    """The mailer reads ca_file as another user, and pytest's own folders are closed to others."""
    with tempfile.TemporaryDirectory(prefix="ipherald-authority-") as folder:
        os.chmod(folder, 0o755)
        yield Authority(Path(folder), name)


@pytest.fixture(scope="session")
def authority():
    yield from make_authority("Test Authority")


@pytest.fixture(scope="session")
def other_authority():
    yield from make_authority("Another Authority")


@pytest.fixture(scope="session")
def good(authority):
    """A server's certificate that is as it should be."""
    return authority.certificate(names=["mail.example.com"], addresses=["127.0.0.1"])


@pytest.fixture
def credentials(tmp_path):
    """A folder of secrets, with the right password."""
    (tmp_path / "ipherald.smtp-password").write_text(USERS[ACCOUNT] + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def login(authority, credentials):
    """What an order needs to log in at a server that has the certificate `good`."""
    return {"account": ACCOUNT, "credentials": credentials, "ca_file": authority.ca_file,
            "tls_name": "mail.example.com"}


@pytest.fixture(params=["fifo", "device", "large"])
def unfit(request, authority):
    """A file that must not be read to its end, and the words for it."""
    path = authority.folder / "unfit"
    if request.param == "fifo":
        os.mkfifo(path, 0o644)
    elif request.param == "device":
        path.symlink_to("/dev/zero")
    else:
        path.write_bytes(b"#" * (1024 * 1024 + 1))
    yield path, "it is too large" if request.param == "large" else "it is no regular file"
    path.unlink()


@pytest.fixture
def two_addresses(tmp_path):
    """A command that starts the mailer where two.example.com is 127.0.0.3 and 127.0.0.2, in this order, and
    both.example.com ::1 and 127.0.0.1."""
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.3 two.example.com\n127.0.0.2 two.example.com\n"
                     "::1 both.example.com\n127.0.0.1 both.example.com\n", encoding="ascii")
    tmp_path.chmod(0o755)
    unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    command = unshare + ["sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts]
    if subprocess.run(command + ["true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        pytest.skip("no mount namespace here")
    return command + [MAILER]


@pytest.fixture
def lab():
    """Two machines and a cable. What the programs say is shown where the test fails."""
    require_namespaces()
    assert is_built(), "no program in the build folder"
    made = Lab()
    yield made
    try:
        made.close()
    finally:
        for service in made.services:
            print(service.text())


@pytest.fixture
def server(lab):
    return lab.mail_server()


@pytest.fixture(scope="module")
def one_home():
    require_router()
    made = Home()
    yield made
    made.close()


@pytest.fixture
def home(one_home):
    """A machine behind a router. What the programs say is shown where the test fails."""
    before = len(one_home.services)
    yield one_home
    try:
        one_home.reset()
    finally:
        for program in [*one_home.services[before:], one_home.upnpd]:
            if program:
                print(program.text())


@pytest.fixture
def mail_server(home):
    """Outside of it."""
    return home.mail_server()


@pytest.fixture
def moved(lab):
    """The clocks of whatever service is started with their `environment`."""
    clock = MovedClock(lab.folder)
    yield clock
    clock.close()


@pytest.fixture
def service(lab, server):
    """Runs, and has told A."""
    lab.set_address(A)
    running = lab.service().start()
    server.wait_mails(1)
    running.wait_line("^Mail sending completed:")
    return running


@pytest.fixture
def home_clock(tmp_path):
    """As `moved`, for a service at home."""
    clock = MovedClock(tmp_path)
    yield clock
    clock.close()


def pytest_terminal_summary(terminalreporter):
    """How many rows of the catalogue this run has met; one that a test failed is named with the others."""
    seen, failed = set(), set()
    for outcome, reports in terminalreporter.stats.items():
        for report in reports:
            row = row_of(getattr(report, "nodeid", ""))
            if row and outcome in ("passed", "failed", "error"):
                seen.add(row)
                failed |= {row} if outcome != "passed" else set()
    if seen:
        terminalreporter.write_line(f"catalogue: {len(seen)} rows, " + (
            f"failed: {', '.join(map(str, sorted(failed)))}" if failed else "passed"))
