# SPDX-License-Identifier: GPL-2.0-or-later
"""`ipherald status` tells the truth in each state of the service: what is settled, told, owed, and waited for."""

import datetime
import json
import os
import pathlib
import pty
import re
import signal
import subprocess
import zlib

import pytest

from lab import A, ACCOUNT, B, INTERFACE, PASSWORD, SERVER
from mail_server import Hold, cut
from overlay import mount, umount
from process import PATIENCE, until
from service import PROGRAM

ME, YOU = "me@example.com", "you@example.com"
# A locale's name, whatever its content, is all that the choice of the language takes.
ANY_LOCALE = "/usr/lib/locale/C.utf8"
NOBODY = 65534


def command(service, *options):
    return [str(PROGRAM), "status", f"--runtime-dir={service.folder}/runtime", *options]


def run(argv, **options):
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "NO_COLOR"))}
    return subprocess.run(argv, env={**inherited, **options.pop("environment", {})}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=PATIENCE, check=False, **options)


def status(service):
    done = run(command(service, "--json"))
    assert done.stderr == "", done.stderr
    read = json.loads(done.stdout)
    assert done.returncode == (0 if read["running"] else 1)
    return read


def wait(service, condition):
    """The file is written right after the line of the log that a test waits for."""
    read = {}

    def holds():
        read.update(status(service))
        return condition(read)
    try:
        until(holds, "this status")
    finally:
        print(json.dumps(read))
    return read


def wait_for(service, reason, to=ME):
    """The status, and the record of TO, once it waits for this."""
    read = wait(service, lambda s: s["running"] and entry(s, to)["waits_for"] == reason)
    return read, entry(read, to)


def entry(read, to=ME):
    return next(d for d in read["destinations"] if d["to"] == to)


