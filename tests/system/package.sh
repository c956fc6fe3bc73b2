#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# package.sh RELEASE: the package as that release builds it, in build/package-RELEASE/, again only where something that
# goes into it has changed:
#
#     first/, second/   what dpkg-buildpackage leaves, with the unit tests run: two builds of the same tree
#     previous/         the version before: the same program, with other settings as they are shipped, and other units
#     lintian           what lintian --pedantic says of the first
#     greedy-mailer     a program of the tests' own, built by the same compiler
#
# Built in build/root-RELEASE-build, by a user without privilege; only root can change to it.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
release=$1
root=$top/build/root-$release-build
package=$top/build/package-$release

# Mounts of its own, which end with it.
if [ "${2-}" != --mounts ]; then
        exec unshare --mount --propagation private "$0" "$release" --mounts
fi

# What is written in Python or for readers goes into nothing, but for the one page that the package has.
key=$(cd "$top" && find . -path ./build -prune -o -path './build-*' -prune -o -path ./.git -prune -o \
              -name '*.py' -o -name '*.pyc' -o -name HACKING.md -o -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)
key="$key of $(stat --format=%Y "$root/.made")"
if [ "$(cat "$package/.made" 2>/dev/null)" = "$key" ]; then
        exit 0
fi

rm -rf "$package"
mkdir -p "$package"
work=$package/work
mkdir "$work"
mount -t tmpfs tmpfs "$work"
mkdir "$work/root" "$work/upper" "$work/scratch"
mount -t overlay -o "lowerdir=$root,upperdir=$work/upper,workdir=$work/scratch" overlay "$work/root"
mount --rbind /dev "$work/root/dev"
mount -t proc proc "$work/root/proc"
mkdir "$work/root/build"
tar -C "$top" --exclude='./build' --exclude='./build-*' --exclude=./.git --exclude=__pycache__ -c . |
        tar -C "$work/root/build" --one-top-level=tree -x --no-same-owner
chown -R 1000:1000 "$work/root/build"

env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/build LANG=C.UTF-8 \
        chroot "$work/root" setpriv --reuid=1000 --regid=1000 --clear-groups sh -eu <<'INSIDE'
cd /build

# build FOLDER NAME [OPTION...]: the tree in FOLDER; what comes of it goes to made/NAME
build() {
        folder=$1 name=$2
        shift 2
        (cd "$folder/ipherald" && dpkg-buildpackage -us -uc "$@") </dev/null >log 2>&1 || { cat log; exit 1; }
        mkdir -p "made/$name"
        mv "$folder"/*.* "made/$name"
}

mkdir -p one another/folder
cp -r tree one/ipherald
cp -r tree another/folder/ipherald
build one first
# Another folder, clock, time zone, language and umask: none of them is to be seen in it.
(umask 0002 && export TZ=Asia/Tokyo LC_ALL=C && build another/folder second)

# The program stays as it was built.
sed -i '1s/(\(.*\))/(\1~)/' one/ipherald/debian/changelog
echo '# The settings as they were shipped before.' >>one/ipherald/conf/ipherald.conf
sed -i '/^Description=/s/$/, as before/' one/ipherald/units/ipherald.service.in
build one previous -b -nc

lintian --pedantic made/first/*.changes >made/lintian 2>&1 || true
gcc -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -Itree/src -o made/greedy-mailer \
        tree/tests/system/greedy-mailer.c tree/src/deliver/sandbox.c
INSIDE

cp -r --no-preserve=ownership "$work"/root/build/made/* "$package"
umount --recursive "$work"
rmdir "$work"
echo "$key" >"$package/.made"
