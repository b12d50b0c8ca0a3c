"""Settings as the command line gives them."""

import pytest

from pipeline.cli.options import load_settings
from pipeline.errors import ConfigurationError


def test_the_option_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """--broker overrules both names the variable has; an option not given changes nothing."""
    monkeypatch.setenv("CLAIMWIRE_BROKER", "one:1")
    assert load_settings(broker="two:2").bootstrap_servers == ["two:2"]
    assert load_settings(broker=None).bootstrap_servers == ["one:1"]
    monkeypatch.delenv("CLAIMWIRE_BROKER")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "three:3")
    assert load_settings(broker="two:2").bootstrap_servers == ["two:2"]


def test_a_wrong_setting_is_one_sentence_without_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The variable is named, its value is not, and no chained error shows it either."""
    monkeypatch.setenv("CLAIMWIRE_THRESHOLD", "5.25")
    with pytest.raises(ConfigurationError, match="CLAIMWIRE_THRESHOLD") as problem:
        load_settings()
    assert "5.25" not in str(problem.value)
    assert problem.value.__context__ is None
