# SPDX-License-Identifier: GPL-2.0-or-later
"""The package: built, installed by apt, upgraded, removed, installed again, purged."""

import hashlib
import json
import re
import shutil
import subprocess
import tarfile

import pytest

from home import APT_PATIENCE, OTHER_READER, READER, Home
from lab import A, B
from process import wait_end
from service import TOP

SETTINGS = "/etc/ipherald/ipherald.conf"
OLD_SETTINGS = "as they were shipped before"
OLD_DESCRIPTION = ", as before"
INSTANCE = "ppp1"
UNITS = ("ipherald", f"ipherald@{INSTANCE}")
TIMERS = ("ipherald-test.timer", f"ipherald-test@{INSTANCE}.timer")
STORES = ("/etc/credstore", "/etc/credstore.encrypted")
SECRETS = ("smtp-password", "pop-password", "tls-key", "wg-home.conf")
NSUPDATE_KEY = "ipherald-nsupdate.key"
# What a machine writes while it runs, apt's and dpkg's own records among it.
BUSY = ("/var/log/", "/var/cache/", "/var/lib/apt/", "/var/lib/dpkg/", "/var/lib/systemd/", "/tmp/", "/var/tmp/",
        "/run/systemd/", "/run/lock/", "/run/log/")
# What dpkg and deb-systemd-helper keep of a package until it is purged.
RECORDS = ("/var/lib/dpkg/info/", "/var/lib/systemd/deb-systemd-helper-enabled/")


@pytest.fixture
def bare(release):
    """Booted, without the package."""
    made = Home(release, [release.base])
    yield made
    made.close()


@pytest.fixture
def bare_with_mail(mail_root, bare):
    bare.real_mail()
    bare.lab.set_address(A)
    for store in STORES:
        bare.box.run("install", "-d", "-m", "0700", store)
    return bare


@pytest.fixture
def workshop(release):
    """Booted as well: where the package was built."""
    made = Home(release, [release.build_root])
    yield made
    made.close()


def lines(home):
    """The service and an instance of it."""
    return [home, home.instance(INSTANCE)]


def start(home):
    """Both are enabled, and have told A to a reader of their own."""
    for unit, reader in zip(lines(home), (READER, OTHER_READER)):
        unit.write_settings(to=[reader])
        unit.write_password()
        unit.enable()
        home.wait_mail()
        unit.wait_told()


def change(home):
    """The address, which both tell; and that they told nothing else since A."""
    home.lab.set_address(B)
    for _ in lines(home):
        home.wait_mail()
    for reader in (READER, OTHER_READER):
        first, second = home.mails(reader)
        assert first["Subject"].endswith(A) and second["Subject"].endswith(f"{B} (was {A})")


def states(home, verb, units=UNITS):
    return [home.box.run("systemctl", verb, unit, check=False).strip() for unit in units]


def ledgers(home):
    return [home.box.path(f"{unit.state}/ledger").read_text("ascii") for unit in lines(home)]


def paths(home):
    """All that lies on the machine, but for what comes and goes on any."""
    found = home.box.run("find", "/", "/run", "-xdev", "-type", "d", "-printf", "%p/\n", "-o", "-printf", "%p\n")
    return {path for path in found.splitlines() if "ipherald" in path or not path.startswith(BUSY)}


def shipped(home):
    """On Debian 12 the package says /lib where it means /usr/lib."""
    return {re.sub("^/lib/", "/usr/lib/", path) for path in home.box.run("dpkg", "-L", "ipherald").splitlines()}


def test_two_builds_are_the_same_bytes(release):
    """Whatever the folder, the time, the language and the umask."""
    sums = [{path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (release.package / build).iterdir()
             if path.suffix in (".deb", ".dsc", ".xz")} for build in ("first", "second")]
    print(json.dumps(sums[0], indent=1))
    assert len(sums[0]) == 4 and sums[0] == sums[1]


def test_lintian_has_nothing_to_say(release):
    assert (release.package / "lintian").read_text("utf-8") == ""


