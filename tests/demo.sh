#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# demo.sh [--no-install]: shows the main job, from an address that changes to the mail in the mailbox, with the real
# program. What can be shown depends on what this machine grants:
#
#     root                         two namespaces joined by a cable, a real Postfix in one of them
#     not root, but namespaces     the same in a user namespace, with Debian's aiosmtpd as the server
#     neither                      no namespaces: a server on loopback, and a ledger that was told another address
#
# It makes build/ and nothing else; what it starts ends with it.
set -eu
cd "$(dirname "$0")/.."

install=
case "${1-}" in
'') ;;
--no-install) install=$1 ;;
*)
        echo "usage: demo.sh [--no-install]" >&2
        exit 2
        ;;
esac

log=$(mktemp)
busy=
trap '[ -z "$busy" ] || kill "$busy" 2>/dev/null; rm -f "$log"' EXIT
trap 'exit 130' INT TERM

# Runs a long step, with a dot for each two seconds that it takes; what it said is shown only where it fails.
long() {
        printf '%s ' "$1"
        shift
        "$@" >"$log" 2>&1 &
        busy=$!
        while kill -0 "$busy" 2>/dev/null; do
                printf .
                timeout 2 tail --pid="$busy" -f /dev/null || true
        done
        if wait "$busy"; then
                busy=
                echo " done"
        else
                busy=
                echo " failed:"
                cat "$log"
                exit 1
        fi
}

build() {
        again=
        [ ! -e build/build.ninja ] || again=--reconfigure
        meson setup $again build && ninja -C build
}

tests/dependencies.sh --no-install build demo >"$log" || {
        # The list stands before anything is installed.
        cat "$log"
        [ -z "$install" ] || exit 1
        long "Installing what is missing" tests/dependencies.sh build demo
}
long "Building ipherald" build

if form=$(tests/in-namespaces.sh --granted 2>/dev/null); then
        if [ "$form" = root ]; then
                long "Making a small Debian with Postfix below build/ (half a minute, the first time)" \
                        tests/integration/postfix_root.sh
        else
                echo "Not root: a user namespace stands in, and Debian's aiosmtpd for Postfix."
        fi
        within=tests/in-namespaces.sh
else
        echo "No namespaces are granted here: what can be had without them is a server on loopback."
        form=loopback within=
fi
PYTHONDONTWRITEBYTECODE=1 $within /usr/bin/python3 tests/integration/demo.py "$form"
