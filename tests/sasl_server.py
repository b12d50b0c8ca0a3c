"""The server's side of SASL, written from the RFCs for the tests: PLAIN, SCRAM, OAUTHBEARER."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Generator, Mapping, Set

Exchange = Generator[bytes, bytes, tuple[str, bytes]]
"""Sent what a client says, yields what it is answered; returns the user and the last answer."""


class LoginRefusedError(Exception):
    """The client has not proved who it is."""


def plain(passwords: Mapping[str, str]) -> Exchange:
    """RFC 4616: one message with the password as it is."""
    _, user, password = (yield b"").decode().split("\0")
    if not hmac.compare_digest(passwords.get(user, "").encode(), password.encode()):
        raise LoginRefusedError
    return user, b""


def oauthbearer(tokens: Set[str]) -> Exchange:
    """RFC 7628: a token, and for one that is not good an error that the client confirms."""
    message = (yield b"").decode()
    token = message.split("\x01auth=Bearer ")[1].split("\x01")[0]
    if token not in tokens:
        yield b'{"status":"invalid_token"}'
        raise LoginRefusedError
    return "token", b""


def scram(passwords: Mapping[str, str], hash_name: str, *, is_impostor: bool = False) -> Exchange:
    """RFC 5802 without channel binding; an impostor takes any proof and has none of its own."""
    client_first = (yield b"").decode().removeprefix("n,,")
    fields = dict(field.split("=", 1) for field in client_first.split(","))
    user = fields["n"].replace("=2C", ",").replace("=3D", "=")
    nonce = fields["r"] + secrets.token_hex(12)
    salt, iterations = secrets.token_bytes(16), 4096
    server_first = f"r={nonce},s={base64.b64encode(salt).decode()},i={iterations}"
    client_final = (yield server_first.encode()).decode()
    without_proof, _, proof = client_final.rpartition(",p=")
    if without_proof != f"c={base64.b64encode(b'n,,').decode()},r={nonce}":
        raise LoginRefusedError
    messages = ",".join([client_first, server_first, without_proof]).encode()
    salted = hashlib.pbkdf2_hmac(hash_name, passwords.get(user, "").encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", hash_name)
    stored_key = hashlib.new(hash_name, client_key).digest()
    signature = hmac.digest(stored_key, messages, hash_name)
    expected = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    server_key = hmac.digest(salted, b"Server Key", hash_name)
    if is_impostor:
        server_key = secrets.token_bytes(32)
    elif user not in passwords or not hmac.compare_digest(base64.b64decode(proof), expected):
        raise LoginRefusedError
    return user, b"v=" + base64.b64encode(hmac.digest(server_key, messages, hash_name))
