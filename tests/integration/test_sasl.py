# SPDX-License-Identifier: GPL-2.0-or-later
"""Every login method at real servers: taken with the right secret, refused with a wrong one. At the end stands the
table of what came of it."""

import os

import pytest

import postfix
from mailer_harness import ACCOUNT, MailerHarness, USERS, order
from sasl_servers import Cyrus, Dovecot, token
from smtp_server import SmtpServer, Submission
from transcript import MECHANISMS

PASSWORDS = ["SCRAM-SHA-256", "PLAIN", "LOGIN", "CRAM-MD5"]
TOKENS = ["OAUTHBEARER", "XOAUTH2"]
OFFERED = {Dovecot: MECHANISMS, Cyrus: PASSWORDS}
PORT = 587

# SASLprep (RFC 4013) would make "Kofig" of the second word: the ligature is one of compatibility.
FOREIGN, FOREIGN_PASSWORD = "foreign@example.com", "pässwort Ko\ufb01g"


@pytest.fixture(scope="module")
def relay():
    with SmtpServer(Submission()) as server:
        yield server


def each(mechanisms):
    """A test for each server and each mechanism that MECHANISMS says of it."""
    pairs = [(server, mechanism) for server in OFFERED for mechanism in mechanisms(server)]
    return pytest.mark.parametrize("server, mechanism", pairs, indirect=["server"],
                                   ids=[f"{server.__name__}-{mechanism}" for server, mechanism in pairs])


@pytest.fixture(scope="module")
def servers(good, authority, relay, tmp_path_factory):
    """All of them, side by side."""
    if os.environ.get("IPHERALD_TESTS_NAMESPACES") != "root":
        pytest.skip("real mail servers run under several users, which takes root")
    if not postfix.is_made():
        pytest.skip("build/root-mail is not made (tests/integration/postfix_root.sh)")
    users = {**USERS, FOREIGN: FOREIGN_PASSWORD}
    made = {server: server(good, authority, users, tmp_path_factory.mktemp("server"), relay.port) for server in OFFERED}
    yield made
    for server in made.values():
        server.close()
        print(server.log())


@pytest.fixture
def server(servers, request):
    return servers[request.param]


@pytest.fixture(scope="module", autouse=True)
def table(request):
    """(server, mechanism, secret) -> what came of it; printed once there is something in it."""
    cells = {}
    yield cells
    servers = sorted({server for server, _, _ in cells})
    rows = [["", *servers]]
    for mechanism in MECHANISMS:
        rows.append([mechanism] + [" / ".join(cells.get((server, mechanism, secret), "-")
                                              for secret in ("right", "wrong")) for server in servers])
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        for row in rows if servers else []:
            print("\n" + row[0].ljust(15) + "".join(cell.ljust(36) for cell in row[1:]).rstrip(), end="", flush=True)


@pytest.fixture
def session(server, authority, tmp_path):
    """Holds a session with one mechanism, and gives back its report. Mail goes out where the login is accepted."""

    def hold(mechanism, account=ACCOUNT, **fields):
        packet = order(server=server.address, port=PORT, account=account, credentials=tmp_path, ca_file=authority.ca_file,
                       tls_name="mail.example.com", mechanisms=1 << MECHANISMS.index(mechanism), **fields)
        with MailerHarness(packet) as mailer:
            report = mailer.run()
            fate, = mailer.of_type("transaction")
        assert (fate.outcome == "delivered") == (report.outcome == "none"), fate
        return report

    return hold


@pytest.fixture
def write_password(tmp_path):
    return lambda password: (tmp_path / "ipherald.smtp-password").write_text(password, "utf-8")


@pytest.fixture
def write_token(authority):
    """The token file: readable for all, as the mailer is somebody else."""

    def write(text):
        (authority.folder / "token").write_text(text, "ascii")
        return authority.folder / "token"

    return write


@pytest.fixture
def secret(authority, other_authority, tmp_path, write_password, write_token):
    """Writes what a mechanism needs. The fields of the order that go with it."""

    def write(mechanism, right):
        if mechanism in PASSWORDS:
            write_password(USERS[ACCOUNT] if right else "wrong")
            return {}
        if mechanism in TOKENS:
            return {"token_file": write_token(token(ACCOUNT) if right else token(ACCOUNT, key=b"another"))}
        own = (authority if right else other_authority).certificate(names=[], purpose="tls_www_client",
                                                                    common_name=ACCOUNT)
        (tmp_path / "ipherald.tls-key").write_bytes(own.key.read_bytes())
        return {"certificate": own.path}

    return write


@each(lambda server: MECHANISMS)
def test_right_secret(server, mechanism, secret, session, table):
    report = session(mechanism, **secret(mechanism, right=True))
    if mechanism in OFFERED[type(server)]:
        assert report.outcome == "none", report
    else:
        assert (report.outcome, report.hint) == ("settings", "mechanisms")
        assert report.cause.startswith("no login method in common")
    table[server.version(), mechanism, "right"] = "accepted" if report.outcome == "none" else "not offered"


@each(OFFERED.get)
def test_wrong_secret(server, mechanism, secret, session, table):
    report = session(mechanism, **secret(mechanism, right=False))
    assert (report.outcome, report.step, report.code) == ("login-refused", "auth", "535"), report
    assert report.digest.startswith("pbkdf2-sha256$")
    if mechanism in TOKENS:
        assert report.cause.startswith('its reason: {"status":')
    table[server.version(), mechanism, "wrong"] = f"refused: {report.code} {report.enhanced}"


@each(lambda server: PASSWORDS)
def test_password_beyond_ascii(server, mechanism, write_password, session):
    """It goes out as it was typed, which is what these servers compare it with."""
    write_password(FOREIGN_PASSWORD)
    assert session(mechanism, account=FOREIGN).outcome == "none"


@each(lambda server: [mechanism for mechanism in TOKENS if mechanism in OFFERED[server]])
def test_token_longer_than_a_line(server, mechanism, write_token, session):
    assert session(mechanism, token_file=write_token(token(ACCOUNT, scope="x" * 2000))).outcome == "none"
