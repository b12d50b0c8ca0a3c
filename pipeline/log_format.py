"""What the worker's log lines look like: readable, or JSON for whatever collects them.

One line an event, on standard error. Nothing of an article's text stands in a line above debug:
an article is named by its position in Kafka (`topic/partition/offset`), which JSON lines carry as
the field `source_position`.
"""

import json
import logging
import re
from collections.abc import Mapping, Set
from typing import Any, Literal

from pythonjsonlogger.json import JsonFormatter

LogFormat = Literal["readable", "json"]

_TALKATIVE = ("faust", "mode", "aiokafka", "pipeline.faust_app")
# user:password@ in front of a host.
_USER_INFO = re.compile(r"[^,/\s:@]*:[^,/\s@]*@")
_MASKED = "***"


def logging_config(level: str, log_format: LogFormat = "readable") -> dict[str, Any]:
    """Return a `logging.config` dictionary: one line an event, on standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "readable": {
                "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
                "datefmt": "%Y-%m-%dT%H:%M:%S%z",
            },
            "json": {"()": json_formatter},
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": log_format,
                "stream": "ext://sys.stderr",
            }
        },
        "loggers": {
            # What their services start and stop is for those who look for a defect in them.
            **({} if level == "debug" else {name: {"level": "WARNING"} for name in _TALKATIVE}),
            # Logs every request as it stands at the level of debug: logins with their passwords.
            "aiokafka.conn": {"level": "INFO" if level == "debug" else "WARNING"},
            # Logs whole messages when a send fails; our publisher says the same without them.
            "faust.topics": {"level": "ERROR"},
            "kafka": {"level": "CRITICAL"},
        },
        "root": {"level": level.upper(), "handlers": ["stderr"]},
    }


def json_formatter() -> logging.Formatter:
    """Return the formatter of JSON lines: timestamp (UTC), level, logger, message, fields.

    Not the library's quicker one on orjson, which raises on a lone surrogate.
    """
    return JsonFormatter(
        "%(levelname)s %(name)s %(message)s",
        rename_fields={"levelname": "level", "name": "logger"},
        timestamp=True,
    )


def last_words(sentence: str, log_format: LogFormat) -> str:
    """Return the line a process leaves when it ends: in its log's format, without the logging.

    A process that hangs may hang with the logging's lock in hand.
    """
    if log_format == "readable":
        return f"claimwire: {sentence}"
    record = logging.makeLogRecord(
        {"name": "claimwire", "levelname": "CRITICAL", "levelno": logging.CRITICAL, "msg": sentence}
    )
    return json_formatter().format(record)


def message_of(line: str) -> str:
    """Return the message of a line in JSON, and any other line as it stands."""
    try:
        return str(json.loads(line)["message"])
    except (ValueError, KeyError, TypeError):
        return line


def describe_settings(values: Mapping[str, object]) -> dict[str, str]:
    """Return settings as they may be logged: what is secret masked, what is unset left out."""
    return {name: _describe(value) for name, value in values.items() if value is not None}


def _describe(value: object) -> str:
    if isinstance(value, Set):
        return ",".join(sorted(map(str, value)))
    return _USER_INFO.sub(f"{_MASKED}@", str(value))  # a SecretStr masks itself
