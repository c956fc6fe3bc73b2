#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# install.sh ROOT: how the program comes into a release's root, where /src is the source tree and /build a folder that
# stays from run to run. It is built inside, by that release's own tools. Packaging changes this file alone.
set -eu

chroot "$1" sh -eu <<'INSIDE'
export LANG=C.UTF-8
[ -e /build/build.ninja ] || meson setup /build /src -Dwerror=true -Dtests=disabled
ninja -C /build
meson install -C /build --no-rebuild
journalctl --update-catalog
gcc -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -I/src/src -o /build/greedy-mailer \
        /src/tests/system/greedy-mailer.c /src/src/deliver/sandbox.c
INSIDE
