#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes build/root-tools, once: a small Debian of this machine's own release with the programs that open what a mail may
# carry (conf/samples). Nothing of it touches the machine, where openvpn would bring units of its own.
set -eu

exec "$(dirname "$0")/../debian_root.sh" root-tools "$(. /etc/os-release && echo "$VERSION_CODENAME")" \
        wireguard-tools,openvpn "$0"
