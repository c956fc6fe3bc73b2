# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's Postfix and Dovecot, as a provider runs them: submission on 587 and 465, both with TLS and a login that
Dovecot checks, port 25 for the machine's own programs, mailboxes that Dovecot fills (LMTP) and gives out (IMAP).
With `pop` also as an old one does it: port 26 takes mail from addresses that have logged in by POP3 (110 and 995).

They run in build/root-mail (postfix_root.sh)."""

import email
import email.policy
import imaplib
import os
import shutil
import signal
import subprocess

from overlay import Overlay
from process import PATIENCE, Process
from service import TOP

ROOT = TOP / "build" / "root-mail"
READING = "reading"  # the password of who reads a mailbox

MAIN = """\
compatibility_level = 3.6
maillog_file = /dev/stdout
myhostname = mail.example.com
mydestination =
inet_protocols = ipv4
alias_maps =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = example.com
virtual_mailbox_maps = texthash:/etc/postfix/mailboxes
virtual_transport = lmtp:unix:private/dovecot-lmtp
smtpd_peername_lookup = no
smtpd_tls_cert_file = /etc/postfix/server.pem
smtpd_tls_key_file = /etc/postfix/server.key
smtpd_tls_loglevel = 1
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_recipient_restrictions = check_recipient_access texthash:/etc/postfix/answers,
    permit_sasl_authenticated, reject
smtpd_relay_restrictions = permit_sasl_authenticated, reject
"""

# name, type, private, unprivileged, chroot, wake-up, process limit, command
MASTER = """\
submission inet  n - n - - smtpd -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
submissions inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes
smtp       inet  n - n - - smtpd -o smtpd_recipient_restrictions=permit_mynetworks,reject
    -o smtpd_relay_restrictions=permit_mynetworks,reject
cleanup    unix  n - n - 0 cleanup
qmgr       unix  n - n 300 1 qmgr
rewrite    unix  - - n - - trivial-rewrite
bounce     unix  - - n - 0 bounce
defer      unix  - - n - 0 bounce
trace      unix  - - n - 0 bounce
error      unix  - - n - - error
retry      unix  - - n - - error
lmtp       unix  - - n - - lmtp
anvil      unix  - - n - 1 anvil
tlsmgr     unix  - - n 1000? 1 tlsmgr
proxymap   unix  - - n - - proxymap
postlog    unix-dgram n - n - 1 postlogd
"""

DOVECOT = """\
protocols = lmtp imap
listen = 127.0.0.1
log_path = /dev/stderr
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:~/
passdb {
  driver = passwd-file
  args = /etc/dovecot/users
}
userdb {
  driver = static
  args = uid=1000 gid=1000 home=/srv/mail/%u allow_all_users=yes
}
service lmtp {
  unix_listener /var/spool/postfix/private/dovecot-lmtp {
    user = postfix
    group = postfix
    mode = 0600
  }
}
service auth {
  unix_listener /var/spool/postfix/private/auth {
    user = postfix
    group = postfix
    mode = 0600
  }
}
"""

# The address is let in by a script that Dovecot runs behind each login by POP3, as poprelayd did from the log. A process
# sees a table's change by its second alone: each serves one connection.
POP_MAIN = """\
opened = check_client_access hash:/etc/postfix/opened, reject
"""
POP_MASTER = """\
26         inet  n - n - - smtpd -o max_use=1 -o smtpd_tls_security_level=may -o smtpd_recipient_restrictions=$opened
    -o smtpd_relay_restrictions=$opened
