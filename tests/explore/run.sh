#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [SCENE]...: explores every reachable state of src/decide under AddressSanitizer and UndefinedBehaviorSanitizer,
# each scene of scenes.c, or those that are named; then, where none is named, each planted bug.
#
# A planted bug is a patch of a copy of src/decide: bugs/NN-NAME.patch, which says in which scene it shows. It must
# apply, and be found. The build lies in build/explore. The last line is "N found, N missed".
set -eu
cd "$(dirname "$0")/../.."

folder=build/explore
flags="-std=gnu17 -D_GNU_SOURCE -g -Werror -Wall -Wextra
       -Wno-unused-parameter -Wno-missing-field-initializers -Wmissing-prototypes"
rest="src/base/*.c src/address/*.c src/settings/*.c"
: "${CC:=gcc}"

rm -rf "$folder"
mkdir -p "$folder/objects"
# shellcheck disable=SC2086 # lists, here and below
$CC $flags -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -Isrc -Itests/explore -o "$folder/explore" \
        tests/explore/*.c src/decide/*.c $rest
"$folder/explore" "$@"
[ $# -eq 0 ] || exit 0

sources=$(ls tests/explore/*.c src/decide/*.c $rest)
(cd "$folder/objects" && $CC $flags -O2 -I../../../src -I../../../tests/explore -c $(printf '../../../%s ' $sources))

found=0 missed=0
for patch in tests/explore/bugs/*.patch; do
        name=$(basename "$patch" .patch)
        file=$(sed -n 's|^+++ b/decide/||p' "$patch")
        scene=$(sed -n 's/^scene: //p' "$patch")
        rm -rf "$folder/bug"
        mkdir -p "$folder/bug/decide"
        cp src/decide/"$file" "$folder/bug/decide"
        cp -r "$folder/objects" "$folder/bug/objects"
        if ! patch -s -p1 -d "$folder/bug" <"$patch"; then
                echo "$name: does not apply any more"
                missed=$((missed + 1))
                continue
        fi
        $CC $flags -O2 -Isrc -c -o "$folder/bug/objects/${file%.c}.o" "$folder/bug/decide/$file"
        $CC -o "$folder/bug/explore" "$folder"/bug/objects/*.o
        told=$("$folder/bug/explore" "$scene" | tail -n 1)
        case $told in
        *VIOLATION*)
                echo "$name: $told"
                found=$((found + 1))
                ;;
        *)
                echo "$name: MISSED, $told"
                missed=$((missed + 1))
                ;;
        esac
done
echo "$found found, $missed missed"
[ "$missed" -eq 0 ]
