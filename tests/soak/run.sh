#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [--sanitizers] [--minutes N] [--seed N]: the real service in namespaces, where everything goes wrong at random
# for half an hour; soak.py says what. Takes what the tests of tests/integration take. The exit status is 0 where nothing
# was lost and nothing repeated.
set -eu
cd "$(dirname "$0")/../.."

folder=build sanitize=none
if [ "${1-}" = --sanitizers ]; then
        folder=build-sanitizers sanitize=address,undefined
        shift
fi
[ -e "$folder/build.ninja" ] || meson setup "$folder" -Db_sanitize=$sanitize >&2
ninja -C "$folder" --quiet >&2
export IPHERALD_BUILD="$PWD/$folder" UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 PYTHONDONTWRITEBYTECODE=1
exec tests/in-namespaces.sh /usr/bin/python3 tests/soak/soak.py "$@"