def ahead(text):
    """How many seconds lie between now and the time that is told."""
    return (datetime.datetime.fromisoformat(text) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def shown(service, **options):
    done = run(command(service), **options)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_told(service):
    read, me = wait_for(service, "nothing")
    assert (read["version"], read["pid"], read["settings"], read["ledger_writable"]) == (1, service.pid, "good", True)
    assert read["config"] == str(service.config)
    ipv4, ipv6 = read["addresses"]["ipv4"], read["addresses"]["ipv6"]
    assert (ipv4["address"], ipv4["interface"], ipv4["scope"]) == (A, INTERFACE, "documentation")
    assert -PATIENCE < ahead(ipv4["since"]) <= 0
    assert (ipv6["address"], ipv6["now"]["reason"]) == (None, "no-default-route")
    assert me["told"] == {"ipv4": A, "ipv6": None}
    assert (me["owed"], me["next_try"], me["failure"], me["sending"]) == ("nothing", None, None, False)
    text = shown(service)
    print(text)
    assert re.search(rf"^  IPv4  {A} on {INTERFACE} \(documentation\), since ", text, re.M)
    assert re.search(rf"^  {ME}  told {A}, no IPv6, 20", text, re.M)


def test_before_anything_is_settled(lab, server):
    lab.set_address(A)
    service = lab.service(quiet=60, limit=60).start()
    read, me = wait_for(service, "settling")
    read = wait(service, lambda s: s["settles_at"])
    assert not read["settled"] and 0 < ahead(read["settles_at"]) <= 60
    assert (read["addresses"]["ipv4"]["address"], read["addresses"]["ipv4"]["now"]["address"]) == (None, A)
    assert (me["told"], me["told_at"], me["owed"]) == ({}, None, "nothing")
    text = shown(service)
    assert "  IPv4  not settled yet\n" in text and f"settling: {A} on {INTERFACE}" in text


def test_settling_anew(lab, service):
    service.write_settings(quiet=60, limit=60)
    service.reload()
    service.wait_line("^Settings read anew")
    lab.set_address(B)
    read = wait(service, lambda s: s["addresses"]["ipv4"]["now"]["address"] == B and s["settles_at"])
    assert read["settled"] and read["addresses"]["ipv4"]["address"] == A
    text = shown(service)
    assert f"  IPv4  {A} on" in text and f"settling: {B} on" in text


def test_what_dns_says(lab, service):
    """The verb reads the name in the settings, of which the service has not heard yet."""
    hosts = lab.folder / "hosts"
    before = hosts.read_text("ascii")
    assert "  DNS " not in shown(service)
    service.config.write_text(service.config.read_text("utf-8") + 'watch = { name = "home.example.com"; };\n', "utf-8")
    for line, says in ((f"{A} home.example.com\n", f"for home.example.com says {A}\n"),
                       (f"{B} home.example.com\n", f"for home.example.com still says {B}\n"),
                       ("::1 home.example.com\n", "for home.example.com says ::1\n"),
                       ("", "has no address for home.example.com: ")):
        hosts.write_text(before + line, "ascii")
        assert f"  DNS   {says}" in shown(service)
    assert "dns" not in status(service)


def test_a_session_is_open(lab, server):
    hold = server.answers["DATA"] = Hold()
    lab.set_address(A)
    service = lab.service(to=[ME, YOU]).start()
    hold.wait_reached()
    read, me = wait_for(service, "ready")
    assert read["mail"]["sending"] and me["sending"] and entry(read, YOU)["sending"] and me["owed"] == "new"
    assert f"owed {A}: being sent now\n" in shown(service)
    hold.release()
    read, me = wait_for(service, "nothing")
    assert not wait(service, lambda s: not s["mail"]["sending"])["destinations"][0]["sending"]


def test_one_recipient_is_deferred(lab, server):
    server.answers[f"RCPT TO:<{YOU}>"] = '450 4.2.1 say "later" \\ \u00e9'
    lab.set_address(A)
    service = lab.service(to=[ME, YOU]).start()
    wait_for(service, "nothing")
    read, you = wait_for(service, "deferred", YOU)
    assert entry(read)["failure"] is None
    failure = you["failure"]
    assert (failure["step"], failure["code"], failure["enhanced_code"], failure["server_text"]) == \
        ("rcpt", 450, "4.2.1", 'say "later" \\ \u00e9')
    assert failure["server"] == f"{SERVER}:587" and -PATIENCE < ahead(failure["at"]) <= 0
    assert 50 < ahead(you["next_try"]) <= 90
    assert re.search(rf"owed {A}: put off: .*; next try 20\S+ \S+ \(in 1 min\)\n", shown(service))
    assert read["mail"]["failure"] is None


def test_refused_and_taken_later(lab, server):
    server.answers["RCPT"] = "550 5.1.1 nobody"
    lab.set_address(A)
    service = lab.service().start()
    _, me = wait_for(service, "failed")
    assert (me["failure"]["hint"], me["owed"]) == ("recipient", "new") and 23 * 3600 < ahead(me["next_try"])
    assert "Hint: does this mailbox exist?" in shown(service)
    del server.answers["RCPT"]
    service.reload()
    _, me = wait_for(service, "nothing")
    assert me["failure"] is None and me["told"]["ipv4"] == A


def test_held(lab, server):
    lab.set_address(A)
    service = lab.service(password="a wrong password").start()
    read, me = wait_for(service, "held")
    assert read["mail"]["held"] and read["mail"]["tries"] == 1
    assert (read["mail"]["failure"]["code"], read["mail"]["failure"]["hint"]) == (535, "password")
    assert 3500 < ahead(me["next_try"]) <= 5400
    text = shown(service)
    assert "the login was refused, and is held (refusals of this password: 1); next try 20" in text
    assert f"failed at the step auth ({SERVER}:587): 535 5.7.8" in text and "Hint: is the password right?" in text
    assert "a wrong password" not in text + (service.folder / "runtime/status").read_text("utf-8")


def test_unknown_and_superseded(lab, server, service):
    """B is cut behind the dot, and goes out again; back at A it is A that is owed, as a new mail."""
    server.answers["."] = cut
    service.write_settings(unknown_wait=600)
    service.reload()
    lab.set_address(B)
    service.wait_line("^Mail sending deferred:")
    read, me = wait_for(service, "unknown")
    assert (me["owed"], me["told"]["ipv4"], me["failure"]["outcome"]) == ("again", A, "unknown")
    assert 500 < ahead(me["next_try"]) <= 600
    assert f"owed {B}: the server's answer never came" in shown(service)
    last = read["addresses"]["ipv4"]["last"]
    assert [(entry["address"], entry["until"]) for entry in last] == [(A, read["addresses"]["ipv4"]["since"])]
    hold = server.answers["DATA"] = Hold()
    lab.set_address(A)
    hold.wait_reached()
    _, me = wait_for(service, "ready")
    assert (me["owed"], me["sending"]) == ("new", True)
    server.answers.clear()
    hold.release()
    wait_for(service, "nothing")


def test_limited(lab, service):
    service.write_settings(mails_per_hour=1)
    service.reload()
    service.wait_line("^Settings read anew")
    lab.set_address(B)
    _, me = wait_for(service, "limited")
    assert (me["owed"], me["told"]["ipv4"], me["failure"]) == ("new", A, None)
    assert 3500 < ahead(me["next_try"]) <= 3600
    assert f"owed {B}: as many mails as limits.mails_per_hour allows went out within the hour" in shown(service)


def test_no_server(lab):
    lab.set_address(A)
    service = lab.service().start()
    read, _ = wait_for(service, "deferred")
    failure = read["mail"]["failure"]
    assert (failure["step"], failure["hint"], failure["code"]) == ("connect", "server-port", None)
    assert f"failed at the step connect ({SERVER}:587): " in shown(service)


def test_mail_is_off(lab, service):
    text = service.config.read_text("utf-8")
    service.config.write_text(text.replace("enabled = true", "enabled = false", 1), "utf-8")
    service.reload()
    service.wait_line("^Settings read anew")
    lab.set_address(B)
    read, me = wait_for(service, "mail-off")
    assert not read["mail"]["enabled"] and (me["owed"], me["next_try"]) == ("new", None)
    assert "  Mail      off in the settings (mail.enabled)\n" in shown(service)


def test_disabled(lab, server):
    lab.set_address(A)
    service = lab.service(to=[ME, YOU])
    text = service.config.read_text("utf-8")
    service.config.write_text(text.replace(f'"{YOU}";', f'"{YOU}"; enabled = false;'), "utf-8")
    service.start()
    wait_for(service, "nothing")
    read, you = wait_for(service, "disabled", YOU)
    assert not you["enabled"] and entry(read)["enabled"]
    assert f"  {YOU}  told nothing yet; disabled in the settings\n" in shown(service)


def test_the_line_goes(lab, service):
    lab.unplug()
    read, me = wait_for(service, "no-address")
    ipv4 = read["addresses"]["ipv4"]
    assert (ipv4["address"], ipv4["scope"], ipv4["now"]["reason"]) == (None, None, "no-default-route")
    assert me["told"]["ipv4"] == A and me["owed"] == "nothing"
    text = shown(service)
    assert re.search(r"^  IPv4  none, since 20.*: there is no IPv4 default route$", text, re.M)
    assert re.search(rf"^  IPv4  {A}, since 20", text, re.M)


def test_the_line_comes_back(lab, service):
    lab.unplug()
    wait_for(service, "no-address")
    lab.plug()
    lab.set_address(A)
    read, _ = wait_for(service, "nothing")
    ipv4 = read["addresses"]["ipv4"]
    last, = ipv4["last"]
    assert ipv4["address"] == last["address"] == A
    assert ipv4["away"] == {"since": last["until"], "until": ipv4["since"]}
    assert re.search(rf"^  IPv4  none, since 20\S+ \S+ \(\d+ s\)\n        {A}, since 20", shown(service), re.M)


def test_what_the_settings_ask_for(lab, server):
    lab.set_address(A)
    phone = {"to": ME, "mac": "02-00-5E-10-00-01", "language": "ja", "families": "ipv4"}
    service = lab.service(to=[phone, YOU]).start()
    read, me = wait_for(service, "nothing")
    assert (me["mac"], me["language"], me["families"]) == ("02:00:5e:10:00:01", "ja", ["ipv4"])
    you = entry(read, YOU)
    assert (you["mac"], you["language"], you["families"]) == (None, "en", ["ipv4", "ipv6"])
    assert "  02:00:5e:10:00:01, mail in Japanese, changes of IPv4 alone\n" in shown(service)


def test_bad_settings(lab, service):
    """At a reload the old ones are kept; at a start there are none."""
    good = service.config.read_text("utf-8")
    service.config.write_text("mail = { port = 70000; };\n", "utf-8")
    service.reload()
    service.wait_line("are kept as they were")
    read = wait(service, lambda s: s["settings"] == "kept")
    assert read["mail"]["enabled"] and entry(read)["waits_for"] == "nothing"
    assert f"{service.config} holds a fault, so those before it are still in use" in shown(service)
    assert service.stop() == 0
    service.start()
    service.wait_line("^Settings not usable:")
    read, me = wait_for(service, "nothing")
    assert read["settings"] == "unusable" and not me["enabled"]
    assert f"nothing is mailed: ipherald check --config {service.config}" in shown(service)
    service.config.write_text(good, "utf-8")
    service.reload()
    wait(service, lambda s: s["settings"] == "good")


def test_ledger_is_unwritable(lab, server):
    lab.set_address(A)
    service = lab.service()
    state = service.folder / "state"
    mount("--bind", state, state)
    mount("-o", "remount,bind,ro", state)
    service.start()
    read, me = wait_for(service, "nothing")
    assert not read["ledger_writable"] and me["told"]["ipv4"] == A
    assert "  Ledger    can't be written" in shown(service)
    assert service.stop() == 0
    umount(state)


def test_who_may_read(service):
    """Everybody, without a privilege; and nothing else lies there."""
    assert sorted(os.listdir(service.folder / "runtime")) == ["addresses", "changed", "status"]
    assert (service.folder / "runtime/status").stat().st_mode & 0o7777 == 0o644
    done = run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command(service, "--json")])
    assert json.loads(done.stdout)["pid"] == service.pid
    for secret in (PASSWORD, ACCOUNT):
        assert secret not in (service.folder / "runtime/status").read_text("utf-8")


