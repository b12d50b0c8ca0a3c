"""How ONNX Runtime is loaded."""

import os
import subprocess
import sys

_LOOK = """
import os, sys
seen = []
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "onnxruntime":
            seen.append(os.environ.get("ORT_DISABLE_TELEMETRY"))
sys.meta_path.insert(0, Finder())
import pipeline.transformer
print(seen)
"""


def test_telemetry_is_off_before_onnx_runtime_loads() -> None:
    """When ONNX Runtime is first looked for, the environment tells it not to report its use."""
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    command = [sys.executable, "-c", _LOOK]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['1']"
