"""A hub of one model on localhost, speaking as much of the real one's HTTP as a download needs."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class FakeHub(ThreadingHTTPServer):
    """Serves the files of a folder as the repository `repository`, at one commit."""

    def __init__(self, folder: Path, repository: str) -> None:
        super().__init__(("127.0.0.1", 0), _Repository)
        self.folder = folder
        self.repository = repository
        self.requests: list[str] = []
        """Every request as `METHOD path`."""

    @property
    def environment(self) -> dict[str, str]:
        """What sends transformers here."""
        return {"HF_ENDPOINT": f"http://127.0.0.1:{self.server_port}", "HF_HUB_DISABLE_XET": "1"}


class _Repository(BaseHTTPRequestHandler):
    server: FakeHub

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        found = self._find()
        content = found.read_bytes() if found else b"{}"
        self.send_response(200 if found else 404)
        if found:
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        else:
            self.send_header("X-Error-Code", self._why_not())
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if with_body:
            self.wfile.write(content)

    def _why_not(self) -> str:
        if f"/{self.server.repository}/" not in self.path:
            return "RepoNotFound"
        known = any(f"/{revision}/" in self.path for revision in ("main", COMMIT))
        return "EntryNotFound" if known else "RevisionNotFound"

    def _find(self) -> Path | None:
        for revision in ("main", COMMIT):
            prefix = f"/{self.server.repository}/resolve/{revision}/"
            if self.path.startswith(prefix):
                path = self.server.folder / self.path.removeprefix(prefix)
                return path if path.is_file() else None
        return None

    def log_message(self, *_: Any) -> None:
        """Say nothing: the requests are kept."""


@contextmanager
def running_hub(folder: Path, repository: str) -> Iterator[FakeHub]:
    """Run the hub in a thread."""
    hub = FakeHub(folder, repository)
    thread = threading.Thread(target=hub.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()
