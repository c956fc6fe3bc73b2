#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes build/root-router, once: a small Debian of this machine's own release with a router's NAT-PMP and PCP (miniupnpd)
# and a STUN server (coturn). Nothing of it touches the machine.
set -eu

exec "$(dirname "$0")/../debian_root.sh" root-router "$(. /etc/os-release && echo "$VERSION_CODENAME")" \
        miniupnpd-nftables,nftables,coturn "$0"
