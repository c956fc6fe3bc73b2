# SPDX-License-Identifier: GPL-2.0-or-later
"""`ipherald check` and the command line, as a person or a script meets them."""

import os
import pathlib
import subprocess
import time

import pytest

from overlay import mount, umount
from watch_process import ip, own_namespace

BUILD = pathlib.Path(os.environ.get("IPHERALD_BUILD", pathlib.Path(__file__).parents[2] / "build"))
PROGRAM = BUILD.resolve() / "ipherald"
SHIPPED = pathlib.Path(__file__).parents[2] / "conf" / "ipherald.conf"

GOOD = """\
mail = {
  enabled = true;
  server = "smtp.example.ne.jp";
  auth = { account = "gateway@example.ne.jp"; };
};
destinations = ( { to = "me@example.com"; }, { to = "you@example.com"; } );
"""


def run(*words, **kwargs):
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=30, check=False, **kwargs)


@pytest.fixture
def check(tmp_path):
    def check_text(text, name="ipherald.conf"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return run("check", "--config", name, cwd=tmp_path)

    return check_text


def test_four_faults_are_four_lines(check):
    result = check(
        """\
mail = {
  enabled = true;
  server = "smtp.example.ne.jp";
  port = 70000;
  security = "none";
  prot = 587;
  auth = { account = "gateway@example.ne.jp"; };
};
destinations = (
  { to = "me@example.com\\r\\nBcc: you@example.com"; }
);
"""
    )
    assert result.returncode == 1
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "ipherald.conf:4",
        "ipherald.conf:5",
        "ipherald.conf:6",
        "ipherald.conf:10",
    ]
    assert "1 to 65535" in lines[0]
    assert "login" in lines[1]
    assert "mail.prot" in lines[2] and "mail.port" in lines[2]
    assert "control character" in lines[3]


def test_good_settings_are_summed_up(check):
    result = check(GOOD)
    assert result.returncode == 0
    assert result.stdout.splitlines()[:2] == [
        "mail on: smtp.example.ne.jp:587 starttls, 2 destinations",
        "from gateway@example.ne.jp, login as gateway@example.ne.jp",
    ]


def test_a_certificate_may_log_in_alone(check):
    text = GOOD.replace('account = "gateway@example.ne.jp"', 'method = "smtp"')
    text = text.replace("enabled = true;", 'enabled = true; from = "me@example.com"; tls = { certificate = "/c.pem"; };')
    assert check(text).stdout.splitlines()[1] == "from me@example.com, login by certificate"


def test_disabled_destinations_and_an_ipv6_server_show(check):
    text = GOOD.replace("smtp.example.ne.jp", "2001:db8::25")
    result = check(text.replace('"you@example.com";', '"you@example.com"; enabled = false;'))
    assert result.stdout.splitlines()[0] == "mail on: [2001:db8::25]:587 starttls, 2 destinations (1 disabled)"


def test_the_shipped_file_is_good_and_off():
    result = run("check", "--config", SHIPPED)
    assert result.returncode == 0
    assert result.stdout.startswith("mail off: ")


def test_a_fault_in_an_included_file_names_that_file(check, tmp_path):
    (tmp_path / "account.conf").write_text("\nport = 0;\n", encoding="ascii")
    result = check('mail = {\n@include "account.conf"\n};\n')
    assert result.stdout == "account.conf:2: mail.port: 0 is out of range: 1 to 65535\n"


@pytest.fixture
def check_files(tmp_path):
    """What `check` says of settings whose one destination has LINE, and of files that lie beside them."""

    def check_line(line, **files):
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
            (tmp_path / name).chmod(0o640)
        secret = tmp_path / "ipherald.smtp-password"
        secret.write_text("secret", encoding="ascii")
        secret.chmod(0o600)
        path = tmp_path / "settings.conf"
        path.write_text(GOOD.replace('to = "me@example.com";', f'to = "me@example.com"; {line}'), encoding="ascii")
        return run("check", "--config", path, "--credentials-dir", tmp_path)

    return check_line


def test_each_fault_of_a_template_and_an_attachment_has_its_line(check_files, tmp_path):
    line = f'template = "{tmp_path}/text"; attach = ( "{tmp_path}/phone", "ipherald.car" );'
    files = {"text": b"Now:\n%{ipv4}\n%{ipv5}\n%{host\n", "phone": b"%{adress}\n", "ipherald.car": b"\n\n%{}\n"}
    result = check_files(line, **files)
    assert result.returncode == 1
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        f"{tmp_path}/text:3",
        f"{tmp_path}/text:4",
        f"{tmp_path}/phone:1",
        f"{tmp_path}/ipherald.car:3",
    ]
    assert "ipv5" in lines[0] and "ipv4" in lines[0]


