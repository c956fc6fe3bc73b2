# SPDX-License-Identifier: GPL-2.0-or-later
"""The service around its mails: settings that fail and heal, the ledger's mishaps, a second instance, the dry run."""

import os
import pathlib
import signal
import subprocess
import sys

import pytest

from lab import A, B, C, INTERFACE, PASSWORD, SILENCE
from mail_server import Hold
from process import Process
from service import PROGRAM, Service

QUICK = "settle = { quiet = 0.1; };\n"

# Turns into the program with a SIGHUP that waits for it.
RELOADED_AT_ONCE = (sys.executable, "-c",
                    "import os, signal, sys\n"
                    "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])\n"
                    "os.kill(os.getpid(), signal.SIGHUP)\n"
                    "os.execvp(sys.argv[1], sys.argv[1:])\n")


def run(lab, *words):
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_DIRECTORY")}
    return subprocess.run(lab.client.command(PROGRAM, "run", *words), capture_output=True, text=True, timeout=30,
                          check=False, env=environment)


def test_bad_settings_mail_nothing_until_a_reload(lab, server):
    lab.set_address(A)
    service = lab.service()
    service.config.write_text('mail = {\n  enabled = true;\n  prot = 587;\n};\n', "utf-8")
    service.start()
    assert "mail.port" in service.wait_line(f"^Settings not usable: {service.config}:3:")
    service.wait_line(f"^Address changed: IPv4 {A}")
    assert server.stays_idle(SILENCE)
    service.write_settings()
    service.reload()
    assert server.wait_mails(1).has_line(A)


def test_a_bad_reload_keeps_the_settings(lab, server, service):
    service.config.write_text("mail = { port = 70000; };\n", "utf-8")
    service.reload()
    assert "1 to 65535" in service.wait_line("^Settings not usable:")
    service.wait_line("kept as they were")
    lab.set_address(B)
    assert server.wait_mails(2).has_line(B)


def test_a_reload_looks_anew_at_what_is_watched(lab, server, service):
    service.config.write_text(service.config.read_text("utf-8") + 'watch = { interfaces = "none0"; };\n', "utf-8")
    service.reload()
    assert "watch.interfaces" in service.wait_line("^Address gone:")
    service.write_settings()
    service.reload()
    service.wait_line(f"^Address changed:.*{A}")
    assert server.stays_idle(SILENCE)


def test_a_destination_that_was_unlisted_begins_anew(lab, server, service):
    service.write_settings(to=["you@example.com"])
    service.reload()
    assert server.wait_mails(2).recipients == ["you@example.com"]
    service.wait_line("^Mail sending completed:.*you@")
    service.write_settings(to=["me@example.com", "you@example.com"])
    service.reload()
    assert server.wait_mails(3).recipients == ["me@example.com"]
    assert "was" not in server.mails[-1].subject


def test_a_reload_before_the_first_picture(lab, server, service):
    """The addresses are not known yet, which does not mean that there are none."""
    assert service.stop() == 0
    service.write_settings(quiet=0, limit=0)
    service.start(wrapper=RELOADED_AT_ONCE)
    service.wait_line("^Settings read anew")
    assert server.stays_idle(SILENCE)
    assert not service.matching("^Address gone:")


def test_superseded(lab, server, service):
    hold = server.answers["DATA"] = Hold()
    lab.set_address(B)
    hold.wait_reached()
    lab.client.ip_batch(f"address add {C}/24 dev {INTERFACE}", f"route replace default dev {INTERFACE} src {C}")
    service.wait_line(f"^Address changed:.*{C}")
    hold.release()
    assert B in service.wait_line("^Mail superseded:")
    mail = server.wait_mails(2)
    assert mail.has_line(C) and mail.subject.endswith(f"(was {A})")
    assert len(server.bodies) == 2  # nothing of B's mail went out


def test_a_reader_who_is_unlisted_while_the_mail_goes_out(lab, server, service):
    hold = server.answers["DATA"] = Hold()
    lab.set_address(B)
    hold.wait_reached()
    service.write_settings(to=["you@example.com"])
    service.reload()
    service.wait_line("^Settings read anew")
    hold.release()
    service.wait_line("^Mail superseded:")
    assert server.wait_mails(2).recipients == ["you@example.com"]
    assert len(server.bodies) == 2


def processor_seconds(pid):
    words = pathlib.Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def test_a_session_is_waited_for_at_rest(lab, server, service):
    hold = server.answers["DATA"] = Hold()
    lab.set_address(B)
    hold.wait_reached()
    before = processor_seconds(service.pid)
    assert server.stays_idle(SILENCE)
    assert processor_seconds(service.pid) - before < SILENCE / 5
    hold.release()
    server.wait_mails(2)


