# SPDX-License-Identifier: GPL-2.0-or-later
"""What the unit for dynamic updates says to nsupdate(1), which is played here; tests/system has the real one."""

import os
import subprocess

import pytest

from service import TOP

PROGRAM = TOP / "units/ipherald-nsupdate"
KEY = 'key "home-key" {\n\talgorithm hmac-sha256;\n\tsecret "b3BlbiBzZXNhbWU=";\n};\n'  # as tsig-keygen(8) has it
GIVE_UP = 78  # what the unit does not try again
ADDRESSES = {"IPHERALD_IPV4": "192.0.2.20", "IPHERALD_IPV6": "2001:db8::20", "IPHERALD_IPV4_OLD": "192.0.2.10",
             "IPHERALD_IPV6_OLD": "", "IPHERALD_INTERFACE": "wan0", "IPHERALD_CHANGED": "2026-11-24T09:18:07+09:00"}


@pytest.fixture
def update(tmp_path):
    """Runs it, and gives its exit status, what it says and the lines that nsupdate got."""
    (tmp_path / "ipherald-nsupdate.key").write_text(KEY, "ascii")
    played = tmp_path / "nsupdate"
    played.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/options\ncat >{tmp_path}/lines\nexit "${{EXIT-0}}"\n', "ascii")
    played.chmod(0o755)

    def run(**changes):
        environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CREDENTIALS_DIRECTORY": str(tmp_path),
                       "DNS_NAME": "home.example.net", **ADDRESSES, **changes}
        done = subprocess.run([PROGRAM], env=environment, capture_output=True, text=True, check=False)
        lines = tmp_path / "lines"
        return done.returncode, done.stderr, lines.read_text("ascii").splitlines() if lines.exists() else None

    return run


def test_both_families_in_one_message(update, tmp_path):
    assert update() == (0, "", [
        "update delete home.example.net A", "update add home.example.net 60 A 192.0.2.20",
        "update delete home.example.net AAAA", "update add home.example.net 60 AAAA 2001:db8::20", "send"])
    assert f"-k {tmp_path}/ipherald-nsupdate.key" in (tmp_path / "options").read_text("ascii")


def test_what_its_owner_says(update):
    _, _, lines = update(DNS_SERVER="192.0.2.53 5353", DNS_ZONE="example.net", DNS_TTL="300")
    assert lines[:2] == ["server 192.0.2.53 5353", "zone example.net"]
    assert "update add home.example.net 300 A 192.0.2.20" in lines


def test_an_address_that_has_gone(update):
    _, _, lines = update(IPHERALD_IPV4="")
    assert "update delete home.example.net A" in lines and not any("add home.example.net 60 A " in s for s in lines)


def test_a_family_that_never_was_is_somebody_elses(update):
    _, _, lines = update(IPHERALD_IPV6="", IPHERALD_IPV6_OLD="")
    assert lines == ["update delete home.example.net A", "update add home.example.net 60 A 192.0.2.20", "send"]


def test_a_failed_update_is_tried_again(update):
    assert update(EXIT="2")[0] == 2


@pytest.mark.parametrize("missing, said", [("DNS_NAME", "DNS_NAME is not set"), ("key", "There is no key")])
def test_what_its_owner_has_to_do_first(update, tmp_path, missing, said):
    changes = {"DNS_NAME": ""} if missing == "DNS_NAME" else {}
    if missing == "key":
        (tmp_path / "ipherald-nsupdate.key").unlink()
    code, text, lines = update(**changes)
    assert code == GIVE_UP and said in text and lines is None


@pytest.mark.parametrize("text", ["b3BlbiBzZXNhbWU=\n", "hmac-sha256:home-key:b3BlbiBzZXNhbWU=\n", ""])
def test_a_file_that_is_no_key_file(update, tmp_path, text):
    """nsupdate would quote the words that it does not know, and go on without a signature."""
    (tmp_path / "ipherald-nsupdate.key").write_text(text, "ascii")
    code, said, lines = update()
    assert code == GIVE_UP and "no key file" in said and "b3Blbi" not in said and lines is None
