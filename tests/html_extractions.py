"""An extraction function that does what no parser should; the HTML process is told its name."""

import os
import signal
import sys
import time
from pathlib import Path

from pipeline.html import extract_html


def misbehave(html: str) -> tuple[str, str]:
    """Do what the body says, or else extract it as usual."""
    order, _, argument = html.removeprefix("<p>").partition(" ")
    match order:
        case "sleep":
            time.sleep(60)
        case "hold":  # as a C parser does: deaf to every signal that Python would handle
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
            while True:
                pass
        case "exit":
            os._exit(3)
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "raise":
            raise RuntimeError(argument)
        case "print":
            print(argument)
            print(argument, file=sys.stderr)
        case "pid":
            return str(os.getpid()), "pid/1"
        case "modules":
            return " ".join(sorted(sys.modules)), "modules/1"
        case "environment":
            return " ".join(sorted(os.environ)), "environment/1"
        case "announce":  # write down who we are, then hang
            Path(argument).write_text(str(os.getpid()))
            time.sleep(60)
    return extract_html(html)
