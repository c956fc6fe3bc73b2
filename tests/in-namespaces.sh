#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# in-namespaces.sh COMMAND [ARGUMENT...]: runs it in network, mount and process namespaces of its own, which end with
# it and take every process, interface and mount with them. /run is an empty one there.
# in-namespaces.sh --granted: says "root" or "user", whichever form this machine grants; exit 1 where it is neither.
#
# As root the namespaces belong to the machine's own users; else, or where root may not make any, to a user namespace
# that knows one user alone.
set -eu

shared="--net --mount --propagation private --pid --fork --kill-child --mount-proc"

granted() {
        # shellcheck disable=SC2086 # a list of options
        if [ "$(id -u)" -eq 0 ] && unshare $shared mount -t tmpfs tmpfs /run 2>/dev/null; then
                echo root
        elif unshare --user --map-root-user $shared mount -t tmpfs tmpfs /run 2>/dev/null; then
                echo user
        else
                return 1
        fi
}

form=$(granted) || { echo "no namespaces are granted here" >&2; exit 1; }
if [ "$1" = --granted ]; then
        echo "$form"
        exit 0
fi
[ "$form" = root ] || shared="--user --map-root-user $shared"
# The shell stays, as process 1: it waits for whoever loses its parent.
# shellcheck disable=SC2086,SC2016
exec unshare $shared sh -c '
        mount -t tmpfs tmpfs /run
        mkdir /run/netns
        ip link set lo up
        IPHERALD_TESTS_NAMESPACES=$0 "$@"
        exit $?' "$form" "$@"
