#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# sweep.sh [--all [JOBS]]: takes one delivery of the real service and its mailer, kills it at each system call, and fails
# each call that can fail, in each way in which it can; after each such run the mails and the ledger are looked at.
#
# Without --all only the calls on the state folder are taken, as the test command does, and the order of the calls that
# make a record durable is checked. With --all it prints each failure as it comes, and last how many points, runs and
# failures there were. JOBS runs go on at the same time (4 where nothing is said). It takes what lies in build/.
set -eu
cd "$(dirname "$0")/.."

[ "${1-}" = --all ] || exec tests/run.sh --no-install sweep
export PYTHONDONTWRITEBYTECODE=1
exec tests/in-namespaces.sh /usr/bin/python3 tests/sweep/sweep.py "${2:-4}"
