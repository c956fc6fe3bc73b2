# SPDX-License-Identifier: GPL-2.0-or-later
"""The system's certificates, of which the mailer reads those alone that a server's chain needs: what is trusted, and what is
not, is the same as with all of them."""

import pathlib
import ssl
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


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_server_that_asks_for_our_own_certificate(store, many, authority, good, version):
    context = good.server_context(version, version)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(authority.ca_file)
    store(pem(*many))
    with SmtpServer(Submission(context)) as server:
        session = refused(server, tls_name=SERVER)
    assert (session.outcome, session.step) == ("insecure", "tls")


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


def test_signed_by_one_that_is_unknown_as_well(store, many, authority, good, tmp_path):
    """The chain ends with the authority as another has signed it: the same name and key as the one that is trusted."""
    unknown = Authority(tmp_path, "Unknown")
    crossed = tmp_path / "crossed.pem"
    subprocess.run(["certtool", "--generate-certificate", "--load-privkey", authority.root.key, "--template",
                    pathlib.Path(authority.ca_file).with_suffix(".template"), "--outfile", crossed,
                    "--load-ca-certificate", unknown.ca_file, "--load-ca-privkey", unknown.root.key],
                   check=True, capture_output=True)
    shown = tmp_path / "shown.pem"
    shown.write_text(pathlib.Path(good.path).read_text("ascii") + crossed.read_text("ascii"), "ascii")
    store(pem(*many, authority))
    delivers(Certificate(shown, good.key))
    store(pem(*many))
    refuses(Certificate(shown, good.key), "issuer is not trusted here: CN=Unknown")


@pytest.mark.parametrize("old, new", [("\n", "\r\n"), ("-\n", "- \n"), (" CERTIFICATE", " X509 CERTIFICATE")])
def test_other_forms_of_the_file(store, many, authority, good, old, new):
    store(pem(*many) + pem(authority).replace(old, new))
    delivers(good)


def test_octet_0_in_the_file(store, many, authority, good):
    store(pem(many[0]) + "\0\n" + pem(authority))
    delivers(good)


def test_file_of_more_than_is_read_as_text(store, many, authority, good):
    store("#" * 2**20 + "\n" + pem(*many, authority))
    delivers(good)


def test_chain_of_as_many_as_are_followed(store, many, authority, tmp_path):
    between = [authority]
    for i in range(15):
        (tmp_path / str(i)).mkdir()
        between.append(Authority(tmp_path / str(i), f"Between {i}", between[-1]))
    own = between[-1].certificate()
    store(pem(*many, authority))
    delivers(chain(tmp_path, own, *reversed(between[1:])))
    refuses(chain(tmp_path, own, *reversed(between)), "TLS handshake", "insecure")


def test_what_is_no_certificate_between_them(store, many, authority, good):
    broken = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"
    half = pem(many[0]).replace("\n", "\nAAAA\n", 2)
    store(f"# a comment\n{broken}{half}{pem(authority)}-----BEGIN CERTIFICATE-----\nMIIB")
    delivers(good)


def test_nothing_is_trusted(store, good):
    store("# nobody\n")
    refuses(good, "no trusted certificate in the system's store", "settings")
