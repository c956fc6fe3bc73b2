# SPDX-License-Identifier: GPL-2.0-or-later
"""The real program, with settings, folders and a credential of the test's own."""

import os
import pathlib
import re
import shutil
import signal

import process

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("IPHERALD_BUILD", TOP / "build"))
PROGRAM = BUILD / "ipherald"
# What the unit has the manager set, so that what is tested and measured here is what runs there.
UNIT_ENVIRONMENT = dict(re.findall("^Environment=(\\w+)=(.*)$", (TOP / "units" / "ipherald.service.in").read_text("utf-8"),
                                   re.MULTILINE))

SETTINGS = """\
mail = {{
  enabled = true;
  server = "{server}";
  port = {port};
  security = "{security}";
  from = "gateway@example.com";
  auth = {{ account = "{account}"; {auth} }};
  tls = {{ {trust} {tls} }};
}};
destinations = (
{destinations}
);
settle = {{ quiet = {quiet}; limit = {limit}; }};
limits = {{ mails_per_hour = {mails_per_hour}; unknown_wait = {unknown_wait}; }};
"""

DEFAULTS = {
    "server": "mail.example.com", "port": 587, "security": "starttls", "account": "gateway@example.com",
    "auth": "", "tls": "", "to": ["me@example.com"], "quiet": 0.2, "limit": 2.0, "mails_per_hour": 1000,
    "unknown_wait": 1,
}


def _value(value):
    if isinstance(value, list):
        return "( " + ", ".join(map(_value, value)) + " )"
    return str(value) if isinstance(value, int) else f'"{value}"'


def _destination(to):
    """TO: an address, or all keys of the group."""
    keys = to if isinstance(to, dict) else {"to": to}
    return "  { " + " ".join(f"{key} = {_value(value)};" for key, value in keys.items()) + " }"


def settings_text(**values):
    """The file, with VALUES instead of the DEFAULTS; CA_FILE None is the system's trust."""
    values = {**DEFAULTS, **values}
    trust = f'ca_file = "{values["ca_file"]}";' if values["ca_file"] else ""
    destinations = ",\n".join(map(_destination, values["to"]))
    return SETTINGS.format(destinations=destinations, trust=trust, **values)


class Service:
    """FOLDER keeps what must outlast a restart; `start` and `stop` may follow each other."""

    def __init__(self, folder, password="open sesame", pop_password=None, namespace=None, on_line=None, **settings):
        self.folder = pathlib.Path(folder)
        self._namespace = namespace
        self._on_line = on_line
        self._process = None
        self._settings = settings
        self.program = PROGRAM
        self.tracer = ()  # a command that runs the program, inside of the namespace
        self.folders = [f"--state-dir={self.folder}/state", f"--runtime-dir={self.folder}/runtime",
                        f"--credentials-dir={self.folder}/credentials"]
        for name in ("state", "runtime", "credentials"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "ipherald.conf"
        self.write_settings()
        self.write_password(password)
        if pop_password:
            self.write_password(pop_password, "pop-password")

    def write_settings(self, **changes):
        self._settings.update(changes)
        self.config.write_text(settings_text(**self._settings), "utf-8")

    def write_password(self, password, name="smtp-password"):
        path = self.folder / "credentials" / f"ipherald.{name}"
        path.unlink(missing_ok=True)
        path.touch(0o600)
        path.write_text(password + "\n", "utf-8")

    def replace_mailer(self, script):
        """SCRIPT, the text of a file, is run from the next session on. The program looks for it beside itself first, so it
        is a copy from here on."""
        folder = self.folder / "bin"
        if self.program == PROGRAM:
            folder.mkdir()
            self.program = pathlib.Path(shutil.copy(PROGRAM, folder))
        mailer = folder / "ipherald-mailer"
        mailer.write_text(script, "ascii")
        mailer.chmod(0o755)

    @property
    def ledger(self):
        return self.folder / "state" / "ledger"

    def command(self, verb, *options):
        argv = [*self.tracer, str(self.program), verb, f"--config={self.config}", *self.folders, *options]
        return self._namespace.command(*argv) if self._namespace else argv

    def start(self, *options, wrapper=(), environment=None):
        """WRAPPER: a command that turns into the program."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("NOTIFY_", "WATCHDOG_", "JOURNAL_"))}
        self._process = process.Process([*wrapper, *self.command("run", *options)], on_line=self._on_line,
                                        env={**inherited, **UNIT_ENVIRONMENT, **(environment or {})})
        return self

    def stop(self, number=signal.SIGTERM):
        """The exit status; a negative one is the signal that ended it."""
        return self._process.stop(number)

    def close(self):
        """A service that ends otherwise than by SIGTERM and with 0 is a failure, also for the sanitizers' sake."""
        if self._process and self._process.running():
            assert self.stop() == 0, self.text()

    def reload(self):
        self._process.kill(signal.SIGHUP)

    def mailer(self):
        """The process id of the mailer that is at work."""
        children = self._process.children()
        assert len(children) == 1, f"not one mailer: {children}"
        return children[0]

    def text(self):
        """What it has said; nothing where it was never started."""
        return self._process.text() if self._process else ""

    def __getattr__(self, name):
        if name in ("wait_line", "wait_matching", "matching", "lines", "pid", "kill", "children", "wait", "running"):
            return getattr(self._process, name)
        raise AttributeError(name)


def is_built():
    mailer = PROGRAM.with_name("ipherald-mailer")
    return os.access(PROGRAM, os.X_OK) and os.access(mailer, os.X_OK) and shutil.which("nsenter") is not None
