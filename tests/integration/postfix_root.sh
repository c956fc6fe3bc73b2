#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes build/root-mail, once: a small Debian of this machine's own release with Postfix and Dovecot in it. Nothing
# of it touches the machine: a mail server never goes there (Debian's postfix removes any other MTA and starts itself).
#
# The packages come from wherever this machine's own apt gets Debian's. The marker is written last, so that a root
# that was cut off half way is made again.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
root=$top/build/root-mail
marker=$root/.made
packages=postfix,dovecot-core

if [ -n "$(find "$marker" -newer "$0" 2>/dev/null)" ]; then
        exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
        echo "build/root-mail is made by root" >&2
        exit 1
fi

release=$(. /etc/os-release && echo "$VERSION_CODENAME")
# shellcheck disable=SC2016 # the fields are apt's, not the shell's
sources=$(apt-get indextargets --format '$(CODENAME) deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
                  'Created-By: Packages' 'Origin: Debian' | sed -n "s/^${release}[^ ]* //p" | sort -u)
if [ -z "$sources" ]; then
        echo "apt knows no packages of Debian $release: apt-get update first" >&2
        exit 1
fi
proxy=
eval "$(apt-config shell proxy Acquire::http::Proxy)"

rm -rf "$root"
mkdir -p "$top/build"
echo "$sources" | mmdebstrap --quiet --variant=essential --include="$packages" \
        ${proxy:+--aptopt="Acquire::http::Proxy \"$proxy\""} \
        --keyring=/usr/share/keyrings \
        --aptopt='APT::Install-Recommends "false"' \
        --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        "$release" "$root" -
touch "$marker"
