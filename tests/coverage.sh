#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# coverage.sh: lines and branches of src/mail that the unit tests and transcripts reach, file by file, then the branches
# that they don't. Fails where a line of a state machine is missed: the SMTP client's with all its parts, its reply
# parser's, the POP3 client's. The build lies in build/coverage.
set -eu
cd "$(dirname "$0")/.."

folder=build/coverage
machines="src/mail/smtp-reply.c src/mail/smtp-client.c src/mail/smtp-commands.c src/mail/smtp-auth.c
          src/mail/smtp-flight.c src/mail/smtp-end.c src/mail/pop3-client.c"

mkdir -p build
log=build/coverage.log
trap '[ $? -eq 0 ] || tail -n 20 "$log" >&2' EXIT
again=
[ ! -e "$folder/build.ninja" ] || again=--reconfigure
# shellcheck disable=SC2086
CC=gcc meson setup $again "$folder" -Dbuildtype=debug -Db_coverage=true >"$log" 2>&1
ninja -C "$folder" >>"$log" 2>&1
find "$folder" -name '*.gcda' -delete
meson test -C "$folder" --no-rebuild --suite unit --timeout-multiplier 10 >>"$log" 2>&1

# report [OPTION...]: abort() takes the counters with it, and an assertion that does not fail has branches too.
report() {
        gcovr --root . "$folder/src" --exclude-lines-by-pattern '.*abort\(\);.*' \
                --exclude-branches-by-pattern '.*(assert|abort)\(.*' "$@"
}

report --filter 'src/mail/'
report --filter 'src/mail/' --branches
filters=
for file in $machines; do
        filters="$filters --filter $file"
done
# shellcheck disable=SC2086
report $filters --fail-under-line 100 >>"$log"
