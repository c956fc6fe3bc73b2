#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [NAME | --fault NAME]: proves with CBMC what each harness here claims, or the one that is named; then, where none
# is named, shows that each planted fault makes its harness fail. --fault NAME: that fault alone.
#
# A harness is a file here whose first comment has lines "sources:" (what it is linked with) and "options:" (how far loops
# go, and what else CBMC is told), and may have "small:" (constants of the headers and what they are in the proof). A
# fault is a patch of a copy of src, faults/NAME.patch, with lines "harness:" and "fails:", a part of the claim that has to
# fail; no other is looked for then, which is a small part of the work. CBMC lives in build/root-proof, which root makes. Two
# run side by side.
#
# Prints a line for each, "proved", "FAILED", "found" or "MISSED" first, and keeps all in build/proof/results.txt; then what
# the harnesses and the faults took. The exit status is 0 where all was proved and found, 1 where not, 2 where one broke
# off or there is no such name, 77 where CBMC can't be had here.
set -eu
cd "$(dirname "$0")/../.."

root=build/root-proof
folder=build/proof
limit=${PROOF_SECONDS:-300} # of a processor, so that a busy machine ends nothing

# line HARNESS WORD: what the line "WORD:" of its first comment says.
line() {
        sed -n "s|^ \\* $2: ||p" "tests/proof/$1.c" | sed 's| \*/$||'
}

in_root() {
        folder_there=$1
        shift
        prlimit --cpu="$limit" chroot "$root" env -C "$folder_there" "$@"
}

# tree NAME HARNESS: a copy of the sources in the root, with what the harness makes small.
tree() {
        rm -rf "${root:?}/proof/$1"
        mkdir -p "$root/proof/$1/tests"
        cp -r src "$root/proof/$1/src"
        cp -r tests/proof "$root/proof/$1/tests/proof"
        for constant in $(line "$2" small); do
                define="#define ${constant%=*} "
                header=$(grep -rlF "$define" "$root/proof/$1/src")
                sed -i "s/^$define.*/$define${constant#*=}/" "$header"
        done
}

# compile NAME HARNESS LOG: the harness over the tree NAME, as NAME/program.
compile() {
        defines=$(line "$2" options | tr ' ' '\n' | grep '^-[DI]' || :)
        # shellcheck disable=SC2046,SC2086 # lists
        in_root "/proof/$1" goto-cc -std=c17 -D_GNU_SOURCE -Isrc -Itests/proof $defines -o program \
                "tests/proof/$2.c" $(line "$2" sources) >"$3" 2>&1
}

# look NAME HARNESS LOG [OPTION...]: at every execution of what was compiled.
look() {
        at=/proof/$1
        options=$(line "$2" options)
        log=$3
        shift 3
        checks="--pointer-overflow-check --pointer-primitive-check"
        case $options in *--no-standard-checks*) checks= ;; esac
        # shellcheck disable=SC2086 # lists
        in_root "$at" cbmc --malloc-may-fail --malloc-fail-null --unwinding-assertions --slice-formula $checks \
                $options program "$@" >"$log" 2>&1
}

# claims LOG TEXT: options that name the properties of a list whose description has TEXT in it.
claims() {
        awk -v "text=$2" '/^Property / { id = substr($2, 1, length($2) - 1); n = NR }
                          id != "" && NR == n + 2 && index($0, text) { print "--property " id }' "$1"
}

# seconds FILE: of the processor, that the children took, of what "times" has written.
seconds() {
        awk 'NR == 2 { split($1, user, /[ms]/); split($2, kernel, /[ms]/)
                       printf "%.0f", (user[1] + kernel[1]) * 60 + user[2] + kernel[2] }' "$1"
}

# The claims that failed, and what makes CBMC give up, of a log.
told() {
        { grep ': FAILURE$' "$1" || grep -E 'error|^syntax|PARSING' "$1"; } |
                sed 's/^\[[^]]*\] //; s/: FAILURE$//' | head -n 3 | tr '\n' ';'
}

