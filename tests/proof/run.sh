#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [NAME | --fault NAME]: proves with CBMC what each harness here claims, or the one that is named; then, where none
# is named, shows that each planted fault makes its harness fail. --fault NAME: that fault alone.
#
# A harness is a file here whose first comment has lines "sources:" (what it is linked with) and "options:" (how far loops
# go, and what else CBMC is told). A fault is a patch of a copy of src, faults/NAME.patch, with lines "harness:" and "fails:",
# a part of the claim that has to fail. CBMC lives in build/root-proof, which root makes. Two run side by side.
#
# Prints a line for each, "proved", "FAILED", "found" or "MISSED" first, and keeps all in build/proof/results.txt. The exit
# status is 0 where all was proved and found, 1 where not, 2 where one broke off, 77 where CBMC can't be had here.
set -eu
cd "$(dirname "$0")/../.."

root=build/root-proof
folder=build/proof
limit=${PROOF_SECONDS:-300} # of a processor, so that a busy machine ends nothing

# cbmc NAME TREE LOG: runs harness NAME over the sources in TREE, a folder of the root.
cbmc() {
        file=tests/proof/$1.c
        sources=$(sed -n 's/^ \* sources: //p' "$file")
        options=$(sed -n 's/^ \* options: \(.*\) \*\/$/\1/p' "$file")
        checks="--pointer-overflow-check --pointer-primitive-check"
        case $options in *--no-standard-checks*) checks= ;; esac
        # shellcheck disable=SC2086 # lists
        prlimit --cpu="$limit" chroot "$root" env -C "$2" cbmc --c17 -D_GNU_SOURCE -Isrc -Itests/proof \
                --malloc-may-fail --malloc-fail-null --unwinding-assertions $checks --slice-formula \
                $options "$file" $sources >"$3" 2>&1
}

# tree NAME: a copy of the sources in the root.
tree() {
        rm -rf "${root:?}/proof/$1"
        mkdir -p "$root/proof/$1/tests"
        cp -r src "$root/proof/$1/src"
        cp -r tests/proof "$root/proof/$1/tests/proof"
}

# The claims that failed, and what makes CBMC give up, of a log.
told() {
        grep -E ': FAILURE$|error|^syntax|PARSING' "$1" | sed 's/^\[[^]]*\] //; s/: FAILURE$//' | head -n 3 | tr '\n' ';'
}

prove() {
        begun=$(date +%s)
        tree "$1"
        if cbmc "$1" "/proof/$1" "$folder/$1.log"; then
                echo "proved $1: $(grep -E '^\*\* ' "$folder/$1.log" | sed -n 's/.*0 of \([0-9]*\) failed.*/\1 properties/p')," \
                        "$(($(date +%s) - begun)) s"
        else
                echo "FAILED $1: $(told "$folder/$1.log") $(($(date +%s) - begun)) s"
        fi
        rm -rf "${root:?}/proof/$1"
}

fault() {
        patch=tests/proof/faults/$1.patch
        harness=$(sed -n 's/^harness: //p' "$patch")
        fails=$(sed -n 's/^fails: //p' "$patch")
        name=fault-$1
        tree "$name"
        if ! patch -s -p1 -d "$root/proof/$name/src" <"$patch" >"$folder/$name.log"; then
                echo "MISSED $1: it does not apply any more"
        elif cbmc "$harness" "/proof/$name" "$folder/$name.log"; then
                echo "MISSED $1: $harness is proved with it"
        elif grep -F -- "$fails" "$folder/$name.log" | grep -q ': FAILURE$'; then
                echo "found $1: by $harness, $fails"
        else
                echo "MISSED $1: not as it says: $(told "$folder/$name.log")"
        fi
        rm -rf "${root:?}/proof/$name"
}

mkdir -p "$folder"
case ${1-} in
--prove-one) prove "$2" && exit 0 ;;
--fault-one) fault "$2" && exit 0 ;;
esac

if ! tests/proof/root.sh; then
        echo "skipped: there is no CBMC here"
        exit 77
fi

harnesses=$(grep -l '^ \* sources: ' tests/proof/*.c | sed 's|.*/||; s|\.c$||')
faults=$(for file in tests/proof/faults/*.patch; do basename "$file" .patch; done)
case ${1-} in
'') ;;
--fault) harnesses='' faults=$2 ;;
*) harnesses=$1 faults='' ;;
esac
wanted=$(for name in $harnesses; do echo "--prove-one $name"; done
         for name in $faults; do echo "--fault-one $name"; done)
echo "$wanted" | xargs -L 1 -P 2 tests/proof/run.sh | tee "$folder/results.txt"
if [ "$(echo "$wanted" | wc -l)" -ne "$(wc -l <"$folder/results.txt")" ]; then
        echo "not all of them came to a verdict"
        exit 2
fi
! grep -qE '^(FAILED|MISSED) ' "$folder/results.txt"
