# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine that boots: systemd as init in systemd-nspawn, in a network namespace that the test made.

Nothing of this machine's systemd is needed or told. What happens inside is heard from the journal; commands go in by
nsenter. Each container has a control group of its own, beside the tests' own: two in one group would end each other's
processes, and what is left in it at the end is a failure."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess

from overlay import overlay, umount
from process import PATIENCE, Process, until

LANDLOCK = "landlock_create_ruleset landlock_add_rule landlock_restrict_self"


def control_groups():
    """Where the kernel's groups are mounted: version 2, and the one of version 1 that systemd may use beside it."""
    found = []
    for line in pathlib.Path("/proc/self/mounts").read_text("ascii").splitlines():
        _, path, kind, options, *_ = line.split()
        if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options.split(",")):
            found.append((kind, pathlib.Path(path)))
    return found


def remove_group(top):
    """The kernel lets go of a group a moment after its last process; until() waits for that."""
    for group in sorted((g for g in top.rglob("*") if g.is_dir()), reverse=True):
        remove_empty(group)
    remove_empty(top)


def remove_empty(group):
    def gone():
        try:
            group.rmdir()
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    until(gone, f"the end of {group}, in which there is {(group / 'cgroup.procs').read_text('ascii').split()}")


class Journal:
    """The messages of one boot, from its first on, as dictionaries; wait() goes on behind the one it found last."""

    def __init__(self, argv):
        self._process = Process(argv)
        self._seen = 0

    def wait(self, deadline=PATIENCE, **fields):
        """The next message with all these FIELDS, each a pattern at its begin."""
        while True:
            try:
                message = json.loads(self._process.wait_line("^{", deadline))
            except AssertionError:
                said = "\n".join(str(m.get("MESSAGE")) for m in self.messages())
                raise AssertionError(f"no message {fields} behind the last one; all in the journal:\n{said}") from None
            if all(re.match(pattern, str(message.get(field, ""))) for field, pattern in fields.items()):
                return message

    def wait_event(self, name, deadline=PATIENCE):
        return self.wait(deadline, IPHERALD_EVENT=f"{name}$")

    def messages(self, **fields):
        """All so far, whether they were waited for or not."""
        all_so_far = (json.loads(line) for line in self._process.matching("^{"))
        return [m for m in all_so_far
                if all(re.match(pattern, str(m.get(field, ""))) for field, pattern in fields.items())]

    def close(self):
        """The reader itself ends, and nsenter with it: alone, that would leave it behind."""
        for pid in self._process.children():
            os.kill(pid, signal.SIGTERM)
        self._process.wait()


class Container:
    """FOLDER: of the container's own. LAYERS: what it is made of, where that is not the release with the package in it.
    It is there, and does not run, until boot()."""

    def __init__(self, release, namespace, folder, layers=None):
        self.release = release
        self._namespace = namespace
        self._folder = pathlib.Path(folder)
        self._nspawn = None
        self._running = False
        self._leader = None
        self.journal = None
        self.root = overlay(self._folder, *(layers or release.layers))
        run = os.stat("/proc/self/ns/pid").st_ino  # no other run of the tests has it
        name = f"ipherald-test-{run}-{release.name}-{self._folder.parent.name}"
        self._groups = [(kind, path / name) for kind, path in control_groups()]

    def boot(self):
        """Returns when everything that starts at boot has started."""
        for _, group in self._groups:
            group.mkdir(exist_ok=True)
        notify = self._folder / "notify"
        notify.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(str(notify))
            listener.settimeout(PATIENCE)
            self._nspawn = Process(self._command(notify))
            self._running = True
            try:
                self._leader = self._wait_up(listener)
            except TimeoutError as error:
                self._end()
                raise AssertionError(f"it does not come up: {self._nspawn.text()}") from error
        self.journal = Journal(self.command("journalctl", "--boot", "--follow", "--lines=all", "--output=json"))
        return self

    @staticmethod
    def _wait_up(listener):
        """The process id, as the tests see it, of the container's init."""
        notices = ""
        while "READY=1" not in notices.splitlines():
            notices += listener.recv(65536).decode() + "\n"
        return int(re.search(r"X_NSPAWN_LEADER_PID=(\d+)", notices)[1])

    def _command(self, notify):
        version_2 = next(group for kind, group in self._groups if kind == "cgroup2")
        return ["env", "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1", f"NOTIFY_SOCKET={notify}",
                "sh", "-c", 'echo $$ >"$0" && exec "$@"', version_2 / "cgroup.procs",
                "systemd-nspawn", "--quiet", "--boot", f"--directory={self.root}", "--machine=home",
                "--register=no", "--keep-unit", "--settings=no", "--notify-ready=yes", "--console=pipe",
                "--link-journal=no", "--resolv-conf=off", "--timezone=off",
                f"--network-namespace-path={self._namespace.path}", f"--system-call-filter={LANDLOCK}"]

    def stop(self):
        """An orderly shutdown: systemd takes this signal for `systemctl poweroff`. What was written stays.

        The journal's reader ends first: systemd stops every process before it kills them, and nsenter, which stops
        with its child, would not be woken again."""
        self.journal.close()
        os.kill(self._leader, signal.SIGRTMIN + 4)
        try:
            assert self._nspawn.wait() == 0, self._nspawn.text()
        finally:
            self._end()

    def _end(self):
        """Its init ends with nspawn, however that came to its end."""
        self._nspawn.stop(signal.SIGKILL)
        self._running = False
        for _, group in self._groups:
            remove_group(group)

    def close(self):
        if self._running:
            self.stop()
        umount(self.root)

    def command(self, *argv):
        return ["nsenter", f"--target={self._leader}", "--all", "--", *argv]

    def run(self, *argv, check=True, typed="", deadline=PATIENCE):
        """What the command says; with CHECK one that fails is a failure. TYPED: its standard input."""
        done = subprocess.run(self.command(*argv), input=typed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=deadline, check=False)
        assert not check or done.returncode == 0, f"{argv}: {done.stdout}"
        return done.stdout

    def path(self, path):
        """Where the tests see a file of its disk."""
        return self.root / path.lstrip("/")

    def write(self, path, text, mode=0o644):
        """A file of the container's, as its administrator writes it."""
        own = self.path(path)
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(text, "utf-8")
        own.chmod(mode)

    def processes(self):
        """The ids, as the tests see them, of everything that runs in it."""
        version_2 = next(group for kind, group in self._groups if kind == "cgroup2")
        return [int(pid) for path in version_2.rglob("cgroup.procs") for pid in path.read_text("ascii").split()]

    @staticmethod
    def pid_inside(pid):
        """What the container itself calls the process PID."""
        with open(f"/proc/{pid}/status", encoding="utf-8") as status:
            return next(line.split()[-1] for line in status if line.startswith("NSpid:"))

    def answer(self, script, answer):
        """Runs SCRIPT on a terminal, and types the ANSWER to the one thing that it asks for."""
        terminal = subprocess.Popen(self.command("script", "--quiet", "--return", "--command", f"set -eu; {script}",
                                                 "/dev/null"),
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        with terminal:
            said = b""
            while b":" not in said:
                octet = terminal.stdout.read(1)
                assert octet, said
                said += octet
            terminal.stdin.write(answer.encode() + b"\n")
            terminal.stdin.flush()
            said += terminal.stdout.read()
        assert terminal.returncode == 0, said

    def systemd_version(self):
        return int(self.run("systemctl", "--version").split()[1])
