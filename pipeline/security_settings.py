"""The settings of who may connect to whom: the half of `Settings` that holds secrets.

Each secret is a variable, or a file that the same variable with `_FILE` at its end names; no secret
is ever an option of the command line, where every process of the machine could read it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

_SASL_FIELDS = (
    "sasl_mechanism",
    "sasl_username",
    "sasl_password",
    "sasl_password_file",
    "sasl_token_file",
)
_TLS_FIELDS = (
    "tls_ca_file",
    "tls_certificate_file",
    "tls_key_file",
    "tls_key_password",
    "tls_key_password_file",
)
_SECRETS = ("sasl_password", "tls_key_password", "dashboard_token")


class SecuritySettings(BaseSettings):
    """TLS and SASL for every Kafka client, and the dashboard's token."""

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT",
        description="Kafka's `security.protocol`, for every client (docs/security.md).",
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] | None = (
        Field(
            default=None,
            description="How clients log in: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER.",
        )
    )
    sasl_username: str | None = Field(
        default=None, description="User of PLAIN and SCRAM; its password is a secret."
    )
    sasl_password: SecretStr | None = Field(
        default=None, description="Password of that user; better a file."
    )
    sasl_password_file: Path | None = Field(
        default=None, description="File that holds the password."
    )
    sasl_token_file: Path | None = Field(
        default=None, description="File that holds OAUTHBEARER's token; read at each login."
    )
    tls_ca_file: Path | None = Field(
        default=None, description="PEM of the authorities to trust; empty: the system's."
    )
    tls_certificate_file: Path | None = Field(
        default=None, description="PEM of this client's certificate and its chain (mTLS)."
    )
    tls_key_file: Path | None = Field(
        default=None, description="PEM of the certificate's private key."
    )
    tls_key_password: SecretStr | None = Field(
        default=None, description="Password of an encrypted key; better a file."
    )
    tls_key_password_file: Path | None = Field(
        default=None, description="File that holds the key's password."
    )
    dashboard_token: Annotated[SecretStr, Field(min_length=16)] | None = Field(
        default=None,
        description="Guards the dashboard; 16 characters or more, required beyond this machine.",
    )
    dashboard_token_file: Path | None = Field(
        default=None, description="File that holds the dashboard's token."
    )

    @field_validator(
        *_SASL_FIELDS, *_TLS_FIELDS, "dashboard_token", "dashboard_token_file", mode="before"
    )
    @classmethod
    def _empty_secret_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _security_is_consistent(self) -> "SecuritySettings":
        if problems := "; ".join(self._contradictions()):
            raise ValueError(problems)
        return self

    def _contradictions(self) -> Iterator[str]:
        protocol = self.security_protocol
        for secret in _SECRETS:
            if self._has(secret) and self._has(f"{secret}_file"):
                yield f"{_variable(secret)} and {_variable(secret)}_FILE are both set, give one"
        if protocol.startswith("SASL_"):
            yield from self._login_contradictions()
        else:
            for name in filter(self._has, _SASL_FIELDS):
                yield f"{_variable(name)} is set, but nobody logs in by {protocol}"
        if protocol.endswith("SSL"):
            if self._has("tls_certificate_file") != self._has("tls_key_file"):
                yield "CLAIMWIRE_TLS_CERTIFICATE_FILE and CLAIMWIRE_TLS_KEY_FILE go together"
            for name in ("tls_key_password", "tls_key_password_file"):
                if self._has(name) and not self._has("tls_key_file"):
                    yield f"{_variable(name)} is set without CLAIMWIRE_TLS_KEY_FILE"
        else:
            for name in filter(self._has, _TLS_FIELDS):
                yield f"{_variable(name)} is set, but {protocol} is not encrypted"

    def _login_contradictions(self) -> Iterator[str]:
        mechanism = self.sasl_mechanism
        if mechanism is None:
            yield f"{self.security_protocol} needs CLAIMWIRE_SASL_MECHANISM"
        elif mechanism == "OAUTHBEARER":
            if not self._has("sasl_token_file"):
                yield "OAUTHBEARER needs CLAIMWIRE_SASL_TOKEN_FILE"
            for name in ("sasl_username", "sasl_password", "sasl_password_file"):
                if self._has(name):
                    yield f"{_variable(name)} is set, but OAUTHBEARER takes a token alone"
        else:
            if not self._has("sasl_username"):
                yield f"{mechanism} needs CLAIMWIRE_SASL_USERNAME"
            if not self._has("sasl_password") and not self._has("sasl_password_file"):
                yield f"{mechanism} needs CLAIMWIRE_SASL_PASSWORD_FILE"
            if self._has("sasl_token_file"):
                yield f"CLAIMWIRE_SASL_TOKEN_FILE is set, but {mechanism} takes a password"
            if mechanism != "PLAIN" and set(self.sasl_username or "") & set(",="):
                # kafka-python 3.0.12 does not write them as SCRAM wants, and no login succeeds.
                yield "CLAIMWIRE_SASL_USERNAME holds a comma or an equals sign, which SCRAM bars"

    def _has(self, name: str) -> bool:
        return getattr(self, name) is not None


def _variable(name: str) -> str:
    return f"CLAIMWIRE_{name.upper()}"
