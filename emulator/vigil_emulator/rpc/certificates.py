"""A certificate authority of the state folder's own, and a server certificate for loopback.

Clients trust it by `GRPC_DEFAULT_SSL_ROOTS_FILE_PATH` (`vigil_emulator.environment`). The private keys are
readable by their owner alone.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LIFE = timedelta(days=365)
"""How long certificates are valid; they are made anew when less than RENEWAL is left."""

RENEWAL = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Certificates:
    """In PEM: the authority's certificate as a file, the server's certificate and key."""

    authority: Path
    certificate: bytes
    key: bytes


def certificates(folder: Path, *, names: Sequence[str] = ()) -> Certificates:
    """Return those in the folder, made if they are absent or about to end. Raises OSError if it cannot be written.

    `names` are host names beside loopback's own, for a client that takes no other endpoint than Google's.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority, certificate, key = folder / "ca.pem", folder / "server.pem", folder / "server.key"
    if not (authority.exists() and certificate.exists() and key.exists() and _lasts(certificate.read_bytes())):
        _make(authority, certificate, key, names)
    return Certificates(authority, certificate.read_bytes(), key.read_bytes())


def _lasts(pem: bytes) -> bool:
    return x509.load_pem_x509_certificate(pem).not_valid_after_utc - datetime.now(UTC) > RENEWAL


def _make(authority: Path, certificate: Path, key: Path, hosts: Sequence[str]) -> None:
    """The authority's key signs once and is not kept, so nobody can sign with it later."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    ca_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Vigil emulator, this folder only")])
    ca = (
        x509.CertificateBuilder()
        .subject_name(ca_name)
        .issuer_name(ca_name)
        .public_key(ca_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    loopback = [x509.IPAddress(ip_address("127.0.0.1")), x509.IPAddress(ip_address("::1"))]
    names = [*(x509.DNSName(name) for name in ("localhost", *hosts)), *loopback]
    server = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]))
        .issuer_name(ca_name)
        .public_key(server_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    _write(key, server_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain), mode=0o600)
    _write(certificate, server.public_bytes(pem), mode=0o644)
    _write(authority, ca.public_bytes(pem), mode=0o644)


def _write(path: Path, content: bytes, *, mode: int) -> None:
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    temporary.replace(path)
