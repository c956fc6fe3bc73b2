# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's aiosmtpd as a submission server with STARTTLS and a login, where a real Postfix can't be had."""

import asyncio
import email
import email.policy
import logging
import queue
import threading

from aiosmtpd.smtp import SMTP, AuthResult

from process import PATIENCE

logging.getLogger("mail.log").setLevel(logging.ERROR)  # it warns of its own attributes


class AiosmtpdServer:
    """LISTENER: a listening socket. The same waits and looks as Postfix has in postfix.py."""

    def __init__(self, listener, certificate, users):
        self._users = users
        self._mails = []
        self._delivered = queue.Queue()
        self._context = certificate.server_context()
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            self._loop.create_server(self._session, sock=listener))
        self.port = listener.getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def _session(self):
        return SMTP(self, hostname="mail.example.com", tls_context=self._context, require_starttls=True,
                    authenticator=self._log_in, auth_required=True, loop=self._loop)

    def _log_in(self, server, session, envelope, mechanism, data):
        known = self._users.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=known, handled=False)

    async def handle_DATA(self, server, session, envelope):
        """aiosmtpd's hook: a mail has come."""
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        for recipient in envelope.rcpt_tos:
            self._mails.append((recipient, message))
            self._delivered.put(recipient)
        return "250 2.0.0 Ok: taken"

    def close(self):
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)

    def wait_delivered(self, deadline=PATIENCE):
        """Waits for the next mail that comes to a recipient."""
        self._delivered.get(timeout=deadline)

    def mails(self, to):
        return [message for recipient, message in self._mails if recipient == to]