def test_good_files_are_no_fault(check_files, tmp_path):
    line = f'template = "{tmp_path}/text"; attach = ( "{tmp_path}/phone", "{tmp_path}/picture" );'
    result = check_files(line, text=b"%{ipv4}\n" * 1820, phone=b"%{endpoint}", picture=b"\xff\0%{ipv5}" + bytes(262135))
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("mail on: ")


@pytest.mark.parametrize(
    ("key", "content", "fault"),
    [
        ("template", b"x" * 16385, ": is larger than 16 KiB"),
        ("attach", b"x" * 262145, ": is larger than 256 KiB"),
        ("template", b"a\nb\n\xff", ":3: "),
        ("template", b"a\0", ":1: "),
        ("attach", None, ": cannot be read: No such file or directory"),
    ],
    ids=["large-template", "large-attachment", "no-utf-8", "nul", "missing"],
)
def test_a_file_that_no_mail_is_made_of_is_a_fault(check_files, tmp_path, key, content, fault):
    result = check_files(f'{key} = "{tmp_path}/x";', **({"x": content} if content else {}))
    assert result.returncode == 1
    assert result.stdout.startswith(f"{tmp_path}/x{fault}")
    assert len(result.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    "key",
    [
        b"[Interface]\nPrivateKey = abc=\n",
        b"[Interface]\n privatekey=abc=\n",
        b"<key>\n-----BEGIN PRIVATE KEY-----\n",
        b"\n-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
        b"\0\xff\n\0-----BEGIN RSA PRIVATE KEY-----\n",
        b"\n\xef\xbb\xbfPrivateKey = abc=\n",
    ],
)
def test_a_private_key_is_said_and_never_everybodys(check_files, tmp_path, key):
    line = f'attach = "{tmp_path}/phone";'
    result = check_files(line, phone=key)
    assert result.returncode == 0
    assert result.stderr.startswith(f"{tmp_path}/phone:2: warning: holds a private key")
    (tmp_path / "phone").chmod(0o644)
    result = check_files(line)
    assert result.returncode == 1
    assert result.stdout.startswith(f"{tmp_path}/phone:2: holds a private key")


def test_no_private_key_no_warning(check_files, tmp_path):
    result = check_files(f'attach = "{tmp_path}/phone";', phone=b"[Peer]\nPublicKey = a\nAPrivateKey = b\nPrivateKeys: c\n")
    assert (result.returncode, result.stderr) == (0, "")


def test_a_credential_that_is_elsewhere_is_a_warning(check_files, tmp_path):
    result = check_files('template = "ipherald.none";')
    assert result.returncode == 0
    assert result.stderr == f"{tmp_path}/ipherald.none: warning: not looked at: No such file or directory\n"


@pytest.mark.parametrize("make", [lambda p: None, lambda p: p.mkdir(), os.mkfifo])
def test_what_is_no_file_is_one_fault(tmp_path, make):
    path = tmp_path / "x.conf"
    make(path)
    result = run("check", "--config", path)
    assert result.returncode == 1
    assert result.stdout.startswith(f"{path}: cannot be read: ")
    assert len(result.stdout.splitlines()) == 1


def test_a_terminal_gets_no_control_characters(check):
    result = check('mail = { server = "\\x1b[31m"; };\n')
    assert result.returncode == 1
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["no-such-verb"],
        ["check", "--no-such-option"],
        ["check", "--once"],
        ["check", "--config"],
        ["check", "--config="],
        ["check", "--config", "a", "--config", "b"],
        ["check", "surplus"],
        ["check", "--conf", "a"],
        ["run", "--once=1"],
        ["--version", "surplus"],
    ],
)
def test_wrong_use_is_2_and_says_so(words):
    result = run(*words)
    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert "ipherald" in result.stderr.partition("; see `")[2] and result.stderr.endswith(" --help`\n")


@pytest.mark.parametrize("words", [["--help"], ["check", "--help"], ["run", "--help", "--once"]])
def test_help_goes_to_stdout(words):
    result = run(*words)
    assert result.returncode == 0
    assert result.stdout.startswith("Usage: ipherald ")
    assert result.stderr == ""


def test_the_help_of_each_verb_fits_a_screen():
    shown = run("--help").stdout
    verbs = [line.split()[0] for line in shown.split("Verbs:\n")[1].split("\n\n")[0].splitlines()]
    assert "check" in verbs
    for text in [shown] + [run(verb, "--help").stdout for verb in verbs]:
        lines = text.splitlines()
        assert len(lines) <= 24
        assert max(map(len, lines)) <= 80, lines


def test_the_version_is_a_line():
    result = run("--version")
    assert result.returncode == 0
    assert result.stdout.startswith("ipherald ") and result.stdout.count("\n") == 1


def test_a_full_disk_is_not_a_success():
    with open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run(
            [PROGRAM, "check", "--config", SHIPPED], stdout=full, stderr=subprocess.PIPE, timeout=30, check=False
        )
    assert result.returncode == 1
    assert b"No space left" in result.stderr