def test_hardening(release):
    """What apt has installed, by the rule of the house: Debian 12's own flags leave some of it out."""
    installed = release.layers[0] / "usr"
    programs = [installed / "bin/ipherald", installed / "libexec/ipherald-mailer", installed / "libexec/ipherald-hand-on"]
    done = subprocess.run([TOP / "tests/house/hardening.py", *programs], stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_autopkgtest(workshop):
    """debian/tests, by the program that runs them in Debian. The isolation that they ask for is the machine itself."""
    share = workshop.box.path("/srv")
    deb = workshop.box.release.deb()
    shutil.copy(deb, share)
    with tarfile.open(*deb.parent.glob("*.tar.xz")) as source:
        source.extractall(share)
    tree, = (path for path in share.iterdir() if path.is_dir())
    said = workshop.box.run("autopkgtest", "--ignore-restrictions=isolation-container", f"/srv/{deb.name}",
                            f"/srv/{tree.name}//", "--", "null", deadline=APT_PATIENCE)
    print(said)
    assert re.search("^installed +PASS$", said, re.M)


def test_installed_and_untouched(bare):
    """It waits for its owner: nothing runs, nothing is enabled, no user was made, and each file is as it was shipped."""
    users = [bare.box.path(path).read_text("utf-8") for path in ("/etc/passwd", "/etc/group")]
    bare.install()
    print(bare.box.run("systemctl", "status", "ipherald", check=False))
    assert states(bare, "is-enabled") == ["disabled", "disabled"]
    assert states(bare, "is-active") == ["inactive", "inactive"]
    assert not bare.box.journal.messages(SYSLOG_IDENTIFIER="ipherald")
    assert [bare.box.path(path).read_text("utf-8") for path in ("/etc/passwd", "/etc/group")] == users
    assert bare.box.run("dpkg-query", "-W", "-f", "${Conffiles}", "ipherald").split()[0::2] == [SETTINGS]
    assert bare.box.run("dpkg", "--verify", "ipherald") == ""
    bare.box.run("ipherald", "check")
    own = {path.rstrip("/") for path in paths(bare) if "ipherald" in path and not path.startswith(RECORDS)}
    assert own == {path for path in shipped(bare) if "ipherald" in path}


def test_upgrade_of_what_does_not_run(bare):
    """Nothing is started by it, what its owner has enabled for the next boot neither."""
    bare.install("previous")
    bare.systemctl("enable", "ipherald")
    assert OLD_SETTINGS in bare.box.path(SETTINGS).read_text("utf-8")
    bare.install()
    assert OLD_SETTINGS not in bare.box.path(SETTINGS).read_text("utf-8")
    assert states(bare, "is-enabled") == ["enabled", "disabled"]
    assert states(bare, "is-active") == ["inactive", "inactive"]


def test_upgrade_while_it_runs(bare_with_mail):
    home = bare_with_mail
    home.install("previous")
    start(home)
    settings, before = home.box.path(SETTINGS).read_text("utf-8"), [unit.main_pid() for unit in lines(home)]
    assert all(unit.property("Description").endswith(OLD_DESCRIPTION) for unit in lines(home))
    told = ledgers(home)
    # As unattended upgrades do it: where the owner has changed a file and the package too, the owner's stays.
    home.install("first", "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold")
    for pid in before:
        wait_end(pid)
    assert not {unit.main_pid() for unit in lines(home)} & set(before)
    assert not any(OLD_DESCRIPTION in unit.property("Description") for unit in lines(home))
    assert states(home, "is-active", [*UNITS, "ipherald@other"]) == ["active", "active", "inactive"]
    assert home.box.path(SETTINGS).read_text("utf-8") == settings
    assert ledgers(home) == told
    change(home)


def test_removed_and_installed_again_and_purged(bare_with_mail):
    home = bare_with_mail
    home.install()
    others = {path for path in paths(home) if "ipherald" not in path}
    start(home)
    home.systemctl("enable", "--now", *TIMERS)
    home.edit_service("Nice=1")
    for store in STORES:
        home.box.run("cp", "-p", home.password_file, f"{store}/{NSUPDATE_KEY}")
        for unit in lines(home):
            for secret in SECRETS:
                home.box.run("cp", "-p", home.password_file, f"{store}/{unit.name}.{secret}", check=False)
    settings, told = home.box.path(SETTINGS).read_text("utf-8"), ledgers(home)

    pids = [unit.main_pid() for unit in lines(home)]
    home.apt("remove", "ipherald")
    for pid in pids:
        wait_end(pid)
    assert states(home, "is-active", [*UNITS, *TIMERS]) == ["inactive"] * 4
    assert home.box.path(SETTINGS).read_text("utf-8") == settings and ledgers(home) == told

    home.install()
    assert home.box.path(SETTINGS).read_text("utf-8") == settings
    assert states(home, "is-enabled") == ["enabled", "enabled"]
    for unit in lines(home):
        unit.restart()
    change(home)

    pids = [unit.main_pid() for unit in lines(home)]
    home.apt("purge", "ipherald")
    for pid in pids:
        wait_end(pid)
    # Certificates and drop-ins are the owner's own.
    assert paths(home) - others == {"/etc/ipherald/", "/etc/ipherald/ca.pem",
                                    home.drop_in, home.drop_in.removesuffix("override.conf")}
