#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [--rounds N] [--json FILE] [ROW...]: what ipherald costs, beside what a user would use instead, as a table of
# ratios in Markdown and as JSON (build/bench.json); tests/bench/plot.py draws that. The rows are named in compare.py.
# Takes root, a quiet machine and ten minutes; makes a build and two small Debians below build/, the first time.
set -eu
cd "$(dirname "$0")/../.."

[ -e build/build.ninja ] || meson setup build >&2
ninja -C build --quiet all tests/bench/read-events >&2
rm -rf build/bench-installed
DESTDIR=$PWD/build/bench-installed meson install -C build --quiet --no-rebuild --strip >&2
tests/integration/postfix_root.sh
others=inadyn,ddclient,networkd-dispatcher,msmtp,curl,swaks,libnet-ssleay-perl,iproute2
needed=ca-certificates,libgnutls30,libsystemd0,libnl-3-200,libconfig9 # by ipherald
tests/debian_root.sh root-bench "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$others,$needed" "$0"
sync # what was just built is no longer dirty: it would count as private memory
PYTHONDONTWRITEBYTECODE=1 exec tests/in-namespaces.sh /usr/bin/python3 tests/bench/compare.py "$@"
