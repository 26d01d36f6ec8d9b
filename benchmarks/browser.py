"""How far the networks in a JavaScript engine are from the server's answers.

`python -m benchmarks.browser [PEN_FILE]` runs `mnist_core/models/browser/` in Node and prints

- of every shipped network and of networks thrown together, against LiteRT (Keras where LiteRT
  can't convert it): the images with the same likeliest class and the largest difference of a
  probability; of the shipped ones also the median time of one image, with
  WebAssembly and without;
- of a file of pen strokes (`benchmarks.pen_digits`), against `prepare_drawing` and `Recognizer`:
  the drawings with the same answer, and those whose pixels differ by at most 2 of 255.
"""

import argparse
import statistics
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.pen_digits import Canvas, Glyph, draw, load_glyphs
from mnist_core import Recognizer, list_models, load_mnist, prepare_drawing
from mnist_core.drawing.segmentation import REFUSED
from mnist_core.models.browser_weights import encode_for_browser, encode_network
from mnist_core.models.layer_weights import define_layers
from mnist_core.models.litert import LiteNetwork
from mnist_core.models.train_or_load import export_litert
from tests.core.models.random_networks import random_network
from tests.javascript.node import predict_in_node, prepare_in_node, time_in_node

if TYPE_CHECKING:
    import keras

SIDE = 400  # pixels of the app's canvas


def compare(content: bytes, images: NDArray[np.uint8], expected: NDArray[np.float32]) -> str:
    """How the engine's probabilities differ from the expected ones, in words."""
    output = predict_in_node([content], images)[0]
    same = (output.argmax(axis=1) == expected.argmax(axis=1)).sum()
    return (
        f"{same:,} of {len(images):,} images with the same class, largest difference "
        f"{np.abs(output - expected).max():.1e}"
    )


def reference(network: "keras.Model", images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], str]:
    """LiteRT's probabilities, or Keras's where LiteRT can't convert the network; and whose."""
    try:
        litert = export_litert(network)
    except Exception:  # whatever the converter raises: it fails for some uses of GELU
        return np.asarray(network(images.astype(np.float32), training=False)), "Keras"
    return LiteNetwork(litert).predict(images), "LiteRT"


def draw_all(path: str, limit: int | None) -> Iterator[NDArray[np.uint8]]:
    """Each glyph of a file on the app's canvas, at a size, place and pen width by chance."""
    rng = np.random.default_rng(0)
    for glyph in load_glyphs(path)[:limit]:
        yield draw(glyph, _canvas(glyph, rng))


def _canvas(glyph: Glyph, rng: np.random.Generator) -> Canvas:
    size = SIDE * rng.uniform(0.35, 0.85)
    pen = size * rng.uniform(0.03, 0.16)
    extent = np.ptp(np.concatenate(glyph.strokes), axis=0) * size + pen
    x, y = rng.uniform(0, 1, 2) * np.maximum(SIDE - extent, 0) + pen / 2
    return Canvas(SIDE, float(size), float(pen), float(x), float(y))


def compare_drawings(path: str, limit: int | None, name: str = "pen") -> None:
    """Print how the engine's pixels and answers differ from the server's."""
    recognizer = Recognizer.load(name)
    network = encode_network(recognizer.model)
    pixels = answers = total = 0
    glyphs = list(draw_all(path, limit))
    for start in range(0, len(glyphs), 300):
        part = glyphs[start : start + 300]
        prepared = [prepare_drawing(image) for image in part]
        images, reasons = prepare_in_node(np.stack([image[..., 3] for image in part]))
        probabilities = predict_in_node([network], images)[0]
        for drawing, image, reason, output in zip(
            prepared, images, reasons, probabilities, strict=True
        ):
            difference = np.abs(drawing.normalized.astype(int) - image)
            pixels += int(difference.max() <= 2)
            result = recognizer.recognize(drawing)
            refused = reason is not None or (len(output) > 10 and output[10] >= REFUSED)
            answers += int(result.digit == (None if refused else int(output[:10].argmax())))
        total += len(part)
    print(
        f"{name}, {total:,} drawings: same answer {answers / total:.2%}, pixels within 2 of 255 "
        f"{pixels / total:.2%}"
    )


def main() -> None:
    """Parse the command line and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pen_file", nargs="?", help="strokes, as benchmarks.pen_digits reads them")
    parser.add_argument("--images", type=int, default=10_000, help="test images (default: all)")
    parser.add_argument("--networks", type=int, default=60, help="thrown together (default: 60)")
    parser.add_argument("--limit", type=int, help="drawings of the file (default: all)")
    options = parser.parse_args()
    images = load_mnist(stand_in=False).x_test[: options.images]
    for model in list_models()[0]:
        content = encode_network(model)
        times, plain = (
            statistics.median(time_in_node(content, images[:100], webassembly=webassembly))
            for webassembly in (True, False)
        )
        expected = LiteNetwork(model.read("litert")).predict(images)
        print(
            f"{model.name}: {len(content):,} bytes, {times:.2f} ms an image "
            f"({plain:.2f} without WebAssembly), {compare(content, images, expected)}",
            flush=True,
        )
    for seed in range(options.networks):
        network = random_network(seed)
        content = encode_for_browser(define_layers(network), {})
        expected, runtime = reference(network, images[:500])
        print(f"random {seed}, {runtime}: {compare(content, images[:500], expected)}", flush=True)
    if options.pen_file:
        compare_drawings(options.pen_file, options.limit)


if __name__ == "__main__":
    main()
