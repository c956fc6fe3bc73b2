# SPDX-License-Identifier: GPL-2.0-or-later
"""A booted machine on a line, as its owner has it: installed, with the settings, the password and the commands that the
README gives. The mail server is Postfix, outside; the line is the cable of the integration tests' lab."""

import shutil

from container import Container
from lab import ACCOUNT, NAME_FILES, PASSWORD, Lab
from postfix import Postfix
from process import until
from service import DEFAULTS, SETTINGS

READER = "me@example.com"
OTHER_READER = "you@example.com"
PASSWORD_FILE = "/etc/credstore/ipherald.smtp-password"
SETTINGS_FILE = "/etc/ipherald/ipherald.conf"
DROP_IN = "/etc/systemd/system/ipherald.service.d/test.conf"
CA_FILE = "/etc/ipherald/ca.pem"


class Home:
    """Runs from construction to close(); Postfix only where real_mail() is called."""

    def __init__(self, release):
        self.lab = Lab()
        self.mail = None
        self.box = Container(release, self.lab.client, self.lab.folder / "home")
        self.box.write("/etc/hosts", NAME_FILES["/etc/hosts"])
        try:
            self.box.boot()
        except BaseException:
            self.box.close()
            self.lab.close()
            raise

    def close(self):
        """What the machine has to say of it is shown where the test fails."""
        print(self.box.run("journalctl", "--unit=ipherald", "--no-pager", check=False))
        try:
            self.box.close()
        finally:
            if self.mail:
                self.mail.close()
            self.lab.close()

    def real_mail(self):
        self.mail = Postfix(self.lab.server, self.lab.certificate, {ACCOUNT: PASSWORD}, [READER, OTHER_READER],
                            self.lab.folder / "postfix")

    def mails(self, to=READER):
        return self.mail.mails(to)

    def write_password(self, password=PASSWORD):
        self.box.run("install", "-d", "-m", "0700", "/etc/credstore")
        self.box.write(PASSWORD_FILE, password + "\n", mode=0o600)

    def write_settings(self, to=(READER,), **changes):
        destinations = ",\n".join(f'  {{ to = "{address}"; }}' for address in to)
        values = {**DEFAULTS, "destinations": destinations, "ca_file": CA_FILE, **changes}
        self.box.write(SETTINGS_FILE, SETTINGS.format(**values))
        shutil.copy(self.lab.authority.ca_file, self.box.root / CA_FILE.lstrip("/"))
        (self.box.root / CA_FILE.lstrip("/")).chmod(0o644)

    def write_drop_in(self, *lines):
        self.box.write(DROP_IN, "\n".join(["[Service]", *lines, ""]))
        self.systemctl("daemon-reload")

    def systemctl(self, *words):
        return self.box.run("systemctl", *words)

    def enable(self):
        """As the README has it. Type=notify: it comes back when the service is ready."""
        return self.systemctl("enable", "--now", "ipherald")

    def property(self, name):
        return self.systemctl("show", f"--property={name}", "--value", "ipherald").strip()

    def main_pid(self):
        """As the tests see it: inside it has another number."""
        inside = self.property("MainPID")
        for pid in self.box.processes():
            with open(f"/proc/{pid}/status", encoding="utf-8") as status:
                if any(line.split()[0] == "NSpid:" and line.split()[-1] == inside for line in status):
                    return pid
        raise AssertionError(f"no process {inside} in the container")

    def wait_told(self, n=1, of=1):
        """The line that `systemctl status` shows is the one sign that nothing is owed (any more)."""
        until(lambda: f"{n} of {of} destinations told" in self.property("StatusText"),
              f"{n} of {of} destinations told")

    def wait_mail(self):
        """The next mail's event; it lies in the mailbox by then."""
        completed = self.box.journal.wait_event("mail-completed")
        self.mail.wait_delivered()
        return completed
