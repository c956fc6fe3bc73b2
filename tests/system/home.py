# SPDX-License-Identifier: GPL-2.0-or-later
"""A booted machine on a line, as its owner has it: installed, with the settings, the password and the commands that the
README gives. The mail server is Postfix, outside; the line is the cable of the integration tests' lab."""

import pathlib
import shutil

from container import Container
from lab import ACCOUNT, NAME_FILES, PASSWORD, Lab
from postfix import Postfix
from release import APT
from unit import READER, Unit

OTHER_READER = "you@example.com"
OTHER_ACCOUNT = "branch@example.com"
OTHER_PASSWORD = "open barley"
APT_PATIENCE = 120.0


class Home(Unit):
    """Runs from construction to close(); Postfix only where real_mail() is called."""

    def __init__(self, release, layers=None):
        self.mail = None
        lab = Lab()
        box = Container(release, lab.client, lab.folder / "home", layers)
        box.write("/etc/hosts", NAME_FILES["/etc/hosts"])
        super().__init__(box, lab)
        try:
            box.boot()
        except BaseException:
            box.close()
            lab.close()
            raise

    def close(self):
        """What the machine has to say of it is shown where the test fails."""
        print(self.box.run("journalctl", "--unit=ipherald*", "--no-pager", check=False))
        try:
            self.box.close()
        finally:
            if self.mail:
                print(self.mail.log())
                self.mail.close()
            self.lab.close()

    def real_mail(self, namespace=None):
        """In the NAMESPACE of the machine itself it is the machine's own mail server, else the provider's."""
        self.mail = Postfix(namespace or self.lab.server, self.lab.certificate,
                            {ACCOUNT: PASSWORD, OTHER_ACCOUNT: OTHER_PASSWORD}, [READER, OTHER_READER],
                            self.lab.folder / "postfix")

    def mails(self, to=READER):
        return self.mail.mails(to)

    def apt(self, *words):
        return self.box.run(*APT, *words, deadline=APT_PATIENCE)

    def install(self, build="first", *options):
        """As the README has it, from a folder of the owner's."""
        deb = pathlib.Path("/srv", self.box.release.deb(build).name)
        shutil.copy(self.box.release.deb(build), self.box.path(str(deb)))
        self.apt(*options, "install", str(deb))
        self.box.path(str(deb)).unlink()

    def instance(self, name):
        return Unit(self.box, self.lab, name)

    def wait_mail(self):
        """The next mail's event; it lies in the mailbox by then."""
        completed = self.box.journal.wait_event("mail-completed")
        self.mail.wait_delivered()
        return completed
