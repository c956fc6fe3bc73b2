#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the roots of the two releases that the program is made for, once: build/root-RELEASE, the machine, small, with
# systemd as init, and build/root-RELEASE-build, where the package is built and looked at, with what debian/control asks
# for, lintian and autopkgtest. What the package needs on the machine is not installed but laid by, for apt to find: the
# tests have no network. So is what a change of address is handed on to.
set -eu

here=$(dirname "$0")
machine=apt,dbus,iproute2,locales,systemd,systemd-sysv
build=build-essential,debhelper,gettext,libcmocka-dev,libconfig-dev,libgnutls28-dev,libnl-3-dev,libsystemd-dev,meson,pkgconf
judges=autopkgtest,ca-certificates,lintian

# roots RELEASE UNITS, UNITS being the package with systemd.pc, which says where units go
roots() {
        "$here/../debian_root.sh" "root-$1-build" "$1" "$machine,$build,$2,$judges" "$0"
        "$here/../debian_root.sh" "root-$1" "$1" "$machine" "$0" \
                                  "ca-certificates libconfig-dev libgnutls28-dev libnl-3-dev libsystemd-dev \
                                   bind9 bind9-dnsutils ddclient"
}

roots bookworm systemd &
roots trixie systemd-dev
wait $!
