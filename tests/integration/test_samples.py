# SPDX-License-Identifier: GPL-2.0-or-later
"""Each sample of an attachment, taken out of a mail that told an address of either family, is opened by the program
that it is for, or by a reader of its format. What its owner fills in once, keys and certificates, is filled in here too."""

import json
import os
import plistlib
import re
import shutil
import subprocess
import uuid
import xml.etree.ElementTree

import pytest

from namespaces import require_namespaces
from lab import INTERFACE, Lab
from overlay import Overlay
from process import PATIENCE, Process
from service import TOP

SAMPLES = TOP / "conf" / "samples"
ROOT = TOP / "build" / "root-tools"
ADDRESSES = ["203.0.113.9", "2001:db8::9"]
OWNERS_PART = re.compile(r"\b[A-Z]+(?:-[A-Z]+)*-OF-THE-[A-Z]+\b")


@pytest.fixture(scope="module")
def attached():
    """By address and name: what the mails of one service, to which each of ADDRESSES is news, have with them."""
    require_namespaces()
    lab = Lab()
    server = lab.mail_server()
    files = [str(shutil.copy(path, lab.folder)) for path in sorted(SAMPLES.iterdir())]
    service = lab.service(to=[{"to": "me@example.com", "attach": files}])
    found = {}
    for n, address in enumerate(ADDRESSES, 1):
        lab.client.ip("address", "add", address, "dev", INTERFACE, *["nodad"] * (":" in address))
        lab.client.ip("-6" if ":" in address else "-4", "route", "replace", "default", "dev", INTERFACE)
        if n == 1:
            service.start()
        for part in server.wait_mails(n).message.iter_attachments():
            found[address, part.get_filename()] = part.get_payload(decode=True).decode("utf-8")
        service.wait_matching("^Mail sending completed:", n)
    lab.close()
    assert len(found) == 2 * len(files)
    return found


@pytest.fixture
def filled(attached):
    """The sample's text. PARTS: what stands for the owner's words: private_key_of_the_phone is PRIVATE-KEY-OF-THE-PHONE."""

    def fill(name, address, **parts):
        words = OWNERS_PART.sub(lambda word: parts[word[0].lower().replace("-", "_")], attached[address, name])
        assert "%{" not in words and "none" not in words
        return words

    return fill


@pytest.fixture
def tools():
    """The root with the programs in it. Its work lies in the tests' own /run."""
    require_namespaces()
    if os.environ["IPHERALD_TESTS_NAMESPACES"] != "root":
        pytest.skip("another root takes root")
    if not (ROOT / ".made").exists():
        pytest.skip("build/root-tools is not made (tests/integration/tools_root.sh)")
    made = Overlay(ROOT, f"/run/tools-{uuid.uuid4()}")
    yield made
    made.close()


def output(tools, *argv, stdin=""):
    done = subprocess.run(tools.command(*argv), input=stdin, text=True, capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("address, endpoint", zip(ADDRESSES, [f"{ADDRESSES[0]}:51820", f"[{ADDRESSES[1]}]:51820"]))
def test_wireguard(tools, filled, address, endpoint):
    """wg-quick takes what is for itself out of the file and gives the rest to wg, which knows each key of that."""
    keys = [output(tools, "wg", "genkey").strip() for _ in range(2)]
    public = output(tools, "wg", "pubkey", stdin=keys[1]).strip()
    text = filled("wg-home.conf", address, private_key_of_the_phone=keys[0], public_key_of_the_gateway=public)
    tools.write("etc/wireguard/wg-home.conf", text)
    (tools.path / "etc/wireguard/wg-home.conf").chmod(0o600)
    stripped = output(tools, "wg-quick", "strip", "wg-home").splitlines()
    assert f"PrivateKey = {keys[0]}" in stripped and f"PublicKey = {public}" in stripped
    assert f"Endpoint = {endpoint}" in stripped
    assert not [line for line in stripped if line.startswith("Address")]


def test_wireguard_name():
    """It becomes an interface's."""
    assert [len(path.stem) <= 15 for path in SAMPLES.glob("*.conf")] == [True]


@pytest.mark.parametrize("address", ADDRESSES)
def test_mobileconfig(filled, address):
    text = filled("home.mobileconfig", address)
    xml.etree.ElementTree.fromstring(text.encode("utf-8"))
    profile = plistlib.loads(text.encode("utf-8"), fmt=plistlib.FMT_XML)
    payload, = profile["PayloadContent"]
    assert payload["PayloadType"] == "com.apple.vpn.managed" and payload["VPNType"] == "IKEv2"
    assert payload["IKEv2"]["RemoteAddress"] == address and address in profile["PayloadDisplayName"]
    assert uuid.UUID(profile["PayloadUUID"]) != uuid.UUID(payload["PayloadUUID"])


@pytest.mark.parametrize("address", ADDRESSES)
def test_sswan(filled, address):
    profile = json.loads(filled("home.sswan", address))
    assert profile["remote"]["addr"] == address
    assert uuid.UUID(profile["uuid"]).version == 4


@pytest.mark.parametrize("name, identity", [("home.mobileconfig", r"<key>Payload(?:UUID|Identifier)</key>\s*(.*)"),
                                            ("home.sswan", r'"uuid": (.*)')])
def test_what_replaces_stays(filled, name, identity):
    """The phone takes a file for the one that it has by these alone, whatever the address."""
    first, second = (re.findall(identity, filled(name, address)) for address in ADDRESSES)
    assert first and first == second


@pytest.mark.parametrize("address, link", zip(ADDRESSES, ["UDPv4", "UDPv6"]))
def test_openvpn(tools, filled, lab, address, link):
    """With a certificate and its key OpenVPN takes every line, and begins to speak to the address."""
    phone = lab.authority.certificate(names=[], purpose="tls_www_client", common_name="phone")
    pem = {name: open(path, encoding="ascii").read().strip() for name, path in (
        ("certificate_of_the_authority", lab.authority.ca_file), ("certificate_of_the_phone", phone.path),
        ("private_key_of_the_phone", phone.key))}
    tools.write("home.ovpn", filled("home.ovpn", address, **pem))
    client = Process(lab.client.command(*tools.command("openvpn", "--config", "/home.ovpn", "--dev", "null")))
    try:
        client.wait_line(rf"{link} link remote: \[AF_INET6?\]{re.escape(address)}:1194$")
    finally:
        client.stop()
    assert not client.matching("Options error|WARNING|DEPRECATED")
