"""Secrets that stand in a file of their own: read whole, without the line's end."""

from pathlib import Path

from pipeline.errors import ConfigurationError


def read_secret(path: Path, *, variable: str) -> str:
    """Return the text of the file that `variable` names, less one line end at its end.

    Raises ConfigurationError when the file cannot be read, or holds nothing.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error.strerror}): mend {variable} or the file."
        ) from error
    except UnicodeDecodeError:
        # Not chained: the error holds the file's bytes.
        raise ConfigurationError(f"{path} is not UTF-8: mend {variable} or the file.") from None
    secret = text.removesuffix("\n").removesuffix("\r")
    if not secret:
        raise ConfigurationError(f"{path} is empty: mend {variable} or the file.")
    return secret
