"""The image's health check: asks the page of the command that the container runs.

A worker has `/livez`, a dashboard `/healthz`. A command without a page (feed, tail, topics ...) is
healthy as long as it runs. Exit status 0 or 1, and one line that says why.
"""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

PAGES = {
    "worker": ("CLAIMWIRE_WEB", "6066", "/livez"),
    "dashboard": ("CLAIMWIRE_DASHBOARD", "6080", "/healthz"),
}
"""By command: what its settings begin with, its default port, its page."""
TIMEOUT_SECONDS = 5.0
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - told apart, not bound to


def page_of(command_line: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """Return the address that says how this command fares; None for one without a page."""
    programs = [Path(word).name for word in command_line]
    words = command_line[programs.index("claimwire") + 1 :] if "claimwire" in programs else ()
    name = next((word for word in words if not word.startswith("-")), None)
    if name not in PAGES:
        return None
    prefix, default_port, path = PAGES[name]
    port = _option(command_line, "--port") or environment.get(f"{prefix}_PORT") or default_port
    host = _option(command_line, "--host") or environment.get(f"{prefix}_HOST") or "127.0.0.1"
    host = ANY_ADDRESS.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{path}"


def _option(command_line: Sequence[str], name: str) -> str | None:
    for word, following in zip(command_line, [*command_line[1:], ""], strict=True):
        if word == name:
            return following
        if word.startswith(f"{name}="):
            return word.removeprefix(f"{name}=")
    return None


def ask(page: str) -> str | None:
    """Return what is wrong, or None when the page answers 200."""
    # No proxy of the environment's: the page is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(page, timeout=TIMEOUT_SECONDS).close()
    except urllib.error.HTTPError as error:
        with error:
            return f"{page} answers {error.code}: {error.read(500).decode(errors='replace')}"
    except OSError as error:
        return f"{page} does not answer: {error}"
    return None


def main() -> int:
    """Ask for the container's first process and print the answer."""
    command_line = Path("/proc/1/cmdline").read_bytes().decode(errors="replace").split("\0")
    page = page_of(command_line, os.environ)
    problem = ask(page) if page else None
    print(problem or f"{page or 'The command, which has no page,'} is well.")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
