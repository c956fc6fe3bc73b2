# SPDX-License-Identifier: GPL-2.0-or-later
"""`ipherald test`, as a person sees it: each step, what the server is, what to try, and the exit code."""

import base64
import os
import pty
import re
import shutil
import signal
import subprocess

import pytest

from lab import A, ACCOUNT, PASSWORD, SERVER, SERVER_ADDRESS
from mail_server import Hold
from process import PATIENCE, Process, wait_end
from service import PROGRAM

WRONG = "a wrong password"
# A locale's name, whatever its content, is all that the choice of the language takes.
ANY_LOCALE = "/usr/lib/locale/C.utf8"


@pytest.fixture(autouse=True)
def line(lab):
    lab.set_address(A)


def command(lab, *options, **settings):
    return lab.service(**settings).command("test", *options)


def run(argv, **environment):
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "NO_COLOR"))}
    return subprocess.run(argv, env={**inherited, **environment}, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=PATIENCE, check=False)


def steps(output):
    """The steps, in order, and the words of each line."""
    lines = re.findall(r"^ +\d+\.\d{3} s  (\S*) *(.*)$", output, re.MULTILINE)
    return [step for step, _ in lines if step], [words for _, words in lines]


def verbs(server):
    return [line.split(" ")[0] for line in server.commands()]


def assert_no_secret(output, *passwords):
    for password in passwords:
        plain = base64.b64encode(f"\0{ACCOUNT}\0{password}".encode()).decode()
        for secret in (password, plain, base64.b64encode(password.encode()).decode()):
            assert secret not in output


@pytest.mark.parametrize("implicit", [False, True])
def test_one_mail(lab, implicit):
    port, security = (465, "tls") if implicit else (587, "starttls")
    server = lab.mail_server(port=port, implicit=implicit)
    done = run(command(lab, port=port, security=security))
    assert (done.returncode, done.stderr) == (0, "")
    plain = ["connect", "tls", "greeting"] if implicit else ["connect", "greeting", "ehlo", "starttls", "tls"]
    names, words = steps(done.stdout)
    assert names == ["resolve", *plain, "ehlo", "auth", "mail", "rcpt", "data", "body", "dot"]
    for said in (f"{SERVER}:{port}", SERVER_ADDRESS, "220 mail.example.com ESMTP", f"certificate for {SERVER}",
                 "issued by CN=Test Authority", "valid until 2049-12-31 00:00:00 +00:00",
                 "login methods offered: PLAIN LOGIN", "login method taken: PLAIN", "235 2.7.0 welcome",
                 "me@example.com: 250 2.1.5 Ok", "250 2.0.0 Ok: queued as 4ABC"):
        assert said in words
    assert any(re.fullmatch(r"TLS 1\.3, \S+", said) for said in words)
    assert done.stdout.splitlines()[0] == f"Testing {SERVER}:{port} ({security}), with a login as {ACCOUNT}"
    assert done.stdout.endswith("\nThe server has accepted the mail for 1 of 1 destinations\n")
    mail = server.wait_mails(1)
    assert mail.subject.endswith(f"] Test: IP address: {A}") and mail.has_line(A)
    assert_no_secret(done.stdout, PASSWORD)


def test_nothing_is_kept(lab, server):
    """Neither a ledger nor a lock: the service that comes later owes what it owes."""
    service = lab.service()
    assert run(service.command("test")).returncode == 0
    assert not os.listdir(service.folder / "state")
    service.start().wait_line("^Mail sending completed:")
    server.wait_mails(2)
    assert [mail.subject.split("] ")[1] for mail in server.mails] == [f"Test: IP address: {A}", f"IP address: {A}"]


def test_no_send(lab, server):
    done = run(command(lab, "--no-send"))
    assert (done.returncode, done.stderr) == (0, "")
    assert steps(done.stdout)[0][-1] == "auth"
    assert done.stdout.endswith("\nThe login works; no mail was sent\n")
    assert verbs(server) == ["EHLO", "STARTTLS", "EHLO", "AUTH", "QUIT"]


