# SPDX-License-Identifier: GPL-2.0-or-later
"""The system's certificates, of which the mailer reads those alone that a server's chain needs: what is trusted, and what is
not, is the same as with all of them."""

import pathlib
import subprocess

import pytest

from certificates import Authority, Certificate
from mailer_harness import MailerHarness, order, refused
from namespaces import require_namespaces
from smtp_server import SmtpServer, Submission

STORE = "/etc/ssl/certs/ca-certificates.crt"
SERVER = "mail.example.com"


def pem(*authorities):
    return "".join(pathlib.Path(authority.ca_file).read_text("ascii") for authority in authorities)


@pytest.fixture(name="store")
def make_store(tmp_path):
    """Puts a text in the place of the system's certificates."""
    require_namespaces()
    file = tmp_path / "store.pem"
    file.touch()
    subprocess.run(["mount", "--bind", file, STORE], check=True)
    yield lambda text: file.write_text(text, "ascii")
    subprocess.run(["umount", STORE], check=True)


@pytest.fixture(name="many", scope="session")
def make_many(tmp_path_factory):
    """Authorities that have nothing to do with the server."""
    folder = tmp_path_factory.mktemp("many")
    return [Authority(folder / str(i), f"Authority {i}") for i in range(3) if (folder / str(i)).mkdir() is None]


def chain(folder, certificate, *authorities):
    """CERTIFICATE, and behind it those of AUTHORITIES, as a server shows them."""
    path = folder / "chain.pem"
    path.write_text(pathlib.Path(certificate.path).read_text("ascii") + pem(*authorities), "ascii")
    return Certificate(path, certificate.key)


def delivers(certificate):
    submission = Submission(certificate.server_context())
    with SmtpServer(submission) as server:
        with MailerHarness(order(port=server.port, tls_name=SERVER)) as mailer:
            session = mailer.run()
    assert session.outcome == "none", session
    assert len(submission.mails) == 1


def refuses(certificate, words, outcome="insecure"):
    with SmtpServer(Submission(certificate.server_context())) as server:
        session = refused(server, tls_name=SERVER)
    assert (session.outcome, session.step) == (outcome, "tls")
    assert words in session.cause


def test_issuer_among_many(store, many, authority, good):
    store(pem(*many[:2], authority, many[2]))
    delivers(good)


def test_issuer_not_among_them(store, many, good):
    store(pem(*many))
    refuses(good, "issuer is not trusted here: CN=Test Authority")


def test_issuer_by_an_intermediate_one(store, many, authority, tmp_path):
    (tmp_path / "between").mkdir()
    between = Authority(tmp_path / "between", "Between", authority)
    certificate = between.certificate()
    store(pem(*many, authority))
    delivers(chain(tmp_path, certificate, between))
    refuses(certificate, "issuer is not trusted here: CN=Between")


def test_intermediate_one_is_trusted_itself(store, many, authority, tmp_path):
    (tmp_path / "between").mkdir()
    between = Authority(tmp_path / "between", "Between", authority)
    store(pem(*many, between))
    delivers(chain(tmp_path, between.certificate(), between))


def test_server_is_trusted_itself(store, many, authority):
    own = authority.certificate(self_signed=True)
    store(pem(*many) + pathlib.Path(own.path).read_text("ascii"))
    delivers(own)


def test_another_of_the_same_name(store, authority, good, tmp_path):
    false = Authority(tmp_path, "Test Authority")
    store(pem(false))
    refuses(good, "not trusted")
    store(pem(false, authority))
    delivers(good)


def test_what_is_no_certificate_between_them(store, many, authority, good):
    broken = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"
    half = pem(many[0]).replace("\n", "\nAAAA\n", 2)
    store(f"# a comment\n{broken}{half}{pem(authority)}-----BEGIN CERTIFICATE-----\nMIIB")
    delivers(good)


def test_nothing_is_trusted(store, good):
    store("# nobody\n")
    refuses(good, "no trusted certificate in the system's store", "settings")
