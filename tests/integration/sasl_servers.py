# SPDX-License-Identifier: GPL-2.0-or-later
"""Two makers of SASL, each behind a submission port with STARTTLS at an address of its own: Dovecot's own submission
service, and Postfix with Cyrus SASL and its database. They run in build/root-mail (postfix_root.sh)."""

import base64
import hashlib
import hmac
import json
import os
import shutil
import signal
import subprocess
import time

from overlay import Overlay
from postfix import MASTER, ROOT
from process import Process

TOKEN_KEY = b"the key that signs tokens"

DOVECOT = """\
protocols = submission
listen = {address}
log_path = /dev/stderr
hostname = mail.example.com
ssl = required
ssl_cert = </etc/dovecot/server.pem
ssl_key = </etc/dovecot/server.key
ssl_ca = </etc/dovecot/ca.pem
ssl_verify_client_cert = yes
ssl_require_crl = no
auth_ssl_username_from_cert = yes
auth_failure_delay = 0
mail_location = maildir:~/
auth_mechanisms = plain login cram-md5 scram-sha-256 external oauthbearer xoauth2
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
passdb {{
  driver = oauth2
  mechanisms = oauthbearer xoauth2
  args = /etc/dovecot/tokens.conf
}}
passdb {{
  driver = static
  mechanisms = external
  args = nopassword=y
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login cram-md5 scram-sha-256
  args = /etc/dovecot/users
}}
userdb {{
  driver = static
  args = uid=1000 gid=1000 home=/srv/mail/%u allow_all_users=yes
}}
# Whoever fails is not made to wait the next time.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""

TOKENS = """\
introspection_mode = local
local_validation_key_dict = fs:posix:prefix=/etc/dovecot/keys/
username_attribute = sub
"""

# Mail goes nowhere: what is accepted is thrown away.
POSTFIX = """\
compatibility_level = 3.6
maillog_file = /dev/stdout
myhostname = mail.example.com
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
transport_maps = static:discard:
smtpd_peername_lookup = no
smtpd_tls_cert_file = /etc/postfix/server.pem
smtpd_tls_key_file = /etc/postfix/server.key
smtpd_tls_CAfile = /etc/postfix/ca.pem
smtpd_tls_ask_ccert = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_error_sleep_time = 0
"""

CYRUS = """\
pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 EXTERNAL
"""


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(account, key=TOKEN_KEY, **claims):
    """A JSON Web Token (RFC 7519) for ACCOUNT, signed by KEY."""
    now = int(time.time())
    parts = [{"alg": "HS256", "typ": "JWT"},
             {"sub": account, "iat": now, "nbf": now, "exp": now + 3600, "azp": "mail", **claims}]
    signed = ".".join(_encode(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{_encode(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"


class _Server:
    """What both have in common: a root of their own, a certificate, and the authority that they trust."""

    def __init__(self, folder, certificate, authority, work):
        self._overlay = Overlay(ROOT, work)
        self.root = self._overlay.path
        self._overlay.write("etc/hosts", "127.0.0.1 localhost\n")
        self._overlay.write("etc/resolv.conf", "")
        for source, name in ((certificate.path, "server.pem"), (certificate.key, "server.key"),
                             (authority.ca_file, "ca.pem")):
            shutil.copy(source, self.root / folder / name)

    def _start(self, *argv, line):
        self._process = Process(self._overlay.command(*argv))
        self._process.wait_line(line)

    def _ask(self, *argv, **options):
        return subprocess.run(self._overlay.command(*argv), check=True, text=True, capture_output=True,
                              **options).stdout.split()

    def log(self):
        return self._process.text()


class Dovecot(_Server):
    """Takes EXTERNAL from who has a certificate of AUTHORITY, for the account that is its common name. What it is sent
    goes on to the port RELAY."""

    address = "127.0.0.2"

    def __init__(self, certificate, authority, users, work, relay):
        super().__init__("etc/dovecot", certificate, authority, work)
        key = self.root / "etc/dovecot/keys/mail/HS256/default"
        key.parent.mkdir(parents=True)
        key.write_bytes(base64.b64encode(TOKEN_KEY))
        self._overlay.write("etc/dovecot/dovecot.conf", DOVECOT.format(address=self.address, relay=relay))
        self._overlay.write("etc/dovecot/tokens.conf", TOKENS)
        (self.root / "etc/dovecot/users").write_text("".join(f"{u}:{{PLAIN}}{p}\n" for u, p in users.items()), "utf-8")
        mail = self.root / "srv/mail"
        mail.mkdir(exist_ok=True)
        shutil.chown(mail, 1000, 1000)
        self._start("dovecot", "-F", line="starting up")

    def version(self):
        return "Dovecot " + self._ask("dovecot", "--version")[0]

    def close(self):
        self._process.stop()
        self._overlay.close()


class Cyrus(_Server):
    """Postfix, with Cyrus SASL in its own process. It needs no RELAY."""

    address = "127.0.0.1"

    def __init__(self, certificate, authority, users, work, relay):
        super().__init__("etc/postfix", certificate, authority, work)
        self._overlay.write("etc/postfix/main.cf", POSTFIX)
        self._overlay.write("etc/postfix/master.cf", MASTER + "discard unix - - n - - discard\n")
        (self.root / "etc/postfix/sasl").mkdir(exist_ok=True)
        self._overlay.write("etc/postfix/sasl/smtpd.conf", CYRUS)
        for account, word in users.items():
            user, realm = account.split("@")
            self._ask("saslpasswd2", "-p", "-c", "-u", realm, user, input=word)
        os.chmod(self.root / "etc/sasldb2", 0o644)
        self._start("postfix", "start-fg", line="daemon started")

    def version(self):
        return f"Postfix {self._ask('postconf', '-h', 'mail_version')[0]} with Cyrus SASL"

    def close(self):
        master = (self.root / "var/spool/postfix/pid/master.pid").read_text("ascii")
        os.kill(int(master), signal.SIGTERM)
        self._process.wait()
        self._overlay.close()