prove() {
        tree "$1" "$1"
        if compile "$1" "$1" "$folder/$1.log" && look "$1" "$1" "$folder/$1.log"; then
                verdict="proved $1: $(sed -n 's/^\*\* 0 of \([0-9]*\) failed.*/\1 properties/p' "$folder/$1.log")"
        else
                verdict="FAILED $1: $(told "$folder/$1.log")"
        fi
        rm -rf "${root:?}/proof/$1"
        times >"$folder/$1.times"
        echo "$verdict, $(seconds "$folder/$1.times") s"
}

fault() {
        patch=tests/proof/faults/$1.patch
        harness=$(sed -n 's/^harness: //p' "$patch")
        fails=$(sed -n 's/^fails: //p' "$patch")
        name=fault-$1
        log=$folder/$name.log
        tree "$name" "$harness"
        # shellcheck disable=SC2086 # the properties are a list
        if ! patch -s -p1 -d "$root/proof/$name/src" <"$patch" >"$log"; then
                verdict="MISSED $1: it does not apply any more"
        elif ! compile "$name" "$harness" "$log" || ! look "$name" "$harness" "$log" --show-properties; then
                verdict="MISSED $1: $(told "$log")"
        elif properties=$(claims "$log" "$fails") && [ -z "$properties" ]; then
                verdict="MISSED $1: nothing in $harness is called $fails"
        elif look "$name" "$harness" "$log" $properties; then
                verdict="MISSED $1: $harness is proved with it"
        elif grep -F -- "$fails" "$log" | grep -q ': FAILURE$'; then
                verdict="found $1: by $harness, $fails"
        else
                verdict="MISSED $1: not as it says: $(told "$log")"
        fi
        rm -rf "${root:?}/proof/$name"
        times >"$folder/$name.times"
        echo "$verdict, $(seconds "$folder/$name.times") s"
}

# named NAME LIST: NAME, where it is one of them.
named() {
        if ! echo "$2" | grep -xF -- "$1"; then
                echo "there is no \"$1\", but: $(echo $2)" >&2
                exit 2
        fi
}

mkdir -p "$folder"
case ${1-} in
--prove-one) prove "$2" && exit 0 ;;
--fault-one) fault "$2" && exit 0 ;;
esac

harnesses=$(grep -l '^ \* sources: ' tests/proof/*.c | sed 's|.*/||; s|\.c$||')
faults=$(for file in tests/proof/faults/*.patch; do basename "$file" .patch; done)
case ${1-} in
'') ;;
--fault) faults=$(named "${2-}" "$faults") harnesses='' ;;
*) harnesses=$(named "$1" "$harnesses") faults='' ;;
esac

if ! tests/proof/root.sh; then
        echo "skipped: there is no CBMC here"
        exit 77
fi

# both OPTION WORD NAME...: two beside each other; at the end what they took.
both() {
        option=$1 word=$2
        shift 2
        [ $# -gt 0 ] || return 0
        times >"$folder/times"
        before=$(seconds "$folder/times") begun=$(date +%s) done=$(wc -l <"$folder/results.txt")
        printf '%s\n' "$@" | xargs -I NAME -P 2 tests/proof/run.sh "$option" NAME | tee -a "$folder/results.txt"
        if [ "$(wc -l <"$folder/results.txt")" -ne $((done + $#)) ]; then
                echo "not all $word came to a verdict"
                exit 2
        fi
        times >"$folder/times"
        echo "$# $word: $(($(seconds "$folder/times") - before)) s of a processor, $(($(date +%s) - begun)) s in all"
}

: >"$folder/results.txt"
# shellcheck disable=SC2086 # lists
both --prove-one harnesses $harnesses
# shellcheck disable=SC2086
both --fault-one faults $faults
! grep -qE '^(FAILED|MISSED) ' "$folder/results.txt"
