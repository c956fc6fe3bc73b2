#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# debian_root.sh FOLDER RELEASE PACKAGES [FILE [LATER]]: makes a small Debian of that release in build/FOLDER, once, with
# these packages (separated by commas) in it. Nothing of it touches the machine. It is made again where FILE, or this one,
# has changed since. The packages LATER (a list of words), and what they depend on, are put where apt finds them without a
# network; what is installed then is installed whole, with its documentation.
#
# The packages come from wherever this machine's own apt gets Debian's; for another release than its own the suite alone
# is replaced. The marker is written last, so that a root that was cut off half way is made again.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
root=$top/build/$1
release=$2
packages=$3
later=${5-}
marker=$root/.made

if [ -n "$(find "$marker" -newer "$0" ${4:+-newer "$4"} 2>/dev/null)" ]; then
        exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
        echo "build/$1 is made by root" >&2
        exit 1
fi

own=$(. /etc/os-release && echo "$VERSION_CODENAME")
# shellcheck disable=SC2016 # the fields are apt's, not the shell's
sources=$(apt-get indextargets --format '$(CODENAME) deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
                  'Created-By: Packages' 'Origin: Debian' |
          sed -n "s/^${own}[^ ]* //p" | sed "s/ ${own}\([-/ ]\)/ ${release}\1/" | sort -u)
if [ -z "$sources" ]; then
        echo "apt knows no packages of Debian $own: apt-get update first" >&2
        exit 1
fi
proxy=
eval "$(apt-config shell proxy Acquire::http::Proxy)"

rm -rf "$root"
mkdir -p "$top/build"
# shellcheck disable=SC2016 # mmdebstrap's shell is to see them
lay_by='apt="env APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get"
        $apt -qq clean
        $apt -qq --yes --download-only install '$later'
        rm "$1"/etc/dpkg/dpkg.cfg.d/99mmdebstrap'
echo "$sources" | mmdebstrap --quiet --variant=essential --include="$packages" \
        ${later:+--skip=cleanup/apt --customize-hook="$lay_by"} \
        ${proxy:+--aptopt="Acquire::http::Proxy \"$proxy\""} \
        --keyring=/usr/share/keyrings \
        --aptopt='APT::Install-Recommends "false"' \
        --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        "$release" "$root" -
touch "$marker"
