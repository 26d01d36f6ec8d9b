"""A network's structure: as a drawing (SVG), from the pixels to the answer, and as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np

from mnist_core.inside.arithmetic import FLATTEN, maps_shape, rule_of
from mnist_core.models.layers import PIXELS, LayerNetwork, NetworkLayer

MOST_UNITS = 12  # units drawn of a layer; of more, as many evenly spread ones
MOST_MAPS = 6
SLIM = (
    "Dropout",
    "SpatialDropout2D",
    "GaussianNoise",
    "BatchNormalization",
    "Activation",
    "Rescaling",
    "Reshape",
)
TOP, MIDDLE, TEXT = 24, 140, 292  # where drawings begin, their middle line, where words begin
HEIGHT, GAP, LINE = 386, 22, 17
ORANGE, BLUE = "#d97706", "#2563eb"
PAPER = "color:#1f2937;background:#ffffff"


@dataclass(frozen=True)
class _Column:
    """One layer's place in the drawing; x is its middle."""

    layer: NetworkLayer | None  # None: the pixels
    x: float
    width: float
    shown: tuple[int, ...] = ()  # of a layer of units, those that are drawn


def structure_svg(network: LayerNetwork, answers: Sequence[str], paper: bool = True) -> str:
    """The network as a drawing: maps as stacks, units as points with their strongest links.

    A layer is a group with its name in `data-layer`, and with its words as a tooltip.

    Args:
        answers: what the last layer's units stand for, such as "0".
        paper: dark on white, as a file of its own wants it; else see-through, in the colour of
            the text around it.
    """
    columns = _columns(network)
    width = columns[-1].x + columns[-1].width / 2 + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{HEIGHT}" '
        f'viewBox="0 0 {width:.0f} {HEIGHT}" font-family="sans-serif" font-size="12.5" '
        f'text-anchor="middle" fill="currentColor" style="{PAPER if paper else ""}">',
        f"<title>{escape(_title(network))}</title>",
        *_links(columns),
    ]
    for before, after in pairwise(columns):
        if after.layer and after.layer.kind == "Dense" and after.shown:
            continue  # links are there
        left, right = before.x + before.width / 2, after.x - after.width / 2
        parts.append(
            f'<path d="M{left + 3:.1f} {MIDDLE}H{right - 4:.1f}m-4 -3l4 3l-4 3" fill="none" '
            'stroke="currentColor" opacity=".55"/>'
        )
    for column in columns:
        parts += _drawn(column, answers if column is columns[-1] else ())
    return "".join([*parts, "</svg>"])


def summary(network: LayerNetwork, name: str) -> str:
    """The network as text, as Keras's `model.summary()` has it."""
    rows = [
        ("Layer (type)", "Output Shape", "Param #"),
        (f"{PIXELS} (InputLayer)", _none((28, 28)), "0"),
    ]
    rows += [
        (f"{one.name} ({one.kind})", _none(one.output_shape), f"{one.parameters:,}")
        for one in network.layers
    ]
    wide = [max(len(row[place]) for row in rows) + 2 for place in range(3)]
    lines = [f"{row[0]:<{wide[0]}}{row[1]:<{wide[1]}}{row[2]:>{wide[2]}}".rstrip() for row in rows]
    line = "─" * sum(wide)
    kept = sum(
        one.weights[key].size
        for one in network.layers
        for key in ("moving_mean", "moving_variance")
        if key in one.weights
    )
    total = sum(one.parameters for one in network.layers)
    return "\n".join(
        [
            f'Model: "{name}"',
            line,
            lines[0],
            line,
            *lines[1:],
            line,
            f"Total params: {total:,} ({4 * total / 1024:.2f} KB)",
            f"Trainable params: {total - kept:,}",
            f"Non-trainable params: {kept:,}",
        ]
    )


def layer_words(layer: NetworkLayer) -> list[str]:
    """A layer in a few lines: kind, shape, parameters and how they come about, activation."""
    lines = [layer.kind, " x ".join(map(str, layer.output_shape))]
    if layer.parameters:
        lines += [f"{layer.parameters:,} parameters", f"= {layer.arithmetic}"]
    return [*lines, layer.activation] if layer.activation else lines


def _none(shape: tuple[int, ...]) -> str:
    return f"({', '.join(['None', *map(str, shape)])})"


def _title(network: LayerNetwork) -> str:
    total = sum(one.parameters for one in network.layers)
    return f"{len(network.layers)} layers, {total:,} parameters"


# --- where what stands --------------------------------------------------------------------


def _columns(network: LayerNetwork) -> list[_Column]:
    columns = []
    left = float(GAP)
    for layer in (None, *network.layers):
        width = _width(layer)
        columns.append(_Column(layer, left + width / 2, width, _shown(layer)))
        left += width + GAP
    return columns


def _width(layer: NetworkLayer | None) -> float:
    if layer is None:
        return 96
    if layer.kind in SLIM:
        return 24
    words = max(len(line) for line in [layer.name, *layer_words(layer)])
    drawn = _side(layer.output_shape[0]) + 5 * MOST_MAPS if len(layer.output_shape) == 3 else 30
    return max(6.8 * words, drawn)


def _shown(layer: NetworkLayer | None) -> tuple[int, ...]:
    if layer is None or len(layer.output_shape) > 1 or rule_of(layer) == FLATTEN:
        return ()
    count = layer.output_shape[0]
    return tuple(np.unique(np.linspace(0, count - 1, min(count, MOST_UNITS)).astype(int)).tolist())


def _side(pixels: int) -> float:
    """How large a map is drawn."""
    return 18 + 2.3 * min(pixels, 40)


