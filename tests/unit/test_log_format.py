"""Log lines, readable and JSON, and what of the settings may stand in them."""

import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from pipeline.log_format import (
    describe_settings,
    json_formatter,
    last_words,
    logging_config,
    message_of,
)


def record(message: str, *arguments: object, **fields: object) -> logging.LogRecord:
    """Return a log record with fields of its own."""
    made = logging.LogRecord("pipeline.x", logging.WARNING, __file__, 1, message, arguments, None)
    vars(made).update(fields)
    return made


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_one_line_of_json(text: str) -> None:
    """Line breaks, quotes and lone surrogates stay inside one line that parses to the same text."""
    line = json_formatter().format(record("%s", text))
    assert len(line.splitlines()) == 1
    assert json.loads(line)["message"] == text


def test_a_line_has_its_fields() -> None:
    """Level, logger, UTC time and what the caller adds are fields of their own."""
    document = json.loads(json_formatter().format(record("m %d", 7, source_position="t/1/2")))
    assert document.pop("timestamp").endswith("+00:00")
    assert document == {
        "level": "WARNING",
        "logger": "pipeline.x",
        "message": "m 7",
        "source_position": "t/1/2",
    }


def test_a_traceback_stays_in_its_line() -> None:
    """An exception is a field, not further lines."""
    try:
        raise ValueError("why")
    except ValueError:
        made = record("failed", exc_info=sys.exc_info())
    line = json_formatter().format(made)
    assert "\n" not in line
    assert "ValueError: why" in json.loads(line)["exc_info"]


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
@pytest.mark.parametrize("log_format", ["readable", "json"])
def test_the_configuration_is_one(level: str, log_format: str) -> None:
    """The one handler has the chosen format, the root the chosen level."""
    config = logging_config(level, log_format)  # type: ignore[arg-type]
    assert config["handlers"]["stderr"]["formatter"] == log_format
    assert config["root"]["level"] == level.upper()


def test_last_words_are_in_the_logs_format() -> None:
    """The line a process leaves is a sentence for people, or JSON, and is read back from both."""
    assert last_words("It ended.", "readable") == "claimwire: It ended."
    line = last_words("It ended.", "json")
    assert json.loads(line)["level"] == "CRITICAL"
    assert message_of(line) == "It ended."
    assert message_of("claimwire: It ended.") == "claimwire: It ended."
    assert message_of("[1]") == "[1]"
    assert message_of("{}") == "{}"


def test_settings_without_secrets() -> None:
    """Passwords and tokens are masked, what is unset is left out, the rest is there."""
    described = describe_settings(
        {
            "token": SecretStr("hidden-hidden-hidden"),
            "broker": "user:hidden@a:9092,b:9092",
            "url": "kafka://user:hidden@a:9092",
            "model": "organisation/name@revision",
            "threshold": None,
            "languages": frozenset({"en", "de"}),
            "port": 6066,
        }
    )
    assert "hidden" not in str(described)
    assert described == {
        "token": "**********",
        "broker": "***@a:9092,b:9092",
        "url": "kafka://***@a:9092",
        "model": "organisation/name@revision",
        "languages": "de,en",
        "port": "6066",
    }
