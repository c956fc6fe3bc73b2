#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh SECONDS [NAME]...: builds the fuzzers into build-fuzz/ and runs each, or those that are named, for SECONDS,
# one after the other. What they learn stays in build-fuzz/corpus/NAME, so that the next run goes on from there.
set -eu
cd "$(dirname "$0")/../.."
if [ $# -eq 0 ]; then
        sed -n 's/^# \{0,1\}//; 3,4p' "$0" >&2
        exit 2
fi
seconds=$1
shift

[ -e build-fuzz/build.ninja ] || CC=clang meson setup build-fuzz -Dtests=disabled -Dfuzzers=enabled
ninja -C build-fuzz --quiet
# shellcheck disable=SC2046 # a list of names
[ $# -gt 0 ] || set -- $(ls tests/fuzz/corpus)

status=0
for name in "$@"; do
        tests/fuzz/try.sh "build-fuzz/tests/fuzz/fuzz-$name" "$seconds" "build-fuzz/corpus/$name" || status=1
done
exit $status
