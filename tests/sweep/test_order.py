# SPDX-License-Identifier: GPL-2.0-or-later
"""The order of the calls that make a record durable: the checker itself on traces with a fault, the program, and builds
of it with a bug."""

import pytest

from calls import read_calls
from lab import A, B
from order import check_order
from planted import BUGS, build
from stage import Stage

NEW = "9</state/.ledger.new>"
RECORD = [
    f'1 openat(3</state>, ".ledger.new", O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0600) = {NEW}',
    f'1 write({NEW}, "ipherald-ledger 1\\n", 18) = 18',
    f"1 fsync({NEW}) = 0",
    '1 renameat(3</state>, ".ledger.new", 3</state>, "ledger") = 0',
    "1 fsync(3</state>) = 0",
]
OPEN, WRITE, FSYNC, RENAME, FOLDER = RECORD
DATA = ['2 sendto(4<socket:[7]>, "DATA\\r\\n", 6, MSG_NOSIGNAL, NULL, 0) = 6',
        '2 recvfrom(4<socket:[7]>, "250 2.1.5 Ok\\r\\n354 go on\\r\\n", 16384, 0, NULL, NULL) = 25']
ASK = '2 sendto(3<socket:[8]>, "commit transaction=0 accepted=0\\n", 32, MSG_DONTWAIT, NULL, 0) = 32'
GO = '1 sendto(5<socket:[9]>, "answer transaction=0 go=1\\n", 26, MSG_DONTWAIT, NULL, 0) = 26'
HEARD = '2 recvfrom(3<socket:[8]>, "answer transaction=0 go=1\\n", 4096, MSG_DONTWAIT, NULL, NULL) = 26'
BODY = '2 sendto(4<socket:[7]>, "From: <a@example.com>\\r\\n", 700, MSG_NOSIGNAL, NULL, 0) = 700'
GOOD = [*DATA, ASK, *RECORD, GO, HEARD, BODY]


def without(line):
    return [other for other in GOOD if other != line]


def failed(line):
    return [other.rpartition(" = ")[0] + " = -1 EIO (Input/output error)" if other == line else other for other in GOOD]


def swapped(one, other):
    return [{one: other, other: one}.get(line, line) for line in GOOD]


BAD = {
    "no record": [*DATA, ASK, GO, HEARD, BODY],
    "the record of an earlier question": [*RECORD, *DATA, ASK, GO, HEARD, BODY],
    "the record behind the go": [*DATA, ASK, GO, *RECORD, HEARD, BODY],
    "half of the record behind the go": [*DATA, ASK, OPEN, WRITE, FSYNC, GO, RENAME, FOLDER, HEARD, BODY],
    "nothing written": without(WRITE),
    "no fsync": without(FSYNC),
    "no rename": without(RENAME),
    "no fsync of the folder": without(FOLDER),
    "an fsync that failed": failed(FSYNC),
    "a rename that failed": failed(RENAME),
    "an fsync of the folder that failed": failed(FOLDER),
    "written behind the fsync": swapped(WRITE, FSYNC),
    "renamed before the fsync": swapped(FSYNC, RENAME),
    "the folder synced before the rename": swapped(RENAME, FOLDER),
    "another folder synced": [line.replace("fsync(3</state>)", "fsync(3</elsewhere>)") for line in GOOD],
    "a body before the question": [*DATA, BODY, ASK, *RECORD, GO, HEARD],
    "a body before the go": [*DATA, ASK, BODY, *RECORD, GO, HEARD],
    "a body before the go was heard": [*DATA, ASK, *RECORD, GO, BODY, HEARD],
    "a last record whose folder is not synced": GOOD + [OPEN, WRITE, FSYNC, RENAME],
}


def test_a_good_trace_is_good():
    assert check_order(read_calls(GOOD)) == ([], 1, 1)
    assert check_order(read_calls(GOOD + GOOD)) == ([], 2, 2)


def test_a_call_that_another_process_interrupts():
    """The sync counts from its end, and what is sent from its begin."""
    begun, resumed = "1 fsync(3</state> <unfinished ...>", "1 <... fsync resumed>) = 0"
    good = [part for line in GOOD for part in ((begun, resumed) if line == FOLDER else (line,))]
    assert check_order(read_calls(good)) == ([], 1, 1)
    late = [line for line in good if line != resumed]
    late.insert(late.index(GO) + 1, resumed)
    assert check_order(read_calls(late))[0]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_trace_is_bad(name):
    assert check_order(read_calls(BAD[name]))[0]


@pytest.fixture(scope="module")
def stage(lab):
    lab.set_address(A)
    made = Stage(lab, 0, security="none")
    made.tell(A)
    lab.set_address(B)
    return made


def trace(stage):
    return stage.trace("service", "-f", "-y", "-s", "1024")


def test_a_mail_is_recorded_before_its_body(stage):
    assert check_order(trace(stage)) == ([], 2, 2)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.stem)
def test_a_planted_bug_is_found(stage, bug, tmp_path):
    stage.use(build(bug, tmp_path))
    faults, goes, _ = check_order(trace(stage))
    assert goes == 2
    assert len(faults) >= 2, faults
