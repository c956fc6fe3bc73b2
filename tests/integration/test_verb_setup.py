# SPDX-License-Identifier: GPL-2.0-or-later
"""`ipherald setup` at a terminal, before a real Postfix with Dovecot: what is asked, what is tried, what is written, and
that nothing is where it was broken off."""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess

import pexpect
import pytest

import postfix
from lab import A, ACCOUNT, INTERFACE, PASSWORD, SERVER, Lab
from namespaces import require_namespaces
from natpmp_responder import NatPmpResponder
from process import PATIENCE
from service import PROGRAM
from test_verb_test import assert_no_secret

ME = "me@example.com"
LOCAL = "gateway"  # an account at Dovecot that has no domain
CREDENTIAL = "ipherald.smtp-password"


@pytest.fixture(scope="module")
def line():
    """One line and one mail server for all of them."""
    require_namespaces()
    if os.environ["IPHERALD_TESTS_NAMESPACES"] != "root":
        pytest.skip("a real Postfix runs under several users, which takes root")
    if not postfix.is_made():
        pytest.skip("build/root-mail is not made (tests/integration/postfix_root.sh)")
    lab = Lab()
    lab.set_address(A)
    lab.mail = postfix.Postfix(lab.server, lab.certificate, {ACCOUNT: PASSWORD, LOCAL: PASSWORD}, [ME],
                               lab.folder / "postfix")
    yield lab
    lab.mail.close()
    print(lab.mail.log())
    lab.close()


@pytest.fixture
def server(line):
    return line.mail


