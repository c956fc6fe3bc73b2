#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# try.sh PROGRAM SECONDS [CORPUS]: replays the seeds of a fuzzer, then lets it look for SECONDS. What it learns is
# kept in the folder CORPUS, where one is named. An input that fails is kept, and the last lines say how to replay it.
set -eu
program=$(realpath "$1") seconds=$2
name=${program##*/fuzz-}
here=$(realpath "$(dirname "$0")")
crashes=${program%/tests/fuzz/*}/crashes
corpus=${3-}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
if [ -z "$corpus" ]; then
        corpus=$scratch/corpus
fi
mkdir -p "$crashes" "$corpus"

dictionary=
[ ! -e "$here/$name.dict" ] || dictionary=-dict=$here/$name.dict
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 ASAN_OPTIONS=detect_leaks=1:quarantine_size_mb=16

# Limits of memory and of time for each input; the latter is for inputs that never end, not for a busy machine. Long
# inputs are tried from the start: a conversation is long.
run() {
        # shellcheck disable=SC2086 # the dictionary's option, or none
        "$program" -artifact_prefix="$crashes/$name-" -rss_limit_mb=1024 -malloc_limit_mb=64 -timeout=60 \
                -len_control=0 $dictionary "$@" >"$scratch/log" 2>&1
}

failed() {
        grep -v '^#' "$scratch/log" | tail -n 60
        file=$(sed -n 's/.*Test unit written to //p' "$scratch/log" | tail -n 1)
        echo "fuzz-$name: $1"
        [ -z "$file" ] || echo "the input: $file; again: $program $file"
        exit 1
}

run "$here/corpus/$name"/* || failed "a seed fails"
run -max_total_time="$seconds" -print_final_stats=1 "$corpus" "$here/corpus/$name" || failed "an input fails"
echo "fuzz-$name: $(sed -n 's/^Done \([0-9]*\) runs in \([0-9]*\) second.*/\1 runs in \2 s/p' "$scratch/log")," \
        "$(sed -n 's/.*cov: \([0-9]*\).*/\1/p' "$scratch/log" | tail -n 1) edges"
grep '^reached ' "$scratch/log" || true