def test_down(service):
    assert service.stop() == 0
    assert os.listdir(service.folder / "runtime") == []
    assert status(service) == {"version": 1, "running": False}
    done = run(command(service))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("ipherald status: the service is not running: "
                           f"ipherald run --runtime-dir {service.folder}/runtime\n")
    done = run([str(PROGRAM), "status"])
    assert done.stderr == "ipherald status: the service is not running: sudo systemctl start ipherald\n"
    done = run([str(PROGRAM), "status", "--runtime-dir=/run/ipherald/"])
    assert done.stderr == "ipherald status: the service is not running: ipherald run --runtime-dir /run/ipherald/\n"


def test_a_second_service_takes_nothing_away(service):
    """It ends at the state folder, which is taken, and the first one's status stands."""
    second = subprocess.run(service.command("run"), capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert second.returncode == 1 and f"another ipherald is using it, process {service.pid}" in second.stderr
    assert status(service)["pid"] == service.pid


def test_killed(service):
    """What a service left behind that has no say any more is not taken for the truth."""
    assert service.stop(signal.SIGKILL) == -signal.SIGKILL
    assert sorted(os.listdir(service.folder / "runtime")) == ["addresses", "changed", "status"]
    assert status(service) == {"version": 1, "running": False}
    assert "the service has ended without a word: ipherald run" in run(command(service)).stderr


def test_its_id_belongs_to_another(service):
    """Ids come again: another process of the id that stands in the file is not the service."""
    assert service.stop(signal.SIGKILL) == -signal.SIGKILL
    file = service.folder / "runtime/status"
    records = re.sub(r"pid=\d+", f"pid={os.getpid()}", file.read_text("utf-8"))
    records = records[:records.rindex("end crc32=")]
    file.write_text(f"{records}end crc32={zlib.crc32(records.encode()):08x}\n", "utf-8")
    assert status(service) == {"version": 1, "running": False}
    born = pathlib.Path("/proc/self/stat").read_text("ascii").rsplit(")", 1)[1].split()[19]
    records = re.sub(r"started-at=\d+", f"started-at={born}", records)
    file.write_text(f"{records}end crc32={zlib.crc32(records.encode()):08x}\n", "utf-8")
    assert status(service)["pid"] == os.getpid()


@pytest.mark.parametrize("octets, said", [
    (b"", "it can't be read as what the service writes"),
    (b"ipherald-status 1\n\xff\x00", "it can't be read as what the service writes"),
])
def test_damaged(service, octets, said):
    wait(service, lambda s: not s["mail"]["sending"])
    (service.folder / "runtime/status").write_bytes(octets)
    done = run(command(service))
    assert done.returncode == 1 and done.stderr == f"ipherald status: {service.folder}/runtime/status: {said}\n"


@pytest.mark.parametrize("make, why", [
    (os.mkfifo, "it is no regular file"),
    (os.mkdir, "it is a folder"),
    (lambda path: path.write_bytes(bytes(2 ** 24 + 1)), "it is too large"),
])
def test_something_else_in_its_place(tmp_path, make, why):
    make(tmp_path / "status")
    done = run([str(PROGRAM), "status", f"--runtime-dir={tmp_path}"])
    assert (done.returncode, done.stderr) == (1, f"ipherald status: {tmp_path}/status: {why}\n")


def test_written_at_changes_alone(lab, service):
    """The same address again, as each renewal has it, writes nothing."""
    wait(service, lambda s: not s["mail"]["sending"])
    before = (service.folder / "runtime/status").stat().st_ino
    lab.client.ip("address", "change", f"{A}/24", "dev", INTERFACE, "valid_lft", "600", "preferred_lft", "600")
    read = wait(service, lambda s: s["running"])
    assert (service.folder / "runtime/status").stat().st_ino == before and read["settles_at"] is None


def test_a_full_folder_that_has_room_again(lab, server):
    """Nothing happens but that: what could not be written is, and no older state stands for the truth."""
    lab.set_address(A)
    service = lab.service()
    runtime = service.folder / "runtime"
    mount("-t", "tmpfs", "-o", "size=16k", "tmpfs", runtime)
    service.start()
    wait_for(service, "nothing")
    ballast = runtime / "ballast"
    with open(ballast, "wb", buffering=0) as f, pytest.raises(OSError):
        while True:
            f.write(bytes(4096))
    lab.set_address(B)
    server.wait_mails(2)
    service.wait_line("^Can't write what `ipherald status` reads: No space left on device")
    ballast.unlink()
    wait(service, lambda s: s["destinations"][0]["told"]["ipv4"] == B and not s["mail"]["sending"])
    assert len(service.matching("^Can't write what")) == 1
    assert service.stop() == 0
    umount(runtime)


def test_without_a_folder(lab, server):
    lab.set_address(A)
    service = lab.service()
    (service.folder / "runtime").rmdir()
    service.start()
    assert "Can't use the runtime folder" in service.wait_line("runtime folder")
    service.wait_line("^Mail sending completed:")


def test_on_a_terminal(service):
    """Coloured, unless NO_COLOR is set; no line is longer than the terminal is wide."""
    def seen(**environment):
        ours, theirs = pty.openpty()
        subprocess.run(["stty", "cols", "60"], stdin=theirs, check=True)
        subprocess.run(command(service), stdout=theirs, env={**os.environ, **environment}, check=True)
        os.close(theirs)
        octets = b""
        try:
            while chunk := os.read(ours, 65536):
                octets += chunk
        except OSError:
            pass  # all of it was read
        os.close(ours)
        return octets.decode()
    wait(service, lambda s: not s["mail"]["sending"])  # both are to see the same
    coloured, plain = seen(NO_COLOR=""), seen(NO_COLOR="1")
    assert "\033[32m" in coloured and "\033" not in plain
    assert [line.split("(")[0] for line in re.sub(r"\033\[\d*m", "", coloured).splitlines()] == \
        [line.split("(")[0] for line in plain.splitlines()]
    assert max(len(line) for line in plain.splitlines()) <= 60


@pytest.fixture
def japanese(tmp_path):
    if not os.path.isdir(ANY_LOCALE):
        pytest.skip(f"no {ANY_LOCALE}")
    (tmp_path / "ja_XX.UTF-8").symlink_to(ANY_LOCALE)
    return {"LOCPATH": str(tmp_path), "LC_ALL": "ja_XX.UTF-8"}


def test_in_japanese(lab, server, japanese):
    lab.set_address(A)
    service = lab.service(password="a wrong password").start()
    wait_for(service, "held")
    text = shown(service, environment=japanese)
    print(text)
    assert "対処: パスワードは正しいですか" in text and "\n宛先\n" in text and f"  IPv4  {A}、{INTERFACE} (文書用)、20" in text


def first_settled(lab, service):
    """The line of `ipherald watch` about the address that it begins with."""
    argv = lab.client.command(str(PROGRAM), "watch", f"--config={service.config}")
    environment = {**os.environ, "RUNTIME_DIRECTORY": f"{service.folder}/runtime", "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environment) as watch:
        try:
            return next(line for line in watch.stdout if f"  IPv4: {A} on {INTERFACE}; settled" in line)
        finally:
            watch.kill()


def test_watch_knows_what_was_told(lab, server):
    hold = server.answers["DATA"] = Hold()
    lab.set_address(A)
    service = lab.service().start()
    hold.wait_reached()
    assert first_settled(lab, service).endswith("; settled\n")
    hold.release()
    wait_for(service, "nothing")
    assert first_settled(lab, service).endswith("; settled, already told\n")
