"""How a Kafka cluster is reached: its addresses, and how it and we prove who we are.

One value goes to everything that opens a client, whichever library the client is of. Nothing in it
shows a secret when it is printed, and the host name of a server is always verified.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pipeline.errors import ConfigurationError
from pipeline.secret_files import read_secret


class SaslMechanism(StrEnum):
    """How a client logs in."""

    PLAIN = "PLAIN"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"
    OAUTHBEARER = "OAUTHBEARER"


@dataclass(frozen=True, kw_only=True, slots=True)
class PasswordLogin:
    """A user with a password, by PLAIN or SCRAM."""

    mechanism: SaslMechanism
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenLogin:
    """A bearer token, by OAUTHBEARER."""

    token_file: Path
    """Whoever renews the token writes it here; it is read for each login."""

    @property
    def mechanism(self) -> SaslMechanism:
        """Return the only mechanism that takes a token."""
        return SaslMechanism.OAUTHBEARER

    def read_token(self) -> str:
        """Return the token of now; raises ConfigurationError when the file gives none."""
        return read_secret(self.token_file, variable="CLAIMWIRE_SASL_TOKEN_FILE").strip()


@dataclass(frozen=True, kw_only=True, slots=True)
class Tls:
    """What a TLS connection is verified and identified with; files are PEM."""

    ca_file: Path | None = None
    """The only authorities that are trusted; None: those of the system."""
    certificate_file: Path | None = None
    """Of this client, with the chain up to its authority; goes with `key_file`."""
    key_file: Path | None = None
    key_password: str | None = field(default=None, repr=False)

    def open_context(self) -> ssl.SSLContext:
        """Read the files; return a context that verifies the server's certificate and name.

        Raises ConfigurationError that names the file and the setting.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.ca_file is None:
            context.load_default_certs()
        else:
            try:
                context.load_verify_locations(self.ca_file)
            except OSError as error:
                raise _unusable(self.ca_file, "CLAIMWIRE_TLS_CA_FILE", error) from error
        if self.certificate_file is not None:
            self._load_certificate(context, self.certificate_file)
        return context

    def _load_certificate(self, context: ssl.SSLContext, certificate_file: Path) -> None:
        for path, variable in (
            (certificate_file, "CLAIMWIRE_TLS_CERTIFICATE_FILE"),
            (self.key_file, "CLAIMWIRE_TLS_KEY_FILE"),
        ):
            if path is not None:  # OpenSSL would not say which of the two it cannot open
                read_secret(path, variable=variable)
        try:
            context.load_cert_chain(certificate_file, self.key_file, self._give_key_password)
        except OSError as error:
            raise _unusable(certificate_file, "CLAIMWIRE_TLS_KEY_FILE", error) from error

    def _give_key_password(self) -> str:
        """Answer for an encrypted key; without an answer OpenSSL would ask the terminal."""
        if self.key_password is None:
            raise ConfigurationError(
                f"The key {self.key_file} is encrypted: set CLAIMWIRE_TLS_KEY_PASSWORD_FILE."
            )
        return self.key_password


@dataclass(frozen=True, kw_only=True, slots=True)
class KafkaSecurity:
    """Whether a connection is encrypted, and whether its client logs in."""

    tls: Tls | None
    """None: not encrypted, and no server is verified."""
    login: PasswordLogin | TokenLogin | None
    """None: nobody logs in; with TLS a client certificate may stand for it."""

    @property
    def protocol(self) -> str:
        """Return Kafka's word for it: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."""
        transport = "PLAINTEXT" if self.tls is None else "SSL"
        return transport if self.login is None else f"SASL_{transport}"

    def client_configs(
        self, context: ssl.SSLContext | None, provide_token: Callable[[TokenLogin], object]
    ) -> dict[str, object]:
        """Return the keyword arguments that kafka-python's and aiokafka's clients share.

        Args:
            context: The cluster's.
            provide_token: Makes the library's own kind of token provider.
        """
        configs: dict[str, object] = {"security_protocol": self.protocol, "ssl_context": context}
        match self.login:
            case PasswordLogin() as login:
                configs |= {
                    "sasl_mechanism": str(login.mechanism),
                    "sasl_plain_username": login.username,
                    "sasl_plain_password": login.password,
                }
            case TokenLogin() as login:
                configs |= {
                    "sasl_mechanism": str(login.mechanism),
                    "sasl_oauth_token_provider": provide_token(login),
                }
        return configs


@dataclass(frozen=True, kw_only=True, slots=True)
class KafkaCluster:
    """A cluster and how it is reached; `str()` names its servers."""

    servers: tuple[str, ...]
    """Bootstrap servers, as `host:port`."""
    security: KafkaSecurity

    def __str__(self) -> str:
        return ",".join(self.servers)

    def open_tls_context(self) -> ssl.SSLContext | None:
        """Return a context for connections to its servers; None where they are not encrypted."""
        return None if self.security.tls is None else self.security.tls.open_context()


def plaintext_cluster(*servers: str) -> KafkaCluster:
    """Return a cluster that is reached without encryption and without a login."""
    return KafkaCluster(servers=servers, security=KafkaSecurity(tls=None, login=None))


def _unusable(path: Path, variable: str, error: OSError) -> ConfigurationError:
    reason = getattr(error, "reason", None) or error.strerror or type(error).__name__
    what = str(reason).replace("_", " ").lower()
    return ConfigurationError(f"{path} cannot be used ({what}): mend {variable} or the file.")
