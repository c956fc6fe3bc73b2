#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes build/root-proof, once: a small Debian 13 with CBMC 6, which Debian 12 does not have, and the headers that the
# proved code includes. Nothing of it touches the machine.
set -eu

exec "$(dirname "$0")/../debian_root.sh" root-proof trixie cbmc,gcc,libc6-dev,libnl-3-dev "$0"
