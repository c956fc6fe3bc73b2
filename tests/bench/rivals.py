# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs beside which tests/bench/run.sh measures, in build/root-bench, and what was installed there."""

import pathlib
import re
import shlex
import subprocess

from lab import ACCOUNT, PASSWORD, SERVER
from overlay import Overlay

TOP = pathlib.Path(__file__).resolve().parents[2]
ROOT = TOP / "build" / "root-bench"
INSTALLED = TOP / "build" / "bench-installed"
OWN_NEEDS = ["libgnutls30", "libsystemd0", "libnl-3-200", "libconfig9", "ca-certificates"]  # as shlibs:Depends has them
READER = "me@example.com"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
TRUSTED = {"ca_file": "/ca.pem", "system": BUNDLE}

MAIL = f"""\
From: {ACCOUNT}
To: {READER}
Subject: another address

It is another address.
""".replace("\n", "\r\n")

INADYN = """\
period = 600
custom example {
        username = me
        password = secret
        ddns-server = mail.example.com
        ddns-path = "/update"
        hostname = router.example.com
        checkip-command = "/bin/echo 192.0.2.10"
}
"""
DDCLIENT = """\
daemon=600
use=cmd, cmd='/bin/echo 192.0.2.10'
protocol=dyndns2, server=mail.example.com, login=me, password=secret
router.example.com
"""


class Rivals:
    """Their root, in the lab LAB. Its system trust has the lab's authority in it, and so has this machine's."""

    def __init__(self, lab):
        self._lab = lab
        self._root = Overlay(ROOT, lab.folder / "rivals")
        authority = pathlib.Path(lab.authority.ca_file).read_text("ascii")
        self._root.write("ca.pem", authority)
        self._root.write("mail", MAIL)
        self._root.write("inadyn.conf", INADYN)
        self._root.write("ddclient.conf", DDCLIENT)
        for path in ("inadyn.conf", "ddclient.conf"):
            (self._root.path / path).chmod(0o600)
        for path in ("/etc/hosts", "/etc/resolv.conf"):
            self._root.write(path[1:], pathlib.Path(path).read_text("ascii"))
        bundle = lab.folder / "bundle.pem"
        inside = self._root.path / BUNDLE[1:]
        bundle.write_text(inside.read_text("utf-8") + authority, "utf-8")
        inside.write_text(bundle.read_text("utf-8"), "utf-8")
        subprocess.run(["mount", "--bind", bundle, BUNDLE], check=True)

    def close(self):
        subprocess.run(["umount", BUNDLE], check=True)
        self._root.close()

    def command(self, *argv):
        """What runs ARGV in the root and in the client's namespace: nsenter turns into it."""
        return ["nsenter", f"--net={self._lab.client.path}", f"--root={self._root.path}", "--wdns=/", "--", *argv]

    def on_event(self, mail):
        """A script that runs the command MAIL at each new address: what people write."""
        return self.command("sh", "-c", "ip monitor address | while read -r line; do case $line in Deleted*) ;; "
                            f"*inet*) {shlex.join(mail)} < /mail ;; esac; done")

    def versions(self):
        names = ["inadyn", "ddclient", "networkd-dispatcher", "msmtp", "curl", "swaks", "iproute2"]
        text = subprocess.run(["dpkg-query", f"--admindir={ROOT}/var/lib/dpkg", "--show", "--showformat",
                               "${Package} ${Version}\n", *names], check=True, text=True, stdout=subprocess.PIPE).stdout
        return dict(line.split() for line in text.splitlines())


def msmtp(port, form, to, trust="ca_file"):
    """A command that sends its standard input to TO. FORM: "tls" or "starttls"; TRUST: "ca_file" or "system"."""
    return ["msmtp", f"--host={SERVER}", f"--port={port}", "--tls=on", f"--tls-trust-file={TRUSTED[trust]}",
            f"--tls-starttls={'on' if form == 'starttls' else 'off'}", "--auth=plain", f"--user={ACCOUNT}",
            f"--passwordeval=echo '{PASSWORD}'", f"--from={ACCOUNT}", *to]


def curl(port, form, to, trust="ca_file"):
    """As msmtp(); the system's trust is what it has by itself."""
    scheme = "smtp" if form == "starttls" else "smtps"
    return ["curl", "--silent", "--show-error", f"{scheme}://{SERVER}:{port}", "--ssl-reqd",
            *(["--cacert", TRUSTED[trust]] if trust == "ca_file" else []), "--sasl-ir", "--login-options", "AUTH=PLAIN",
            "--user", f"{ACCOUNT}:{PASSWORD}", "--mail-from", ACCOUNT,
            *(word for reader in to for word in ("--mail-rcpt", reader)), "--upload-file", "-"]


def swaks(port, form, to, trust="ca_file"):
    """As msmtp()."""
    return ["swaks", "--silent", "2", "--pipeline", "--server", SERVER, "--port", str(port), "--tls-verify",
            "--tls" if form == "starttls" else "--tls-on-connect", "--tls-ca-path", TRUSTED[trust], "--auth", "PLAIN",
            "--auth-user", ACCOUNT, "--auth-password", PASSWORD, "--from", ACCOUNT, "--to", ",".join(to),
            "--data", "-"]


def _packages():
    """Of the root: each package's installed KiB, what it needs, as lists of alternatives; whether it is essential."""
    packages, provided = {}, {}
    for stanza in (ROOT / "var/lib/dpkg/status").read_text("utf-8").split("\n\n"):
        fields = dict(re.findall(r"^([\w-]+): (.*)$", stanza, re.MULTILINE))
        # usrmerge, and perl with it, is essential only where an old system was merged.
        if fields.get("Package") in (None, "usrmerge"):
            continue
        own_name = fields["Package"]
        needs = ", ".join(fields[key] for key in ("Depends", "Pre-Depends") if key in fields)
        alternatives = [[re.split(r"[ :(]", name.strip())[0] for name in need.split("|")]
                        for need in needs.split(",") if need]
        packages[own_name] = int(fields.get("Installed-Size", 0)), alternatives, fields.get("Essential") == "yes"
        for virtual in filter(None, fields.get("Provides", "").split(",")):
            provided.setdefault(re.split(r"[ (]", virtual.strip())[0], own_name)
    return packages, provided


def _closure(packages, provided, names):
    found, left = set(), list(names)
    while left:
        name = left.pop()
        name = name if name in packages else provided.get(name)
        if name and name not in found:
            found.add(name)
            left += [next((a for a in need if a in packages or a in provided), None) for need in packages[name][1]]
    return found


def installed_kib(names):
    """What the packages NAMES take, with all that they pull into a system of the essential packages."""
    packages, provided = _packages()
    essential = _closure(packages, provided, [name for name, (_, _, is_so) in packages.items() if is_so])
    return sum(packages[name][0] for name in _closure(packages, provided, names) - essential)


def own_kib():
    """Ours, as it is installed, with what it pulls in."""
    files = [path.stat() for path in INSTALLED.rglob("*") if path.is_file() and not path.is_symlink()]
    return sum(st.st_blocks for st in files) / 2 + installed_kib(OWN_NEEDS)
