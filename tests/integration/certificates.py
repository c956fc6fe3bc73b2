# SPDX-License-Identifier: GPL-2.0-or-later
"""Certificates for tests, made by certtool (gnutls-bin) in a folder of the test's own."""

import ssl
import subprocess


class Certificate:
    """A certificate and its key as PEM files; `issuer` signed it, or it signed itself."""

    def __init__(self, path, key, issuer=None):
        self.path, self.key, self.issuer = path, key, issuer

    def server_context(self, minimum=ssl.TLSVersion.TLSv1_2, maximum=ssl.TLSVersion.MAXIMUM_SUPPORTED):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = minimum
        context.maximum_version = maximum
        context.load_cert_chain(self.path, self.key)
        return context


class Authority:
    """A folder of certificates, and the one authority that signs most of them."""

    def __init__(self, folder, name="Test Authority", signer=None):
        """SIGNER: the authority that has signed this one."""
        self.folder = folder
        self.count = 0
        self.root = self._make(["ca", "cert_signing_key", f'cn = "{name}"'], issuer=signer and signer.root)

    @property
    def ca_file(self):
        return self.root.path

    def certificate(self, names=("mail.example.com",), addresses=(), not_before="2020-01-01 00:00:00",
                    not_after="2049-12-31 00:00:00", self_signed=False, must_staple=False,
                    purpose="tls_www_server", common_name="test server"):
        lines = [f'cn = "{common_name}"', purpose, "signing_key"]
        lines += [f"dns_name = {n}" for n in names]
        lines += [f"ip_address = {a}" for a in addresses]
        if must_staple:
            lines.append("tls_feature = 5")
        return self._make(lines, None if self_signed else self.root, not_before, not_after)

    def _make(self, lines, issuer, not_before="2020-01-01 00:00:00", not_after="2049-12-31 00:00:00"):
        self.count += 1
        stem = self.folder / f"certificate-{self.count}"
        template, path, key = (stem.with_suffix(s) for s in (".template", ".pem", ".key"))
        lines = lines + [f"serial = {self.count}", f'activation_date = "{not_before}"',
                         f'expiration_date = "{not_after}"']
        template.write_text("\n".join(lines) + "\n")
        self._run("--generate-privkey", "--key-type", "ecdsa", "--outfile", key)
        if issuer:
            self._run("--generate-certificate", "--load-privkey", key, "--template", template, "--outfile", path,
                      "--load-ca-certificate", issuer.path, "--load-ca-privkey", issuer.key)
        else:
            self._run("--generate-self-signed", "--load-privkey", key, "--template", template, "--outfile", path)
        return Certificate(path, key, issuer)

    @staticmethod
    def _run(*arguments):
        subprocess.run(["certtool", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
