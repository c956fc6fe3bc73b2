#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [SCENE]...: explores every reachable state of src/decide under AddressSanitizer and UndefinedBehaviorSanitizer,
# each scene of scenes.c, or those that are named; then, where none is named, each planted bug.
#
# A planted bug is a patch of a copy of src/decide: bugs/NN-NAME.patch, which says in which scene it shows. It must
# apply, and be found. The build lies in build/explore; all processors take part. The last line is "N found, N missed".
set -eu
cd "$(dirname "$0")/../.."

folder=build/explore
flags="-std=gnu17 -D_GNU_SOURCE -g -Werror -Wall -Wextra
       -Wno-unused-parameter -Wno-missing-field-initializers -Wmissing-prototypes"
rest="src/base/*.c src/address/*.c src/settings/*.c"
: "${CC:=gcc}"

# bug PATCH: prints a line with ": found, " or ": MISSED, " in it.
bug() {
        name=$(basename "$1" .patch)
        copy=$folder/bugs/$name
        file=$(sed -n 's|^+++ b/decide/||p' "$1")
        scene=$(sed -n 's/^scene: //p' "$1")
        mkdir -p "$copy/decide"
        cp src/decide/"$file" "$copy/decide"
        cp -r "$folder/objects" "$copy/objects"
        if ! patch -s -p1 -d "$copy" <"$1"; then
                echo "$name: MISSED, it does not apply any more"
                return
        fi
        # shellcheck disable=SC2086
        $CC $flags -O2 -Isrc -c -o "$copy/objects/${file%.c}.o" "$copy/decide/$file"
        $CC -o "$copy/explore" "$copy"/objects/*.o
        told=$("$copy/explore" "$scene" | tail -n 1)
        rm -rf "$copy"
        case $told in
        *VIOLATION*) echo "$name: found, $told" ;;
        *) echo "$name: MISSED, $told" ;;
        esac
}

if [ "${1-}" = --bug ]; then
        bug "$2"
        exit 0
fi

rm -rf "$folder"
mkdir -p "$folder/objects"
# shellcheck disable=SC2086 # lists, here and below
$CC $flags -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -Isrc -Itests/explore -o "$folder/explore" \
        tests/explore/*.c src/decide/*.c $rest
if [ $# -gt 0 ]; then
        exec "$folder/explore" "$@"
fi
"$folder/explore" --list | xargs -n 1 -P "$(nproc)" "$folder/explore"

sources=$(ls tests/explore/*.c src/decide/*.c $rest)
(cd "$folder/objects" && $CC $flags -O2 -I../../../src -I../../../tests/explore -c $(printf '../../../%s ' $sources))

printf '%s\n' tests/explore/bugs/*.patch | xargs -n 1 -P "$(nproc)" tests/explore/run.sh --bug | tee "$folder/bugs.txt"
all=$(ls tests/explore/bugs/*.patch | wc -l)
found=$(grep -c ': found, ' "$folder/bugs.txt") || true
echo "$found found, $((all - found)) missed"
[ "$found" -eq "$all" ]
