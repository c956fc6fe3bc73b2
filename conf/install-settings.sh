#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# install-settings.sh FILE FOLDER: copies FILE into FOLDER below $DESTDIR, but never over what somebody has set.
set -eu
to=${DESTDIR-}$2/${1##*/}
if [ -e "$to" ]; then
        echo "$to is kept as it is"
else
        install -D -m 0644 "$1" "$to"
fi