def test_no_send_without_a_login(lab):
    server = lab.mail_server(port=25, context=None, users=None)
    service = lab.service(port=25, security="none")
    text = re.sub(r"(auth|tls) = \{.*?\};", "", service.config.read_text("utf-8"))
    service.config.write_text(text, "utf-8")
    done = run(service.command("test", "--no-send"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Testing {SERVER}:25 (none), without a login\n")
    assert done.stdout.endswith("\nThe server answers; no mail was sent\n")
    assert verbs(server) == ["EHLO", "QUIT"]


def test_login_by_certificate_alone(lab):
    """Whom it logs in as is the server's to know."""
    service = lab.service(tls='certificate = "/nowhere.pem";')
    text = re.sub(r"auth = \{.*?\};", 'auth = { method = "smtp"; };', service.config.read_text("utf-8"))
    service.config.write_text(text, "utf-8")
    done = run(service.command("test", "--no-send"))
    assert done.stdout.startswith(f"Testing {SERVER}:587 (starttls), with a login by certificate\n")
    assert "Failed at the step auth: credential" in done.stdout and "ipherald.tls-key" in done.stdout


def certificate(**options):
    return lambda lab: lab.mail_server(certificate=lab.authority.certificate(**options))


def no_server(lab):
    """Nobody listens."""


FAILURES = {
    "wrong password": (lambda lab: lab.mail_server(), {"password": WRONG},
                       "auth: 535 5.7.8 Error: authentication failed", "is the password right?"),
    "account without @": (lambda lab: lab.mail_server(users={"gateway": PASSWORD}),
                          {"account": "gateway", "password": WRONG},
                          "auth: 535 5.7.8", "many providers want the whole mail address as the account name"),
    "wrong name": (certificate(names=["imap.example.com"]), {},
                   f"tls: the certificate is for imap.example.com, not for {SERVER}", "the certificate is for other names"),
    "expired": (certificate(names=[SERVER], not_after="2021-01-01 00:00:00"), {},
                "tls: the certificate expired on 2021-01-01", "is this machine's clock right?"),
    "no way": (lambda lab: lab.unplug(), {}, f"connect: {SERVER_ADDRESS}: Network is unreachable", "is the line up?"),
    "closed port": (no_server, {}, f"connect: {SERVER_ADDRESS}: Connection refused",
                    "are mail.server and mail.port right?"),
    "unknown host": (no_server, {"server": "no-such-host.invalid"}, "resolve: look-up of no-such-host.invalid",
                     "is the name of the server right"),
    "plain text on 465": (lambda lab: lab.mail_server(port=465), {"port": 465, "security": "tls"},
                          "tls: the server answered the TLS handshake in plain text", "is this the STARTTLS port?"),
    "no method in common": (lambda lab: lab.mail_server(mechanisms="NTLM GSSAPI"), {},
                            "auth: no login method in common; the server offers: NTLM GSSAPI",
                            "know no login method in common"),
    "no login": (lambda lab: lab.mail_server(users=None), {}, "auth: the server offers no login",
                 "the server offers no login on this port"),
    "no STARTTLS": (lambda lab: lab.mail_server(context=None), {}, "ehlo: the server offers no STARTTLS",
                    "or somebody between removes it"),
    "sender": (lambda lab: lab.mail_server(answers={"MAIL": "553 5.7.1 not yours"}), {}, "mail: 553 5.7.1 not yours",
               "the server refuses the sender"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_failure(lab, case):
    make, settings, end, hint = FAILURES[case]
    server = make(lab)
    options = ["--no-send"] if case == "no way" else []
    done = run(command(lab, *options, **settings))
    assert (done.returncode, done.stderr) == (1, "")
    failed, advice = done.stdout.splitlines()[-2:]
    assert failed.startswith(f"Failed at the step {end}")
    assert advice.startswith("Hint: ") and hint in advice
    assert not server or not server.bodies
    assert_no_secret(done.stdout, PASSWORD, WRONG)


def test_names_of_a_certificate_that_is_refused(lab):
    certificate(names=["imap.example.com"])(lab)
    words = steps(run(command(lab, "--no-send")).stdout)[1]
    assert "certificate for imap.example.com" in words and "issued by CN=Test Authority" in words


def test_password_missing(lab, server):
    service = lab.service()
    (service.folder / "credentials" / "ipherald.smtp-password").unlink()
    done = run(service.command("test", "--no-send"))
    assert done.returncode == 1
    assert "Failed at the step auth: credential" in done.stdout
    assert "Hint: put the password into /etc/credstore" in done.stdout
    assert not server.sessions


@pytest.mark.parametrize("answer", ["550 5.1.1 no such user", "450 4.7.1 come again"])
def test_one_of_two_is_refused(lab, answer):
    server = lab.mail_server(answers={"RCPT TO:<you@example.com>": answer})
    done = run(command(lab, to=["me@example.com", "you@example.com"]))
    assert done.returncode == 1
    assert f"you@example.com: {answer}" in steps(done.stdout)[1]
    good, failed, _ = done.stdout.splitlines()[-3:]
    assert good == "The server has accepted the mail for 1 of 2 destinations"
    assert failed == f"Failed at the step rcpt: you@example.com: {answer}"
    assert server.wait_mails(1).recipients == ["me@example.com"]


def test_all_are_refused(lab):
    """The 354 comes behind the last refusal, and has nobody to speak of."""
    server = lab.mail_server(answers={"RCPT": "550 5.1.1 no such user", "DATA": "354 go on"})
    done = run(command(lab))
    assert done.returncode == 1
    assert "Failed at the step rcpt: me@example.com: 550 5.1.1 no such user" in done.stdout
    assert [mail.octets for mail in server.bodies] == [b""]


def test_to(lab, server):
    assert run(command(lab, "--to", "you@Example.COM", to=["me@example.com", "you@example.com"])).returncode == 0
    assert run(command(lab, "--to=stranger@example.com")).returncode == 0
    assert [mail.recipients for mail in server.mails] == [["you@example.com"], ["stranger@example.com"]]


@pytest.mark.parametrize("options", [["--to", "nobody"], ["--to", "a@b.example\r\nRCPT TO:<x@y.example>"], ["--dry-run"],
                                     ["--no-send=yes"], ["--to"]])
def test_wrong_use(lab, server, options):
    done = run(command(lab, *options))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ipherald test: ")
    assert not server.sessions


def test_settings_that_will_not_do(lab, server):
    service = lab.service(port=70000)
    done = run(service.command("test"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{service.config}:4: ")
    service = lab.service()
    service.config.write_text(service.config.read_text("utf-8").replace('.com"; }\n', '.com"; enabled = false; }\n'), "utf-8")
    done = run(service.command("test"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "no destination is enabled" in done.stderr
    service.config.write_text("", "utf-8")
    done = run(service.command("test"))
    assert done.returncode == 1
    assert done.stderr.endswith(": mail.server or mail.from is not set: sudo ipherald setup asks for them\n")
    assert not server.sessions


def test_no_address(lab, server):
    lab.unplug()
    done = run(command(lab))
    assert done.returncode == 1
    assert "No IPv4 address counts: there is no IPv4 default route" in done.stdout
    assert "--no-send tries the login alone" in done.stdout
    assert not server.sessions


def test_mail_that_is_off(lab, server):
    """It can be tried before it is switched on."""
    service = lab.service()
    service.config.write_text(service.config.read_text("utf-8").replace("enabled = true", "enabled = false"), "utf-8")
    done = run(service.command("test"))
    assert done.returncode == 0
    assert done.stdout.splitlines()[1] == "mail.enabled is false: the service itself mails nothing"
    server.wait_mails(1)


def test_server_that_fails_at_pipelining(lab):
    """As the service would: once more, one command at a time."""
    def alone(peer, line):
        return "503 5.5.1 one at a time" if peer.buffer else peer.default

    server = lab.mail_server(answers={"MAIL": alone, "RCPT": alone})
    done = run(command(lab))
    assert done.returncode == 0, done.stdout
    assert "the server failed at commands that came together: once more, one at a time" in done.stdout
    server.wait_mails(1)
    assert len(server.sessions) == 2


def test_address_that_is_given_up(lab, server):
    """Why it was left for the next one."""
    hosts = lab.folder / "hosts"
    hosts.write_text(f"192.0.2.77 {SERVER}\n{SERVER_ADDRESS} {SERVER}\n", "ascii")
    lab.server.ip("address", "add", "192.0.2.77/32", "dev", "lo")
    done = run(command(lab, "--no-send"))
    assert done.returncode == 0, done.stdout
    names, words = steps(done.stdout)
    assert names[:3] == ["resolve", "connect", "connect"]
    assert words[1:4] == ["192.0.2.77", "192.0.2.77: Connection refused", SERVER_ADDRESS]


@pytest.fixture
def japanese(tmp_path):
    if not os.path.isdir(ANY_LOCALE):
        pytest.skip(f"no {ANY_LOCALE}")
    (tmp_path / "ja_XX.UTF-8").symlink_to(ANY_LOCALE)
    return {"LOCPATH": str(tmp_path), "LC_ALL": "ja_XX.UTF-8"}


def test_japanese(lab, server, japanese):
    done = run(command(lab, "--no-send"), **japanese)
    assert done.stdout.endswith("\nログインできました。メールは送っていません\n")
    assert "発行者: CN=Test Authority" in steps(done.stdout)[1]
    done = run(command(lab, "--no-send", password=WRONG), **japanese)
    assert done.returncode == 1
    failed, advice = done.stdout.splitlines()[-2:]
    assert failed == "失敗 (段階 auth): 535 5.7.8 Error: authentication failed"
    assert advice.startswith("対処: パスワードは正しいですか。")


def test_the_journal_stays_english(lab, server, japanese):
    service = lab.service(password=WRONG).start(environment=japanese)
    assert "; hint: is the password right?" in service.wait_line("^Mail authentication failed:")


def on_a_terminal(argv, **environment):
    """What the command prints where its output is a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(argv, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=theirs) as child:
        os.close(theirs)
        text = b""
        try:
            while data := os.read(ours, 65536):
                text += data
        except OSError:
            pass  # EIO: nobody has the other end any more
        os.close(ours)
        child.wait(PATIENCE)
    return text.decode()


def test_colours(lab, server):
    argv = command(lab, "--no-send")
    assert "\033[32mThe login works; no mail was sent\033[0m" in on_a_terminal(argv, NO_COLOR="")
    assert "\033" not in on_a_terminal(argv, NO_COLOR="1")
    assert "\033" not in run(argv).stdout


def test_interrupt_ends_it_at_once(lab):
    hold = Hold()
    lab.mail_server(answers={"greeting": hold})
    process = Process(command(lab, "--no-send"))
    hold.wait_reached()
    process.wait_line("greeting$")
    mailer, = process.children()
    assert process.stop(signal.SIGINT) == -signal.SIGINT
    wait_end(mailer)
    hold.release()


def test_mailer_that_is_killed(lab):
    hold = Hold()
    lab.mail_server(answers={"greeting": hold})
    process = Process(command(lab, "--no-send"))
    hold.wait_reached()
    process.wait_line("greeting$")
    os.kill(process.children()[0], signal.SIGKILL)
    assert process.wait() == 1
    assert process.lines[-1] == "Failed at the step greeting: the mailer failed: it was killed by signal 9"
    hold.release()


def test_children_ignored_by_who_starts_it(lab, server):
    done = run(["env", "--ignore-signal=CHLD", *command(lab)])
    assert (done.returncode, done.stderr) == (0, "")
    server.wait_mails(1)


def test_as_a_user(lab, server):
    """Not installed, and without any privilege."""
    if os.environ["IPHERALD_TESTS_NAMESPACES"] != "root":
        pytest.skip("there is no other user here")
    folder = lab.folder / "bin"
    folder.mkdir()
    for name in ("ipherald", "ipherald-mailer"):
        shutil.copy(PROGRAM.with_name(name), folder)
    service = lab.service()
    service.program = folder / "ipherald"
    shutil.chown(service.folder / "credentials" / "ipherald.smtp-password", 1000)
    setpriv = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "--bounding-set=-all", "--"]
    argv = service.command("test")
    done = run([*argv[:argv.index("--") + 1], *setpriv, *argv[argv.index("--") + 1:]])
    assert done.returncode == 0, done.stdout + done.stderr
    server.wait_mails(1)


def test_kernel_without_landlock(lab, server):
    """It is said, and goes on. How it ends is not asked: sanitizers look for leaks then, which a traced process can't."""
    argv = command(lab, "--no-send")
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=landlock_create_ruleset",
              "-e", "inject=landlock_create_ruleset:error=ENOSYS"]
    words = steps(run([*strace, *argv]).stdout)[1]
    assert words[0] == "the mailer is not confined: this kernel has no Landlock for it"
    assert words[-1] == "235 2.7.0 welcome"
