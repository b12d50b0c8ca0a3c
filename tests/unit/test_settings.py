"""The settings: read from the environment, checked, documented."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.cli.options import describe_invalid
from pipeline.log_format import describe_settings
from pipeline.security_settings import SecuritySettings
from pipeline.settings import Settings

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run without the settings of whoever runs the tests."""
    import os

    for name in os.environ:
        if name.startswith(("CLAIMWIRE_", "KAFKA_")):
            monkeypatch.delenv(name)


def test_every_setting_is_in_the_readme() -> None:
    """The README's table holds every setting with its description, plain defaults too, no other."""
    rows = re.findall(r"^\| `CLAIMWIRE_(\w+)` \| (.*?) \| (.*?) \|$", README.read_text(), re.M)
    documented = {name.lower(): (default, text) for name, default, text in rows}
    assert documented.keys() == Settings.model_fields.keys()
    for name, field in Settings.model_fields.items():
        assert documented[name][1] == field.description, name
        if isinstance(field.default, str | int | float) and not isinstance(field.default, bool):
            assert documented[name][0] == f"`{field.default}`", name


@pytest.mark.parametrize(
    ("given", "servers"),
    [
        ("kafka://a:1", ["a:1"]),
        ("a", ["a:9092"]),
        ("a:1, kafka://b", ["a:1", "b:9092"]),
    ],
)
def test_broker_addresses(monkeypatch: pytest.MonkeyPatch, given: str, servers: list[str]) -> None:
    """Servers are read with or without scheme and port."""
    monkeypatch.setenv("CLAIMWIRE_BROKER", given)
    assert Settings().bootstrap_servers == servers


def test_kafkas_usual_variable_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    """KAFKA_BOOTSTRAP_SERVERS works, and CLAIMWIRE_BROKER comes first."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "k:1")
    assert Settings().bootstrap_servers == ["k:1"]
    monkeypatch.setenv("CLAIMWIRE_BROKER", "c:1")
    assert Settings().bootstrap_servers == ["c:1"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BROKER", "http://a:1"),
        ("BROKER", "user:password@a:1"),
        ("BROKER", "a:1,,b:1"),
        ("THRESHOLD", "1.2"),
        ("THRESHOLD", "high"),
        ("CLAIMS_TOPIC", "with space"),
        ("CLAIMS_TOPIC", "news.articles"),
        ("BATCH_MAX_ARTICLES", "0"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_wrong_settings_are_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A wrong setting is named in one sentence that does not show its value."""
    monkeypatch.setenv(f"CLAIMWIRE_{name}", value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    sentence = describe_invalid(caught.value)
    assert "\n" not in sentence
    assert name.rsplit("_", maxsplit=1)[-1].lower() in sentence.lower()
    assert value not in sentence or value == "news.articles"


def test_empty_means_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """An optional setting that is empty is as one that is absent."""
    for name in ("MODEL", "THRESHOLD", "GROUP_INSTANCE_ID", "PRIORITIES"):
        monkeypatch.setenv(f"CLAIMWIRE_{name}", "")
    settings = Settings()
    assert (settings.model, settings.threshold, settings.group_instance_id) == (None, None, None)
    assert settings.priorities is None


SASL = {"SECURITY_PROTOCOL": "SASL_SSL", "SASL_MECHANISM": "PLAIN", "SASL_USERNAME": "ann"}
PASSWORD = "marker-4711"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"SECURITY_PROTOCOL": "TLS"}, ["CLAIMWIRE_SECURITY_PROTOCOL", "SASL_SSL"]),
        ({"SECURITY_PROTOCOL": "SASL_SSL"}, ["CLAIMWIRE_SASL_MECHANISM"]),
        ({"SASL_PASSWORD": PASSWORD}, ["CLAIMWIRE_SASL_PASSWORD", "PLAINTEXT"]),
        ({"SECURITY_PROTOCOL": "SSL", "SASL_MECHANISM": "PLAIN"}, ["nobody logs in by SSL"]),
        ({**SASL, "SASL_USERNAME": "", "SASL_PASSWORD": PASSWORD}, ["CLAIMWIRE_SASL_USERNAME"]),
        (SASL, ["needs CLAIMWIRE_SASL_PASSWORD_FILE"]),
        ({**SASL, "SASL_PASSWORD": PASSWORD, "SASL_PASSWORD_FILE": "p"}, ["both set"]),
        ({**SASL, "SASL_PASSWORD_FILE": "p", "SASL_TOKEN_FILE": "t"}, ["takes a password"]),
        ({**SASL, "SASL_MECHANISM": "OAUTHBEARER"}, ["CLAIMWIRE_SASL_TOKEN_FILE", "token alone"]),
        ({**SASL, "SASL_MECHANISM": "GSSAPI"}, ["CLAIMWIRE_SASL_MECHANISM", "OAUTHBEARER"]),
        (
            {
                **SASL,
                "SASL_MECHANISM": "SCRAM-SHA-256",
                "SASL_USERNAME": "a,b",
                "SASL_PASSWORD_FILE": "p",
            },
            ["comma"],
        ),
        ({"TLS_CA_FILE": "ca.pem"}, ["CLAIMWIRE_TLS_CA_FILE", "PLAINTEXT is not encrypted"]),
        ({"SECURITY_PROTOCOL": "SSL", "TLS_CERTIFICATE_FILE": "c"}, ["TLS_KEY_FILE go together"]),
        ({"SECURITY_PROTOCOL": "SSL", "TLS_KEY_FILE": "k"}, ["TLS_KEY_FILE go together"]),
        (
            {"SECURITY_PROTOCOL": "SSL", "TLS_KEY_PASSWORD": PASSWORD},
            ["without CLAIMWIRE_TLS_KEY_FILE"],
        ),
        ({"DASHBOARD_TOKEN": PASSWORD * 2, "DASHBOARD_TOKEN_FILE": "t"}, ["both set"]),
        ({"DASHBOARD_TOKEN": PASSWORD}, ["CLAIMWIRE_DASHBOARD_TOKEN"]),
    ],
)
def test_security_that_contradicts_itself_is_told(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], words: list[str]
) -> None:
    """In one sentence with the variables to mend, and no secret, in pydantic's words neither."""
    for name, value in settings.items():
        monkeypatch.setenv(f"CLAIMWIRE_{name}", value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    sentence = describe_invalid(caught.value)
    assert "\n" not in sentence
    for word in words:
        assert word in sentence
    assert PASSWORD not in f"{sentence} {caught.value} {caught.value!r}"


def test_a_secret_is_masked_where_settings_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """In repr, and in what a worker logs of its settings at the start."""
    monkeypatch.setenv("CLAIMWIRE_SASL_PASSWORD", PASSWORD)
    for name, value in SASL.items():
        monkeypatch.setenv(f"CLAIMWIRE_{name}", value)
    settings = Settings()
    shown = f"{settings!r} {describe_settings(settings.model_dump())}"
    assert "ann" in shown
    assert PASSWORD not in shown


def test_empty_security_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that are set and empty, as Compose leaves them, contradict nothing."""
    for name in SecuritySettings.model_fields:
        if name != "security_protocol":
            monkeypatch.setenv(f"CLAIMWIRE_{name.upper()}", "")
    settings = Settings()
    assert settings.security_protocol == "PLAINTEXT"
    assert {getattr(settings, name) for name in SecuritySettings.model_fields} == {
        "PLAINTEXT",
        None,
    }
