#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# dependencies.sh [--no-install] [build|demo|tests]...: the Debian packages that a build, the demo and the tests need
# (all where nothing is said). Prints the list, then installs what is missing, which takes root. With --no-install it says what
# is missing and stops there, with 1 where that is anything.
#
# They are tools alone. Mail servers live in a root below build/ (integration/postfix_root.sh), never on the machine.
set -eu

build="gcc gettext libc6-dev libconfig-dev libgnutls28-dev libnl-3-dev libsystemd-dev meson ninja-build pkg-config"
demo="gnutls-bin iproute2 mmdebstrap mount python3 python3-aiosmtpd util-linux"
tests="binutils clang clang-format clang-tidy cppcheck fish gcovr libcmocka-dev man-db mandoc neomutt patch pyflakes3 python3-pexpect python3-pytest radvd strace systemd-container systemd-journal-remote tmux valgrind zsh"

install=yes
packages=
for word in "$@"; do
        case $word in
        --no-install) install=no ;;
        build) packages="$packages $build" ;;
        demo) packages="$packages $demo" ;;
        tests) packages="$packages $tests" ;;
        *)
                echo "usage: dependencies.sh [--no-install] [build|demo|tests]..." >&2
                exit 2
                ;;
        esac
done
packages=${packages:-$build $demo $tests}

missing() {
        for package in $packages; do
                dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' ||
                        echo "$package"
        done
}

# shellcheck disable=SC2086 # lists of words, from here on
echo "Needed from Debian:" $packages
absent=$(missing)
if [ -z "$absent" ]; then
        echo "All of them are here."
        exit 0
fi
# shellcheck disable=SC2086
echo "Missing:" $absent
[ "$install" = yes ] || exit 1
if [ "$(id -u)" -ne 0 ]; then
        echo "Only root can install them." >&2
        exit 1
fi

export DEBIAN_FRONTEND=noninteractive
# A fresh machine has no lists, an old one may have stale ones: either way one update is enough.
# shellcheck disable=SC2086
if [ -z "$(apt-get indextargets 'Created-By: Packages' --format '$(FILENAME)' | xargs -r ls 2>/dev/null)" ] ||
   ! apt-get install -qq -y --no-install-recommends $absent; then
        apt-get update -qq
        apt-get install -qq -y --no-install-recommends $absent
fi
