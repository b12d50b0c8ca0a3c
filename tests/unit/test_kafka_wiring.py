"""From settings to the cluster: which secret comes from where."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from pipeline.errors import ConfigurationError
from pipeline.kafka_security import (
    KafkaSecurity,
    PasswordLogin,
    SaslMechanism,
    Tls,
    TokenLogin,
    plaintext_cluster,
)
from pipeline.kafka_wiring import dashboard_token, kafka_cluster
from pipeline.settings import Settings

SECRET = "a secret of some length"


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """Return a file that holds the secret."""
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    return path


def test_without_security_there_is_none() -> None:
    """The servers of the settings, in the clear."""
    assert kafka_cluster(Settings(broker="a:1,b:2")) == plaintext_cluster("a:1", "b:2")


def test_passwords_come_from_files_or_the_environment(secret_file: Path) -> None:
    """Either way they are the same, for the login and for the key."""
    common = {
        "broker": "a:1",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_username": "ann",
        "tls_certificate_file": Path("c.pem"),
        "tls_key_file": Path("k.pem"),
    }
    from_files = Settings(
        **common, sasl_password_file=secret_file, tls_key_password_file=secret_file
    )
    from_environment = Settings(
        **common, sasl_password=SecretStr(SECRET), tls_key_password=SecretStr(SECRET)
    )
    assert kafka_cluster(from_files) == kafka_cluster(from_environment)
    assert kafka_cluster(from_files).security == KafkaSecurity(
        tls=Tls(certificate_file=Path("c.pem"), key_file=Path("k.pem"), key_password=SECRET),
        login=PasswordLogin(mechanism=SaslMechanism.SCRAM_SHA_512, username="ann", password=SECRET),
    )


def test_a_token_file_is_looked_into_at_once(secret_file: Path) -> None:
    """One that is there is read again for each login; one that is not is told now."""

    def settings(path: Path) -> Settings:
        return Settings(
            security_protocol="SASL_PLAINTEXT", sasl_mechanism="OAUTHBEARER", sasl_token_file=path
        )

    login = kafka_cluster(settings(secret_file)).security.login
    assert login == TokenLogin(token_file=secret_file)
    with pytest.raises(ConfigurationError, match="CLAIMWIRE_SASL_TOKEN_FILE"):
        kafka_cluster(settings(secret_file.with_name("missing")))


def test_the_dashboards_token_comes_from_a_file_too(secret_file: Path, tmp_path: Path) -> None:
    """And is refused when it is too short, as the variable's is."""
    assert dashboard_token(Settings(dashboard_token_file=secret_file)) == SECRET
    assert dashboard_token(Settings(dashboard_token=SecretStr(SECRET))) == SECRET
    assert dashboard_token(Settings()) is None
    (tmp_path / "short").write_text("fifteen letters")
    with pytest.raises(ConfigurationError, match="16 characters") as caught:
        dashboard_token(Settings(dashboard_token_file=tmp_path / "short"))
    assert "fifteen" not in str(caught.value)