@pytest.fixture(name="warnings")
def warnings_fixture(tmp_path):
    """What is warned of settings with these lines of `watch`, in a network of the test's own."""

    def warnings(watch="", account="gateway@example.ne.jp", folder=tmp_path):
        path = tmp_path / "ipherald.conf"
        path.write_text(GOOD.replace("gateway@example.ne.jp", account) + watch, encoding="ascii")
        result = run("check", "--config", path, "--credentials-dir", folder)
        assert result.returncode == 0
        assert result.stdout.startswith("mail on: ")
        return [line.replace(f"{path}:", "", 1) for line in result.stderr.splitlines()]

    with own_namespace():
        ip("addr", "add", "192.0.2.1/24", "dev", "wan")
        ip("route", "add", "default", "via", "192.0.2.254")
        yield warnings


def write_secret(folder, mode, name="ipherald.smtp-password"):
    path = folder / name
    path.write_text("secret", encoding="ascii")
    path.chmod(mode)
    return path


def test_a_pattern_that_matches_nothing_now(warnings, tmp_path):
    write_secret(tmp_path, 0o600)
    assert warnings('watch = {\n interfaces = ( "w?n", "ppp*" ); };\n') == [
        '8: warning: watch.interfaces: "ppp*" matches no interface that there is now: lo, peer, wan'
    ]


def test_a_private_address_only(warnings, tmp_path):
    write_secret(tmp_path, 0o600)
    assert warnings() == []
    ip("addr", "add", "192.168.7.5/24", "dev", "wan")
    assert warnings() == []
    ip("addr", "del", "192.0.2.1/24", "dev", "wan")
    ip("route", "replace", "default", "dev", "wan")
    for private in "true", "false":
        (line,) = warnings(f"watch = {{ private = {private}; }};\n")
        assert line.startswith(
            "7: warning: watch.private: this machine has a private address only (192.168.7.5 on wan, private): "
        )
    assert warnings('watch = { sources = ( "interface", "file" ); file = "/run/outside"; };\n') == []


def test_what_dns_says_of_a_name(warnings, tmp_path):
    write_secret(tmp_path, 0o600)
    watch = 'watch = {\n name = "home.example.com"; };\n'
    hosts = tmp_path / "hosts"
    hosts.touch()
    mount("--bind", hosts, "/etc/hosts")
    try:
        hosts.write_text("192.0.2.1 home.example.com\n", "ascii")
        assert warnings(watch) == []
        hosts.write_text("127.0.1.1 home.example.com\n", "ascii")  # of its own name, as Debian's installer writes it
        assert warnings(watch) == []
        hosts.write_text("192.0.2.9 home.example.com\n2001:db8::9 home.example.com\n", "ascii")
        assert warnings(watch) == [
            "8: warning: watch.name: DNS still says 192.0.2.9 for home.example.com, not what is told"
        ]
        ip("addr", "add", "2001:db8::1/64", "dev", "wan", "nodad")
        ip("route", "add", "::/0", "dev", "wan")
        assert "still says 192.0.2.9, 2001:db8::9 for home.example.com" in warnings(watch)[0]
        hosts.write_text("", "ascii")
        assert "8: warning: watch.name: DNS has no address for home.example.com: " in warnings(watch)[0]
    finally:
        umount("/etc/hosts")


def test_a_name_server_that_is_silent(warnings, tmp_path):
    """As behind a line that is down: by default this one takes 20 s, since each search adds as long again."""
    write_secret(tmp_path, 0o600)
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("nameserver 192.0.2.53\nsearch .\n", "ascii")
    ip("neigh", "add", "192.0.2.53", "lladdr", "02:00:00:00:00:01", "dev", "wan")
    mount("--bind", resolver, "/etc/resolv.conf")
    try:
        begin = time.monotonic()
        assert "watch.name: DNS has no address for home.example.com: " in warnings(
            'watch = {\n name = "home.example.com"; };\n')[0]
        assert time.monotonic() - begin < 10
    finally:
        umount("/etc/resolv.conf")


def test_a_secret_that_is_missing_or_open(warnings, tmp_path):
    (line,) = warnings()
    assert line == (
        f"4: warning: mail.auth.account: its secret is missing: there is no {tmp_path}/ipherald.smtp-password"
    )
    for mode, said in (0o600, False), (0o440, False), (0o444, True), (0o602, True):
        path = write_secret(tmp_path, mode)
        os.chown(path, -1, 0)
        assert len(warnings()) == said
    os.chown(path, -1, 65534)
    path.chmod(0o640)
    (line,) = warnings()
    assert line == (
        f"4: warning: mail.auth.account: the secret in {path} is open to others than its owner (mode 0640): "
        f"chmod 0600 {path}"
    )
    path.unlink()
    write_secret(tmp_path, 0o600, "ipherald@ipherald.smtp-password")  # of the instance that this file is named for
    assert warnings() == []
