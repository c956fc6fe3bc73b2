#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes build/root-mail, once: a small Debian of this machine's own release with Postfix, Dovecot and Cyrus SASL in it.
# Nothing of it touches the machine: a mail server never goes there (Debian's postfix removes any other MTA and starts
# itself).
set -eu

exec "$(dirname "$0")/../debian_root.sh" root-mail "$(. /etc/os-release && echo "$VERSION_CODENAME")" \
        postfix,dovecot-imapd,dovecot-lmtpd,dovecot-pop3d,dovecot-submissiond,libsasl2-modules,sasl2-bin "$0"