def _heights(column: _Column) -> list[float]:
    """Where the units of a column are."""
    step = min(21.0, 232 / max(len(column.shown), 1))
    return [
        MIDDLE + step * (place - (len(column.shown) - 1) / 2) for place in range(len(column.shown))
    ]


# --- drawing ------------------------------------------------------------------------------


def _links(columns: Sequence[_Column]) -> list[str]:
    """From the units that are drawn to those of the next dense layer; thick is a large weight."""
    parts = []
    before: _Column | None = None
    for column in columns:
        layer = column.layer
        if layer is None or layer.kind in SLIM:
            continue
        if layer.kind == "Dense" and column.shown and before is not None:
            weights = layer.weights["kernel"]
            if before.shown:
                seen = weights[np.ix_(before.shown, column.shown)]
                most = float(np.abs(seen).max()) or 1.0
                for row, y in enumerate(_heights(before)):
                    for place, to in enumerate(_heights(column)):
                        share = float(seen[row, place]) / most
                        color = ORANGE if share > 0 else BLUE
                        parts.append(
                            f'<path d="M{before.x:.1f} {y:.1f}L{column.x:.1f} {to:.1f}" '
                            f'stroke="{color}" stroke-width="{0.2 + 1.6 * abs(share):.2f}" '
                            f'opacity="{0.12 + 0.6 * abs(share):.2f}"/>'
                        )
            else:
                for to in _heights(column):
                    for y in (MIDDLE - 90, MIDDLE, MIDDLE + 90):
                        parts.append(
                            f'<path d="M{before.x:.1f} {y}L{column.x:.1f} {to:.1f}" '
                            'stroke="currentColor" opacity=".16"/>'
                        )
        before = column
    return parts


def _drawn(column: _Column, answers: Sequence[str]) -> list[str]:
    layer = column.layer
    if layer is None:
        return ["<g>", *_stack(column.x, 28, 28, 1), *_text(column.x, PIXELS, ["28 x 28"]), "</g>"]
    words = layer_words(layer)
    parts = [
        f'<g data-layer="{escape(layer.name)}" tabindex="0" role="button" '
        f'aria-label="Open {escape(layer.name)}">',
        f"<title>{escape(layer.name)}: {escape(', '.join(words))}</title>",
        # All of the column can be pointed at, not its lines alone.
        f'<rect x="{column.x - column.width / 2:.1f}" y="{TOP - 14}" width="{column.width:.1f}" '
        f'height="{HEIGHT - TOP}" fill="transparent"/>',
    ]
    if layer.kind in SLIM:
        told = layer.name if not layer.activation else f"{layer.name} ({layer.activation})"
        parts += [
            f'<rect x="{column.x - 11:.1f}" y="{MIDDLE - 100}" width="22" height="200" rx="5" '
            'fill="currentColor" fill-opacity=".1" stroke="currentColor" stroke-opacity=".45"/>',
            f'<text transform="translate({column.x + 4:.1f} {MIDDLE}) rotate(-90)">'
            f"{escape(told)}</text>",
        ]
        return [*parts, "</g>"]
    shape = maps_shape(layer, layer.output_shape)
    if len(shape) == 3:
        parts += _stack(column.x, *shape)
    elif rule_of(layer) == FLATTEN or not column.shown:
        parts.append(
            f'<rect x="{column.x - 5:.1f}" y="{MIDDLE - 120}" width="10" height="240" rx="3" '
            'fill="currentColor" fill-opacity=".3"/>'
        )
    else:
        parts += _units(column, answers)
    return [*parts, *_text(column.x, layer.name, words), "</g>"]


def _stack(x: float, rows: int, across: int, maps: int) -> list[str]:
    """Maps behind each other, the first in front."""
    count = min(maps, MOST_MAPS)
    high, wide, by = _side(rows), _side(across), 5
    left = x - (wide + by * (count - 1)) / 2
    top = MIDDLE - (high - by * (count - 1)) / 2
    parts = []
    for place in reversed(range(count)):
        parts.append(
            f'<rect x="{left + by * place:.1f}" y="{top - by * place:.1f}" width="{wide:.1f}" '
            f'height="{high:.1f}" rx="2" fill="#{"0f172a" if place == 0 else "334155"}" '
            'stroke="#cbd5e1"/>'
        )
    parts.append(
        f'<text x="{left + wide / 2:.1f}" y="{top + high / 2 + 4:.1f}" fill="#f8fafc">{maps}</text>'
    )
    return parts


def _units(column: _Column, answers: Sequence[str]) -> list[str]:
    heights = _heights(column)
    count = column.layer.output_shape[0] if column.layer else 0
    parts = []
    for unit, y in zip(column.shown, heights, strict=True):
        name = answers[unit] if len(answers) == count else ""
        parts.append(
            f'<circle cx="{column.x:.1f}" cy="{y:.1f}" r="8" fill="#0f172a" stroke="#cbd5e1">'
            f"<title>unit {unit}</title></circle>"
        )
        if name:
            parts.append(
                f'<text x="{column.x + 12:.1f}" y="{y + 4:.1f}" text-anchor="start">'
                f"{escape(name)}</text>"
            )
    if len(column.shown) < count:
        parts.append(
            f'<text x="{column.x:.1f}" y="{heights[-1] + 23:.1f}" opacity=".7">'
            f"{len(column.shown)} of {count}</text>"
        )
    return parts


def _text(x: float, name: str, lines: Sequence[str]) -> list[str]:
    parts = [f'<text x="{x:.1f}" y="{TEXT}" font-weight="bold">{escape(name)}</text>']
    parts += [
        f'<text x="{x:.1f}" y="{TEXT + LINE * place}" opacity=".85">{escape(line)}</text>'
        for place, line in enumerate(lines, start=1)
    ]
    return parts