def test_children_ignored_by_who_starts_it(lab, server):
    """An ignored SIGCHLD is handed on to what is executed, and the kernel would reap the mailer unseen."""
    lab.set_address(A)
    service = lab.service().start(wrapper=["env", "--ignore-signal=CHLD"])
    server.wait_mails(1)
    service.wait_line("^Mail sending completed:")
    lab.set_address(B)
    server.wait_mails(2)


def test_a_damaged_ledger_is_set_aside(lab, server, service):
    assert service.stop() == 0
    text = service.ledger.read_bytes()
    service.ledger.write_bytes(text.replace(A.encode(), B.encode()))
    service.start()
    assert "ledger.damaged-1" in service.wait_line("^Ledger damaged:")
    assert server.wait_mails(2).has_line(A)
    assert service.ledger.with_name("ledger.damaged-1").read_bytes() == text.replace(A.encode(), B.encode())


@pytest.mark.parametrize("medium", ["ro", "nr_inodes=1"])
def test_an_unwritable_ledger_is_said_once(lab, server, medium):
    lab.set_address(A)
    service = lab.service()
    state = service.folder / "state"
    subprocess.run(["mount", "-t", "tmpfs", "-o", medium, "tmpfs", state], check=True)
    try:
        service.start()
        server.wait_mails(1)
        lab.set_address(B)
        server.wait_mails(2)
        assert len(service.matching("^Ledger not writable:")) == 1
        second = subprocess.run(service.command("run"), capture_output=True, text=True, timeout=30, check=False)
        assert second.returncode == 1 and second.stderr.rstrip().endswith("another ipherald is using it")
    finally:
        service.close()
        subprocess.run(["umount", state], check=True)


def test_a_second_instance_names_the_first(service):
    second = subprocess.run(service.command("run"), capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert second.stderr.rstrip().endswith(f"another ipherald is using it, process {service.pid}")


def test_lost_events_are_said_and_read_anew(lab, server, service):
    service.kill(signal.SIGSTOP)
    lab.client.ip_batch(*[f"address add 10.9.{i // 250}.{i % 250 + 1}/32 dev lo" for i in range(1500)])
    lab.set_address(B)
    service.kill(signal.SIGCONT)
    service.wait_line("^Kernel events lost:")
    assert server.wait_mails(2).has_line(B)


def test_folders_from_the_environment(lab, server):
    lab.set_address(A)
    service = Service(lab.folder / "by-environment", PASSWORD, ca_file=lab.authority.ca_file)
    environment = {**os.environ, "STATE_DIRECTORY": str(service.folder / "state"),
                   "CREDENTIALS_DIRECTORY": str(service.folder / "credentials")}
    process = Process(lab.client.command(PROGRAM, "run", f"--config={service.config}"), env=environment)
    try:
        server.wait_mails(1)
        process.wait_line("^Mail sending completed:")
    finally:
        assert process.stop() == 0
    assert "told-ipv4=" + A in service.ledger.read_text("utf-8")


def test_a_run_without_a_state_folder_names_the_option(lab):
    result = run(lab)
    assert result.returncode == 2
    assert "--state-dir" in result.stderr


def test_a_missing_settings_file_that_was_named_is_an_error(lab, tmp_path):
    result = run(lab, "--dry-run", "--config", tmp_path / "none.conf")
    assert result.returncode == 1
    assert "none.conf" in result.stderr


@pytest.mark.parametrize("settings", [QUICK, QUICK + "mail = { port = 70000; };\n"])
def test_dry_run_without_usable_settings(lab, tmp_path, settings):
    (tmp_path / "c").write_text(settings, "utf-8")
    lab.set_address(A)
    result = run(lab, "--dry-run", "--once", "--config", tmp_path / "c")
    assert result.returncode == 0
    assert "\nTo: nobody@invalid\n" in result.stdout and f"\n{A}\n" in result.stdout
    assert "nobody@invalid" in result.stderr


def test_dry_run_without_an_address_says_why(lab, tmp_path):
    (tmp_path / "c").write_text(QUICK, "utf-8")
    result = run(lab, "--dry-run", "--once", "--config", tmp_path / "c")
    assert result.returncode == 0 and result.stdout == ""
    assert "No IPv4 address counts: there is no IPv4 default route" in result.stderr
    assert "No IPv6 address counts: there is no IPv6 default route" in result.stderr
