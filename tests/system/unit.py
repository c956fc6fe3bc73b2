# SPDX-License-Identifier: GPL-2.0-or-later
"""The service, or an instance of it, as the machine's administrator deals with it."""

import shutil

from lab import ACCOUNT, PASSWORD
from process import until
from service import settings_text

READER = "me@example.com"
CA_FILE = "/etc/ipherald/ca.pem"


class Unit:
    """BOX: the container that it is installed in. LAB: the line and whose certificates are trusted."""

    def __init__(self, box, lab, instance=None):
        self.box = box
        self.lab = lab
        self.name = f"ipherald@{instance}" if instance else "ipherald"
        self.settings_file = f"/etc/ipherald/{instance or 'ipherald'}.conf"
        self.password_file = f"/etc/credstore/{self.name}.smtp-password"
        self.state = f"/var/lib/private/{self.name}"
        self.drop_in = f"/etc/systemd/system/{self.name}.service.d/override.conf"

    def write_password(self, password=PASSWORD):
        self.box.run("install", "-d", "-m", "0700", "/etc/credstore")
        self.box.write(self.password_file, password + "\n", mode=0o600)

    def write_settings(self, to=(READER,), more="", **changes):
        """MORE: settings of groups that the tests' own settings leave out."""
        text = settings_text(**{"to": to, "account": ACCOUNT, "ca_file": CA_FILE, **changes})
        self.box.write(self.settings_file, text + more)
        trusted = self.box.path(CA_FILE)
        shutil.copy(self.lab.authority.ca_file, trusted)
        trusted.chmod(0o644)

    def edit(self, text):
        """As `systemctl edit` leaves it."""
        self.box.write(self.drop_in, text)
        self.systemctl("daemon-reload")

    def edit_service(self, *lines):
        self.edit("\n".join(["[Service]", *lines, ""]))

    def systemctl(self, *words):
        return self.box.run("systemctl", *words)

    def enable(self):
        """As the README has it. Type=notify: it comes back when the service is ready."""
        return self.systemctl("enable", "--now", self.name)

    def restart(self):
        return self.systemctl("restart", self.name)

    def reload(self):
        return self.systemctl("reload", self.name)

    def property(self, name):
        return self.systemctl("show", f"--property={name}", "--value", self.name).strip()

    def main_pid(self):
        """As the tests see it: inside it has another number."""
        inside = self.property("MainPID")
        for pid in self.box.processes():
            if self.box.pid_inside(pid) == inside:
                return pid
        raise AssertionError(f"no process {inside} in the container")

    def wait_status(self, text):
        """What `systemctl status` shows as the service's own words. No event tells when they change."""
        until(lambda: text in self.property("StatusText"), f"{text}: {self.property('StatusText')}")

    def wait_told(self, n=1, of=1):
        """That line is the one sign that nothing is owed (any more)."""
        self.wait_status(f"{n} of {of} destinations told")