"""
POP_DOVECOT = """\
protocols = lmtp imap pop3
listen = *
ssl = yes
ssl_cert = </etc/postfix/server.pem
ssl_key = </etc/postfix/server.key
service pop3 {
  executable = pop3 pop3-postlogin
}
service pop3-postlogin {
  executable = script-login /etc/dovecot/open
  user = root
  unix_listener pop3-postlogin {
  }
}
"""
OPEN = """\
#!/bin/sh
echo "$IP OK" | /usr/sbin/postmap -i hash:/etc/postfix/opened && exec "$@"
"""


def is_made():
    return (ROOT / ".made").exists()


class Postfix:
    """Runs from construction to close(). USERS: the accounts that may send, with their passwords. MAILBOXES: the
    addresses, all at example.com, that it takes mail for. MAIN: lines of main.cf behind those above. POP: it also knows POP before SMTP."""

    def __init__(self, namespace, certificate, users, mailboxes, work, main="", pop=False):
        self._overlay = Overlay(ROOT, work)
        self._root = self._overlay.path
        self._namespace = namespace
        self._mailboxes = mailboxes
        self._processes = []
        self._configure(certificate, users, main)
        if pop:
            self._configure_pop(main)
        self._dovecot = self._run("dovecot", "-F")
        self._dovecot.wait_line("starting up")
        self._postfix = self._run("postfix", "start-fg")
        self._postfix.wait_line("daemon started")

    def _configure(self, certificate, users, main):
        passwords = {**dict.fromkeys(self._mailboxes, READING), **users}
        for path, text in {
                "etc/hosts": "127.0.0.1 localhost\n",
                "etc/resolv.conf": "",
                "etc/postfix/main.cf": MAIN + main,
                "etc/postfix/master.cf": MASTER,
                "etc/postfix/answers": "",
                "etc/postfix/mailboxes": "".join(f"{to} yes\n" for to in self._mailboxes),
                "etc/dovecot/dovecot.conf": DOVECOT,
                "etc/dovecot/users": "".join(f"{user}:{{PLAIN}}{word}\n" for user, word in passwords.items()),
        }.items():
            self._overlay.write(path, text)
        shutil.copy(certificate.path, self._root / "etc/postfix/server.pem")
        shutil.copy(certificate.key, self._root / "etc/postfix/server.key")
        mail = self._root / "srv/mail"
        mail.mkdir(exist_ok=True)
        shutil.chown(mail, 1000, 1000)

    def _configure_pop(self, main):
        self._overlay.write("etc/postfix/main.cf", MAIN + main + POP_MAIN)
        self._overlay.write("etc/postfix/master.cf", MASTER + POP_MASTER)
        self._overlay.write("etc/dovecot/dovecot.conf", DOVECOT + POP_DOVECOT)
        self._overlay.write("etc/dovecot/open", OPEN)
        self._overlay.write("etc/postfix/opened", "")
        (self._root / "etc/dovecot/open").chmod(0o755)
        subprocess.run(self._overlay.command("postmap", "hash:/etc/postfix/opened"), check=True)

    def _run(self, *argv):
        process = Process(self._namespace.command(*self._overlay.command(*argv)))
        self._processes.append(process)
        return process

    def _master(self):
        return int((self._root / "var/spool/postfix/pid/master.pid").read_text("ascii"))

    def close(self):
        os.kill(self._master(), signal.SIGTERM)
        self._postfix.wait()
        self._dovecot.stop()
        self._overlay.close()

    def answer(self, answers):
        """From now on RCPT is answered so: ANSWERS by address, and the rest as ever."""
        self._overlay.write("etc/postfix/answers", "".join(f"{to} {text}\n" for to, text in answers.items()))
        os.kill(self._master(), signal.SIGHUP)
        self._postfix.wait_line("reload --")

    def version(self):
        return subprocess.run(self._overlay.command("postconf", "-h", "mail_version"), check=True, text=True,
                              stdout=subprocess.PIPE).stdout.strip()

    def wait_delivered(self, deadline=PATIENCE):
        """Waits for the next mail that is put into a mailbox."""
        self._postfix.wait_line("status=sent", deadline)

    def mails(self, to):
        """What lies in the mailbox, oldest first, as parsed messages: its owner logs in and reads."""
        with self._namespace.inside(lambda: imaplib.IMAP4("127.0.0.1")) as mailbox:
            mailbox.login(to, READING)
            mailbox.select(readonly=True)
            _, parts = mailbox.uid("FETCH", "1:*", "(BODY.PEEK[])")
        return [email.message_from_bytes(part[1], policy=email.policy.default) for part in parts
                if isinstance(part, tuple)]

    def log(self):
        return "\n".join(process.text() for process in self._processes)

    def wait_sessions(self, n):
        """What Postfix says of the first N sessions, once they have ended."""
        return self._postfix.wait_matching("disconnect from", n)

    def matching(self, pattern):
        return self._postfix.matching(pattern)
