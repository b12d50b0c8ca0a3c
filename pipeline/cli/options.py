"""What several commands have in common: options, and settings checked with a sentence."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from pydantic import ValidationError

    from pipeline.settings import Settings

BrokerOption = Annotated[
    str | None,
    typer.Option(
        "--broker",
        metavar="HOST:PORT",
        help="Kafka's bootstrap servers, comma-separated; else CLAIMWIRE_BROKER.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON Lines instead.")]
ThresholdOption = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        metavar="SCORE",
        help="Score that makes a claim, 0 to 1; else CLAIMWIRE_THRESHOLD or the model's own.",
        show_default=False,
    ),
]
PrioritiesOption = Annotated[
    Path | None,
    typer.Option(
        "--priorities",
        metavar="FILE",
        help="Weights that order claims, TOML; else CLAIMWIRE_PRIORITIES, else the score orders.",
        show_default=False,
    ),
]
LogFormatOption = Annotated[
    Literal["readable", "json"] | None,
    typer.Option(
        "--log-format",
        help="How the worker's log lines look; else CLAIMWIRE_LOG_FORMAT, else readable.",
        show_default=False,
    ),
]
TopOption = Annotated[
    int | None,
    typer.Option(
        "--top",
        min=1,
        metavar="N",
        help="Print only the N claims of highest priority, highest first.",
        show_default=False,
    ),
]


def load_settings(**given: Any) -> "Settings":
    """Read the settings; what is given here comes first, None is not given.

    Raises ConfigurationError that says which settings are wrong.
    """
    from pydantic import ValidationError

    from pipeline.settings import Settings

    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        message = describe_invalid(error)
    # Raised out here: the pydantic error, which shows values, is not to be chained.
    raise ConfigurationError(message)


def describe_invalid(error: "ValidationError") -> str:
    """Say in one sentence which settings are wrong and why, without showing their values."""
    wrong = "; ".join(
        f"{_variable(problem['loc'])}: {problem['msg'].removeprefix('Value error, ')}"
        for problem in error.errors(include_url=False, include_input=False)
    )
    return f"Settings are not usable: {wrong}. Correct them and start again."


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else "settings"
    return name if name.isupper() or name == "settings" else f"CLAIMWIRE_{name.upper()}"
