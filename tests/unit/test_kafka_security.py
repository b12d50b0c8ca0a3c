"""The value that says how a cluster is reached: what it is called, reads and never shows."""

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import ConfigurationError
from pipeline.kafka_security import (
    KafkaCluster,
    KafkaSecurity,
    PasswordLogin,
    SaslMechanism,
    Tls,
    TokenLogin,
    plaintext_cluster,
)
from tests.certificates import Authority, make_authority

SECRET = "marker-4711"
LOGIN = PasswordLogin(mechanism=SaslMechanism.PLAIN, username="ann", password=SECRET)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return an authority with a client's certificate, and its key encrypted as well."""
    return make_authority(tmp_path_factory.mktemp("authority"), key_password=SECRET)


@pytest.mark.parametrize(
    ("tls", "login", "protocol"),
    [
        (None, None, "PLAINTEXT"),
        (Tls(), None, "SSL"),
        (None, LOGIN, "SASL_PLAINTEXT"),
        (Tls(), TokenLogin(token_file=Path("token")), "SASL_SSL"),
    ],
)
def test_the_protocol_follows_from_what_is_there(
    tls: Tls | None, login: PasswordLogin | TokenLogin | None, protocol: str
) -> None:
    """Kafka's name for each of the four."""
    assert KafkaSecurity(tls=tls, login=login).protocol == protocol


def test_no_secret_is_shown() -> None:
    """Neither str nor repr of a cluster holds a password; str names the servers."""
    security = KafkaSecurity(tls=Tls(key_file=Path("key"), key_password=SECRET), login=LOGIN)
    cluster = KafkaCluster(servers=("a:1", "b:2"), security=security)
    assert str(cluster) == "a:1,b:2"
    assert "ann" in repr(cluster)
    assert SECRET not in f"{cluster!s} {cluster!r} {security} {LOGIN}"


def test_a_context_verifies_the_certificate_and_the_name(authority: Authority) -> None:
    """With the system's authorities and with named ones alone; TLS is 1.2 or newer."""
    assert plaintext_cluster("a:1").open_tls_context() is None
    for tls in (Tls(), Tls(ca_file=authority.ca_file)):
        context = tls.open_context()
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    named = Tls(ca_file=authority.ca_file).open_context()
    assert len(named.get_ca_certs()) == 1


def test_an_encrypted_key_is_opened_with_its_password(authority: Authority) -> None:
    """And without one, or with a wrong one, that is told: nobody is asked on a terminal."""

    def open_with(password: str | None) -> ssl.SSLContext:
        return Tls(
            ca_file=authority.ca_file,
            certificate_file=authority.certificate_file,
            key_file=authority.encrypted_key_file,
            key_password=password,
        ).open_context()

    assert open_with(SECRET)
    with pytest.raises(ConfigurationError, match="CLAIMWIRE_TLS_KEY_PASSWORD_FILE"):
        open_with(None)
    with pytest.raises(ConfigurationError, match="CLAIMWIRE_TLS_KEY_FILE") as caught:
        open_with("wrong-password")
    assert "wrong-password" not in str(caught.value)


def _without(name: str) -> Callable[[Authority, Path], Tls]:
    """Return what makes TLS of good files, but for one that is not there."""

    def make(authority: Authority, folder: Path) -> Tls:
        files = {
            "ca_file": authority.ca_file,
            "certificate_file": authority.certificate_file,
            "key_file": authority.key_file,
        }
        return Tls(**{**files, name: folder / "missing.pem"})

    return make


def _with_text_for_authority(authority: Authority, folder: Path) -> Tls:
    (folder / "text.pem").write_text("no certificate")
    return Tls(ca_file=folder / "text.pem")


def _with_a_foreign_key(authority: Authority, folder: Path) -> Tls:
    another = make_authority(folder / "another")
    return Tls(certificate_file=authority.certificate_file, key_file=another.key_file)


@pytest.mark.parametrize(
    ("make", "variable"),
    [
        (_without("ca_file"), "CLAIMWIRE_TLS_CA_FILE"),
        (_without("certificate_file"), "CLAIMWIRE_TLS_CERTIFICATE_FILE"),
        (_without("key_file"), "CLAIMWIRE_TLS_KEY_FILE"),
        (_with_text_for_authority, "CLAIMWIRE_TLS_CA_FILE"),
        (_with_a_foreign_key, "CLAIMWIRE_TLS_KEY_FILE"),
    ],
    ids=["no authority", "no certificate", "no key", "text", "foreign key"],
)
def test_a_file_that_cannot_be_used_is_named_with_its_setting(
    authority: Authority, tmp_path: Path, make: Callable[[Authority, Path], Tls], variable: str
) -> None:
    """One that is missing, one that is no certificate, and a key of another certificate."""
    with pytest.raises(ConfigurationError, match=variable) as caught:
        make(authority, tmp_path).open_context()
    assert "\n" not in str(caught.value)