class Files:
    """What setup may write: settings and a folder of credentials. A part of the settings is no question of its own."""

    def __init__(self, lab, name):
        self.lab = lab
        self.folder = lab.folder / name
        self.credentials = self.folder / "credstore"
        self.credentials.mkdir(parents=True)
        self.config = self.folder / "ipherald.conf"
        self.config.write_text(f'mail = {{ tls = {{ ca_file = "{lab.authority.ca_file}"; }}; }};\n'
                               "settle = { quiet = 0.5; };\n", "ascii")
        self.before = self.all()

    def all(self):
        return {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}

    def command(self, *options, path=None):
        """PATH: where it looks for other programs."""
        only = ["/usr/bin/env", f"PATH={path}"] if path else []
        return self.lab.client.command(*only, str(PROGRAM), "setup", f"--config={self.config}",
                                       f"--credentials-dir={self.credentials}", *options)

    def untouched(self):
        assert not list(pathlib.Path("/run").glob("ipherald-setup.*")), "a secret is left behind"
        return self.all() == self.before

    def written(self, account=ACCOUNT):
        assert (self.credentials / CREDENTIAL).read_text() == PASSWORD
        assert (self.credentials / CREDENTIAL).stat().st_mode & 0o777 == 0o600
        assert self.config.with_name("ipherald.conf.bak").read_bytes() == self.before[self.config]
        text = self.config.read_text()
        for line in (f'server = "{SERVER}";', f'account = "{account}";', "quiet = 0.5;", f'to = "{ME}";',
                     f'ca_file = "{self.lab.authority.ca_file}";'):
            assert line in text
        done = subprocess.run([str(PROGRAM), "check", f"--config={self.config}",
                               f"--credentials-dir={self.credentials}"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        return True


@pytest.fixture
def files(line, request):
    return Files(line, re.sub(r"\W", "-", request.node.name))


class Dialogue:
    """The screen is kept, as it was, for whoever reads of a failure."""

    def __init__(self, files, path=None, *options):
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}
        argv = files.command(*options, path=path)
        self.child = pexpect.spawn(argv[0], argv[1:], env={**inherited, "NO_COLOR": "1"}, encoding="utf-8",
                                   timeout=PATIENCE, dimensions=(50, 200))
        self.screen = ""

    def expect(self, words):
        self.child.expect_exact(words)
        self.screen += self.child.before + self.child.after

    def answer(self, question, text=""):
        self.expect(question)
        self.expect(":")
        self.child.sendline(text)

    def password(self, text):
        """Typed once nothing is shown any more."""
        self.expect("Password")
        assert self.child.waitnoecho(PATIENCE)
        self.child.sendline(text)

    def end(self):
        self.child.expect(pexpect.EOF)
        self.screen += self.child.before
        self.child.close()
        print(self.screen.replace("\r", ""))
        assert_no_secret(self.screen, PASSWORD)
        return self.child.exitstatus

    def server(self, name=SERVER, port="", security=""):
        self.answer("Mail server", name)
        self.answer("Port", port)
        self.answer("Encryption", security)
        self.answer("Sender", ACCOUNT)

    def login(self, account="", password=PASSWORD):
        self.answer("Login (")
        self.answer("Account name", account)
        self.password(password)

    def rest(self):
        """From the login that works to the files."""
        self.expect("The login works")
        self.answer("Destination's mail address", ME)
        self.answer("MAC address")
        self.answer("Language")
        self.answer("Another destination")
        self.answer("Send a test mail")
        self.expect("The server has accepted the mail for 1 of 1")
        self.answer("Write this")
        assert self.end() == 0


def test_right_first_time(files, server):
    if not shutil.which("systemd-ask-password"):
        pytest.skip("no systemd-ask-password here")
    before = len(server.mails(ME))
    dialogue = Dialogue(files)
    dialogue.server()
    dialogue.login()
    dialogue.rest()
    assert files.written()
    server.wait_delivered()
    mail = server.mails(ME)[before]
    assert mail["Subject"].endswith(f"Test: IP address: {A}")


def test_all_wrong_at_first(files, server):
    """Each fault is named by its step with what to try, and what to change is asked; systemd-ask-password is not there.
    A server that says nothing is not waited for as long as a mail may take."""
    dialogue = Dialogue(files, "/nonexistent")
    dialogue.server("nowhere.example.com")
    dialogue.login()
    dialogue.expect("Failed at the step resolve")
    dialogue.answer("What now")
    dialogue.server(SERVER, "2525", "starttls")
    dialogue.login(password="a wrong one")
    for port, security, step, words in [
            ("465", "starttls", "connect", ""),
            ("587", "tls", "greeting: no answer for 15 s", 'mail.security to "tls"'),
            ("587", "starttls", "tls: ", 'mail.security to "starttls"')]:
        dialogue.expect(f"Failed at the step {step}")
        dialogue.expect("Hint:")
        dialogue.expect(words)
        dialogue.answer("What now")
        dialogue.server(port=port, security=security)
    dialogue.expect("Failed at the step auth: 535")
    dialogue.expect("Hint:")
    dialogue.answer("What now")
    dialogue.password(PASSWORD)
    dialogue.rest()
    assert files.written()


def test_other_form_of_the_account(files, server):
    """It is offered, and tried only once it is asked for."""
    before = len(server.matching("authentication failed"))
    dialogue = Dialogue(files)
    dialogue.server()
    dialogue.login("someone")
    dialogue.expect("f  try the account as someone@example.com")
    assert len(server.matching("authentication failed")) == before + 1
    dialogue.answer("What now", "a")
    dialogue.login(f"{LOCAL}@example.net")
    dialogue.expect(f"f  try the account as {LOCAL}")
    assert len(server.matching("authentication failed")) == before + 2
    dialogue.answer("What now", "f")
    dialogue.rest()
    assert files.written(LOCAL)


def test_password_of_no_login(files, server):
    """One that was typed before the login was given up is written nowhere."""
    dialogue = Dialogue(files)
    dialogue.server()
    dialogue.login(password="a wrong one")
    dialogue.answer("What now", "a")
    dialogue.answer("Login (", "none")
    dialogue.answer("Destination's mail address", "nonsense")
    dialogue.answer("Destination's mail address", ME)
    dialogue.answer("MAC address")
    dialogue.answer("Language")
    dialogue.answer("Another destination")
    dialogue.answer("Send a test mail", "no")
    dialogue.answer("Write this")
    assert dialogue.end() == 0
    assert 'method = "none";' in files.config.read_text() and not list(files.credentials.iterdir())


QUESTIONS = ["Mail server", "Port", "Encryption", "Sender", "Login (", "Account name", "Password",
             "Destination's mail address", "MAC address", "Language", "Another destination", "Send a test mail",
             "Write this"]
ANSWERS = {"Mail server": SERVER, "Sender": ACCOUNT, "Destination's mail address": ME}


def test_broken_off_at_each_question(files, server):
    """By Ctrl-C, and once by the end of the input."""
    for last in [*QUESTIONS, None]:
        dialogue = Dialogue(files, "/nonexistent")
        for question in QUESTIONS:
            if question == (last or "Sender"):
                dialogue.expect(question)
                if question == "Password":
                    assert dialogue.child.waitnoecho(PATIENCE)
                if last:
                    dialogue.child.sendintr()
                else:
                    dialogue.child.sendeof()
                break
            if question == "Password":
                dialogue.password(PASSWORD)
            else:
                dialogue.answer(question, ANSWERS.get(question, ""))
        dialogue.expect("Nothing was changed.")
        assert dialogue.end() == 1
        assert files.untouched(), last


@pytest.mark.parametrize("key", ["c", "\\"])
def test_broken_off_during_a_try(files, server, key):
    """While the password lies in the folder in memory: it goes, and so does the mailer."""
    dialogue = Dialogue(files)
    dialogue.server(SERVER, "465", "starttls")
    dialogue.login()
    dialogue.expect(" greeting")
    dialogue.child.sendcontrol(key)
    dialogue.expect("Nothing was changed.")
    assert dialogue.end() == 1
    assert files.untouched()


def test_reader_goes_away(files, server):
    """During a try, as with `| head -1`. Who is killed there leaves the password to the next one, who removes it."""
    options = [f"--server={SERVER}", "--port=465", "--security=starttls", f"--from={ACCOUNT}", f"--destination={ME}",
               "--password-file=-"]
    with subprocess.Popen(files.command("--non-interactive", *options), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as child:
        child.stdin.write(PASSWORD.encode() + b"\n")
        child.stdin.close()
        assert child.stdout.readline().startswith(b"Testing ")
        child.stdout.close()
        assert child.wait(PATIENCE) == 1
    assert files.untouched()
    with subprocess.Popen(files.command("--non-interactive", *options), stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as child:
        child.stdin.write(PASSWORD.encode() + b"\n")
        child.stdin.close()
        while b"greeting" not in child.stdout.readline():
            pass
        child.kill()
    left = list(pathlib.Path("/run").glob("ipherald-setup.*/*"))
    assert [path.stat().st_mode & 0o777 for path in left] == [0o600] * 2
    assert run(files, *options[:2], *options[3:], "--security=tls", password="a wrong one").returncode == 1
    assert files.untouched()


def test_packets_are_dropped(files, server):
    """Nobody answers, and nobody says so. What holds a fault is asked for again too."""
    files.lab.server.ip("route", "add", "blackhole", f"{A}/32")
    dialogue = Dialogue(files)
    dialogue.server(security="none")
    dialogue.login()
    dialogue.expect('ipherald setup: mail.security: "none" is refused together with a login')
    dialogue.answer("What now")
    dialogue.server(security="starttls")
    dialogue.expect("Failed at the step connect")
    dialogue.expect("Hint:")
    files.lab.server.ip("route", "delete", "blackhole", f"{A}/32")
    dialogue.answer("What now")
    dialogue.server()
    dialogue.rest()
    assert files.written()


def run(files, *options, password=PASSWORD):
    done = subprocess.run(files.command("--non-interactive", *options), input=password + "\n", capture_output=True,
                          text=True, timeout=PATIENCE, check=False)
    assert_no_secret(done.stdout + done.stderr, password)
    return done


def test_non_interactive(files, server):
    before = len(server.mails(ME))
    account = [f"--server={SERVER}", f"--from={ACCOUNT}", f"--destination={ME}"]
    done = run(files, *account)
    assert done.returncode == 1 and "--password-file is needed" in done.stderr and files.untouched()
    done = run(files, *account, "--mac=nonsense", "--no-test", "--password-file=-")
    assert done.returncode == 1 and "setup: --mac: " in done.stderr and files.untouched()
    done = run(files, *account, "--password-file=-", password="a wrong one")
    assert done.returncode == 1 and "Failed at the step auth: 535" in done.stdout and files.untouched()
    done = run(files, *account, "--password-file=-")
    assert done.returncode == 0, done.stderr
    assert files.written()
    server.wait_delivered()
    assert len(server.mails(ME)) == before + 1
    done = run(files, "--no-test")
    assert done.returncode == 0 and "Nothing has changed" in done.stdout, done.stdout


def behind(files, words, proposed, *answers):
    """Nothing is tried, so nothing takes time but the router, which is asked in any case."""
    dialogue = Dialogue(files, "/nonexistent", "--no-login", f"--server={SERVER}", f"--from={ACCOUNT}", "--auth=none")
    for question in ("Mail server", "Port", "Encryption", "Sender", "Login ("):
        dialogue.answer(question)
    if "to =" not in files.config.read_text():
        for question in ("Destination's mail address", "MAC address", "Language"):
            dialogue.answer(question, ANSWERS.get(question, ""))
    dialogue.answer("Another destination")
    dialogue.expect(words)
    for answer in answers:
        dialogue.answer(f"Who is asked for the address outside [{proposed}]", answer)
    dialogue.answer("Write this")
    assert dialogue.end() == 0
    return dialogue.screen


def test_behind_a_router(files, line):
    """Who knows the address outside is asked where this machine's own is private: the router is proposed where it says a
    public one, and what is set comes first."""
    own, router = "192.168.1.5", "192.168.1.1"
    fits = "gateway, file, up to four IP addresses of STUN servers, or none"
    line.set_address(own)
    line.server.ip("address", "add", f"{router}/24", "dev", "uplink")
    line.client.ip("route", "replace", "default", "via", router, "dev", INTERFACE)
    try:
        with contextlib.closing(NatPmpResponder(line.server, router, "44.128.0.7")):
            screen = behind(files, "which says 44.128.0.7 now", "gateway", "")
        assert f"{INTERFACE} has {own}, which can't be reached from outside" in screen
        assert 'sources = ( "interface", "gateway" );' in files.config.read_text()
        screen = behind(files, "which does not answer now", "gateway", "stun.example.net", "none gateway", "file",
                        "203.0.113.9, [2001:db8::1]:3478 gateway")
        assert screen.count(fits) == 2 and "watch.file names none yet" in screen, screen
        text = files.config.read_text()
        assert 'sources = ( "interface", "stun", "gateway" );' in text
        assert 'stun = ( "203.0.113.9", "[2001:db8::1]:3478" );' in text
        with contextlib.closing(NatPmpResponder(line.server, router, "100.64.0.5")):
            behind(files, "which says 100.64.0.5 now: that can't be", "203.0.113.9 [2001:db8::1]:3478 gateway", "none")
            assert 'sources = ( "interface" );' in files.config.read_text()
            files.config.write_text(files.config.read_text().replace('sources = ( "interface" );', ""))
            done = run(files, "--no-test", "--no-login")
            assert done.returncode == 0 and "Nothing has changed" in done.stdout, done.stdout
            behind(files, "which says 100.64.0.5 now: that can't be", "none", "")
        done = run(files, "--no-test", "--no-login", "--outside=gateway none")
        assert done.returncode == 1 and done.stderr == f"ipherald setup: --outside: {fits}\n", done.stderr
        done = run(files, "--no-test", "--no-login", "--outside=203.0.113.9 203.0.113.9:3479")
        assert done.returncode == 1 and "--outside: each is named once" in done.stderr, done.stderr
        done = run(files, "--no-test", "--no-login", "--outside=gateway")
        assert done.returncode == 0 and 'sources = ( "interface", "gateway" )' in done.stdout, done.stdout
    finally:
        line.server.ip("address", "delete", f"{router}/24", "dev", "uplink")
        line.set_address(A)


def test_no_room(files, server):
    """For the settings: the password is the old one too, since the new one would go to the old server."""
    (files.credentials / CREDENTIAL).write_text("the old one")
    files.before = files.all()
    folder = files.folder / "full"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", folder], check=True)
    old = files.config.read_text()
    files.config = folder / "ipherald.conf"
    files.config.write_text(old)
    done = run(files, f"--server={SERVER}", f"--from={ACCOUNT}", f"--destination={ME}", "--no-login",
               "--password-file=-")
    assert done.returncode == 1 and "No space left on device" in done.stderr
    assert files.config.read_text() == old and not list(folder.glob(".*"))
    subprocess.run(["umount", folder], check=True)
    assert files.untouched()


def test_another_server_gets_no_secret_of_the_old_one(files):
    (files.credentials / CREDENTIAL).write_text(PASSWORD)
    rest = [f"--from={ACCOUNT}", f"--destination={ME}", "--no-login"]
    done = run(files, f"--server={SERVER}", *rest)
    assert done.returncode == 0, done.stderr
    files.before = files.all()
    done = run(files, "--server=mail.example.net", *rest)
    assert done.returncode == 1 and "--password-file is needed" in done.stderr and files.untouched()
    files.config.write_text(files.config.read_text().replace(
        f'account = "{ACCOUNT}";', f'account = "{ACCOUNT}"; token_file = "/etc/ipherald/token";'))
    done = run(files, "--server=mail.example.net", *rest, "--password-file=-")
    assert done.returncode == 0, done.stderr
    assert 'token_file = "/etc/ipherald/token"' not in files.config.read_text()


def test_names_that_can_not_be_written(files):
    """It is said before the first question."""
    for name, words in [("x" * 60, "File name too long"), ("credstore", "it is a folder")]:
        files.config = files.folder / name
        done = run(files, f"--server={SERVER}", f"--from={ACCOUNT}", f"--destination={ME}", "--no-login",
                   "--password-file=-")
        assert done.returncode == 1 and words in done.stderr and files.untouched(), done.stderr
