"""The Kafka cluster and the secrets as the settings name them: files are read here, once.

Apart from wiring.py, which loads what is heavy: every command that speaks to Kafka needs this.
"""

from pathlib import Path

from pydantic import SecretStr

from pipeline.errors import ConfigurationError
from pipeline.kafka_security import (
    KafkaCluster,
    KafkaSecurity,
    PasswordLogin,
    SaslMechanism,
    Tls,
    TokenLogin,
)
from pipeline.secret_files import read_secret
from pipeline.settings import Settings

_TOKEN_MIN_CHARACTERS = 16


def kafka_cluster(settings: Settings) -> KafkaCluster:
    """Return the cluster of the settings, with the passwords that files hold.

    Raises ConfigurationError when a file cannot be read; certificates are read by who connects.
    """
    return KafkaCluster(
        servers=tuple(settings.bootstrap_servers),
        security=KafkaSecurity(tls=_tls(settings), login=_login(settings)),
    )


def dashboard_token(settings: Settings) -> str | None:
    """Return the dashboard's token, or None; raises ConfigurationError for a bad file."""
    token = _secret(settings.dashboard_token, settings.dashboard_token_file, "DASHBOARD_TOKEN")
    if token is not None and len(token) < _TOKEN_MIN_CHARACTERS:
        raise ConfigurationError(
            f"The token in {settings.dashboard_token_file} is too short: make it "
            f"{_TOKEN_MIN_CHARACTERS} characters or more."
        )
    return token


def _tls(settings: Settings) -> Tls | None:
    if not settings.security_protocol.endswith("SSL"):
        return None
    return Tls(
        ca_file=settings.tls_ca_file,
        certificate_file=settings.tls_certificate_file,
        key_file=settings.tls_key_file,
        key_password=_secret(
            settings.tls_key_password, settings.tls_key_password_file, "TLS_KEY_PASSWORD"
        ),
    )


def _login(settings: Settings) -> PasswordLogin | TokenLogin | None:
    if not settings.security_protocol.startswith("SASL_"):
        return None
    if settings.sasl_token_file is not None:
        login = TokenLogin(token_file=settings.sasl_token_file)
        login.read_token()  # a file that is not there is told before anything is opened
        return login
    password = _secret(settings.sasl_password, settings.sasl_password_file, "SASL_PASSWORD")
    return PasswordLogin(
        mechanism=SaslMechanism(settings.sasl_mechanism or ""),
        username=settings.sasl_username or "",
        password=password or "",
    )


def _secret(value: SecretStr | None, path: Path | None, name: str) -> str | None:
    if path is not None:
        return read_secret(path, variable=f"CLAIMWIRE_{name}_FILE")
    return None if value is None else value.get_secret_value()
