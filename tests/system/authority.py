"""Certificates of every kind, good and bad, made as they are needed."""

import datetime
import ipaddress
import pathlib
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def san(text):
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def new_key(kind):
    return ec.generate_private_key(ec.SECP256R1()) if kind == "ecdsa" else rsa.generate_private_key(65537, 2048)


class Authority:
    """One that signs servers, clients and other authorities. `file` is its certificate in PEM."""

    def __init__(self, folder, text="Test CA", above=None, kind="ecdsa"):
        self.folder = pathlib.Path(folder)
        self.key = new_key(kind)
        self.above = above
        self.certificate = self._sign(above or self, name(text), self.key.public_key(), 30 * DAY, -DAY, authority=True)
        self.file = self.folder / f"{text.replace(' ', '-')}.pem"
        self.file.write_bytes(pem(self.certificate))

    @staticmethod
    def _sign(signer, subject, public, until, since, names=(), authority=False, usage=None):
        issuer = subject if not hasattr(signer, "certificate") else signer.certificate.subject
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
                   .serial_number(x509.random_serial_number()).not_valid_before(now() + since).not_valid_after(now() + until)
                   .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True))
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName([san(each) for each in names]), critical=False)
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return builder.sign(signer.key, hashes.SHA256())

    def make(self, *names, since=-DAY, until=10 * DAY, kind="ecdsa", chain=(), self_signed=False, common="server",
             usage=ExtendedKeyUsageOID.SERVER_AUTH):
        """(certificate, key) as files; `chain` are authorities whose certificates go along."""
        key = new_key(kind)
        signer = self
        if self_signed:
            signer = type("Itself", (), {"key": key})
        certificate = self._sign(signer, name(common), key.public_key(), until, since, names, usage=usage)
        base = self.folder / f"{common}-{certificate.serial_number}"
        base.with_suffix(".pem").write_bytes(pem(certificate) + b"".join(pem(each.certificate) for each in chain))
        base.with_suffix(".key").write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return base.with_suffix(".pem"), base.with_suffix(".key")


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


class OpensslServer:
    """`openssl s_server`, which answers any request of HTTP with a page."""

    def __init__(self, pair, *more):
        certificate, key = pair
        self.process = subprocess.Popen(
            ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-cert_chain", certificate,
             "-key", key, "-www", *more],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if line.startswith("ACCEPT"):
                self.port = int(line.strip().rpartition(":")[2])
                break

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
