#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes build/root-bookworm and build/root-trixie, once: the two releases that the program is made for, small, each with
# systemd as init and with what it takes to build the program in it.
set -eu

packages=ca-certificates,dbus,gcc,gettext,iproute2,libc6-dev,libconfig-dev,libgnutls28-dev,libnl-3-dev,libsystemd-dev
packages=$packages,locales,meson,ninja-build,pkg-config,systemd,systemd-sysv

here=$(dirname "$0")
"$here/../debian_root.sh" root-bookworm bookworm "$packages" "$0"
# There systemd.pc, which says where units go, has a package of its own.
"$here/../debian_root.sh" root-trixie trixie "$packages,systemd-dev" "$0"
