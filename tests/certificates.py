"""Certificates of an authority that lives as long as the test."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)


@dataclass(frozen=True, kw_only=True)
class Authority:
    """An authority, its own certificate, and a client's that it has issued; files are PEM."""

    ca: trustme.CA
    ca_file: Path
    certificate_file: Path
    key_file: Path
    encrypted_key_file: Path
    key_password: str

    def server_context(
        self, *names: str, asks_for_certificate: bool = False, newest: bool = True
    ) -> ssl.SSLContext:
        """Return what a server of these names speaks TLS with; TLS 1.2 alone unless `newest`."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.ca.issue_cert(*(names or ("127.0.0.1",))).configure_cert(context)
        if asks_for_certificate:
            self.ca.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        if not newest:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context


def make_authority(folder: Path, *, key_password: str = "of-the-key") -> Authority:
    """Make an authority and a client's certificate, with its key as it is and encrypted."""
    folder.mkdir(parents=True, exist_ok=True)
    ca = trustme.CA()
    client = ca.issue_cert("client.example")
    authority = Authority(
        ca=ca,
        ca_file=folder / "ca.pem",
        certificate_file=folder / "client.pem",
        key_file=folder / "client.key",
        encrypted_key_file=folder / "client.encrypted.key",
        key_password=key_password,
    )
    ca.cert_pem.write_to_path(authority.ca_file)
    authority.certificate_file.write_bytes(b"".join(pem.bytes() for pem in client.cert_chain_pems))
    client.private_key_pem.write_to_path(authority.key_file)
    key = load_pem_private_key(client.private_key_pem.bytes(), password=None)
    authority.encrypted_key_file.write_bytes(
        key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(key_password.encode())
        )
    )
    return authority
