"""A network's structure as a diagram (SVG), from the pixels to the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from unicodedata import east_asian_width

import numpy as np

from mnist_core.i18n import _
from mnist_core.inside.arithmetic import Rule, feature_maps_shape, rule_of
from mnist_core.inside.summary import Layers, layer_summary, parameter_count
from mnist_core.models.layers import NetworkLayer
from mnist_core.models.litert import PIXELS
from mnist_core.recipes.kinds import KINDS

MAX_UNITS = 12  # units drawn of a layer; of more, as many evenly spaced ones
MAX_MAPS = 6
TOP, MIDDLE, TEXT = 24, 140, 292  # y of the drawings' top, of their middle, of the text's top
HEIGHT, GAP, LINE = 386, 22, 17
POSITIVE_COLOR, NEGATIVE_COLOR = "#d97706", "#2563eb"  # of weights: orange and blue
PAPER = "color:#1f2937;background:#ffffff"


@dataclass(frozen=True)
class _Column:
    """A layer in the diagram.

    Attributes:
        layer: None means the pixels.
        x: of its middle.
        drawn_units: in a layer of units, the indices of those that are drawn.
    """

    layer: NetworkLayer | None
    x: float
    width: float
    drawn_units: tuple[int, ...] = ()


def structure_svg(network: Layers, class_names: Sequence[str], paper: bool = True) -> str:
    """Draw a network: feature maps as stacks, units as circles with their weights as lines.

    Its words are in the reader's language.

    A layer is a group with its name in `data-layer` and its summary as a tooltip.

    Args:
        class_names: of the last layer's units, such as "0".
        paper: whether to draw dark on white, for a file of its own; otherwise transparent, in
            the color of the surrounding text.
    """
    columns = _columns(network)
    width = columns[-1].x + columns[-1].width / 2 + GAP
    title = _(
        "{layers} layers, {parameters:,} parameters",
        layers=len(network.layers),
        parameters=parameter_count(network),
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{HEIGHT}" '
        f'viewBox="0 0 {width:.0f} {HEIGHT}" font-family="sans-serif" font-size="12.5" '
        f'text-anchor="middle" fill="currentColor" style="{PAPER if paper else ""}">',
        f"<title>{escape(title)}</title>",
        *_weight_lines(columns),
    ]
    for before, after in pairwise(columns):
        if after.layer and after.layer.kind == "Dense" and after.drawn_units:
            continue  # its weights are drawn
        left, right = before.x + before.width / 2, after.x - after.width / 2
        parts.append(
            f'<path d="M{left + 3:.1f} {MIDDLE}H{right - 4:.1f}m-4 -3l4 3l-4 3" fill="none" '
            'stroke="currentColor" opacity=".55"/>'
        )
    for column in columns:
        parts += _draw_column(column, class_names if column is columns[-1] else ())
    return "".join([*parts, "</svg>"])


# --- layout -------------------------------------------------------------------------------


def _columns(network: Layers) -> list[_Column]:
    columns = []
    left = float(GAP)
    for layer in (None, *network.layers):
        width = _width(layer)
        columns.append(_Column(layer, left + width / 2, width, _drawn_units(layer)))
        left += width + GAP
    return columns


def _width(layer: NetworkLayer | None) -> float:
    if layer is None:
        return 96
    if _is_narrow(layer):
        return 24
    characters = max(_columns_of(line) for line in [layer.name, *layer_summary(layer)])
    drawing = _side(layer.output_shape[0]) + 5 * MAX_MAPS if len(layer.output_shape) == 3 else 30
    return max(6.8 * characters, drawing)


def _columns_of(line: str) -> int:
    """How wide a line is, in Latin characters: a Chinese one takes two."""
    return sum(2 if east_asian_width(character) in "FW" else 1 for character in line)


def _is_narrow(layer: NetworkLayer) -> bool:
    """Whether a layer is drawn as a bar, as its output has the positions of its input."""
    return layer.kind in KINDS and KINDS[layer.kind].pointwise


def _drawn_units(layer: NetworkLayer | None) -> tuple[int, ...]:
    if layer is None or len(layer.output_shape) > 1 or rule_of(layer) == Rule.FLATTEN:
        return ()
    count = layer.output_shape[0]
    return tuple(np.unique(np.linspace(0, count - 1, min(count, MAX_UNITS)).astype(int)).tolist())


def _side(pixels: int) -> float:
    """The side of the drawing of a feature map."""
    return 18 + 2.3 * min(pixels, 40)


def _unit_positions(column: _Column) -> list[float]:
    """The y of each drawn unit of a column."""
    count = len(column.drawn_units)
    step = min(21.0, 232 / max(count, 1))
    return [MIDDLE + step * (index - (count - 1) / 2) for index in range(count)]


# --- drawing ------------------------------------------------------------------------------


def _weight_lines(columns: Sequence[_Column]) -> list[str]:
    """The weights between the drawn units of dense layers; the larger the weight, the wider."""
    parts = []
    before: _Column | None = None
    for column in columns:
        layer = column.layer
        if layer is None or _is_narrow(layer):
            continue
        if layer.kind == "Dense" and column.drawn_units and before is not None:
            if before.drawn_units:
                kernel = layer.weights["kernel"]
                weights = kernel[np.ix_(before.drawn_units, column.drawn_units)]
                largest = float(np.abs(weights).max()) or 1.0
                for row, start in zip(weights, _unit_positions(before), strict=True):
                    for weight, end in zip(row, _unit_positions(column), strict=True):
                        share = float(weight) / largest
                        color = POSITIVE_COLOR if share > 0 else NEGATIVE_COLOR
                        parts.append(
                            f'<path d="M{before.x:.1f} {start:.1f}L{column.x:.1f} {end:.1f}" '
                            f'stroke="{color}" stroke-width="{0.2 + 1.6 * abs(share):.2f}" '
                            f'opacity="{0.12 + 0.6 * abs(share):.2f}"/>'
                        )
            else:
                for end in _unit_positions(column):
                    for start in (MIDDLE - 90, MIDDLE, MIDDLE + 90):
                        parts.append(
                            f'<path d="M{before.x:.1f} {start}L{column.x:.1f} {end:.1f}" '
                            'stroke="currentColor" opacity=".16"/>'
                        )
        before = column
    return parts


def _draw_column(column: _Column, class_names: Sequence[str]) -> list[str]:
    layer = column.layer
    if layer is None:
        return ["<g>", *_stack(column.x, 28, 28, 1), *_text(column.x, PIXELS, ["28 x 28"]), "</g>"]
    lines, label = layer_summary(layer), _("Open {layer}", layer=layer.name)
    parts = [
        f'<g data-layer="{escape(layer.name)}" tabindex="0" role="button" '
        f'aria-label="{escape(label)}">',
        f"<title>{escape(layer.name)}: {escape(', '.join(lines))}</title>",
        # The whole column responds to the pointer, not its lines alone.
        f'<rect x="{column.x - column.width / 2:.1f}" y="{TOP - 14}" width="{column.width:.1f}" '
        f'height="{HEIGHT - TOP}" fill="transparent"/>',
    ]
    if _is_narrow(layer):
        label = layer.name if not layer.activation else f"{layer.name} ({layer.activation})"
        parts += [
            f'<rect x="{column.x - 11:.1f}" y="{MIDDLE - 100}" width="22" height="200" rx="5" '
            'fill="currentColor" fill-opacity=".1" stroke="currentColor" stroke-opacity=".45"/>',
            f'<text transform="translate({column.x + 4:.1f} {MIDDLE}) rotate(-90)">'
            f"{escape(label)}</text>",
        ]
        return [*parts, "</g>"]
    shape = feature_maps_shape(layer, layer.output_shape)
    if len(shape) == 3:
        parts += _stack(column.x, *shape)
    elif rule_of(layer) == Rule.FLATTEN or not column.drawn_units:
        parts.append(
            f'<rect x="{column.x - 5:.1f}" y="{MIDDLE - 120}" width="10" height="240" rx="3" '
            'fill="currentColor" fill-opacity=".3"/>'
        )
    else:
        parts += _units(column, class_names)
    return [*parts, *_text(column.x, layer.name, lines), "</g>"]


def _stack(x: float, height: int, width: int, maps: int) -> list[str]:
    """Feature maps behind each other, the first in front."""
    count = min(maps, MAX_MAPS)
    drawn_height, drawn_width, offset = _side(height), _side(width), 5
    left = x - (drawn_width + offset * (count - 1)) / 2
    top = MIDDLE - (drawn_height - offset * (count - 1)) / 2
    parts = [
        f'<rect x="{left + offset * index:.1f}" y="{top - offset * index:.1f}" '
        f'width="{drawn_width:.1f}" height="{drawn_height:.1f}" rx="2" '
        f'fill="#{"0f172a" if index == 0 else "334155"}" stroke="#cbd5e1"/>'
        for index in reversed(range(count))
    ]
    parts.append(
        f'<text x="{left + drawn_width / 2:.1f}" y="{top + drawn_height / 2 + 4:.1f}" '
        f'fill="#f8fafc">{maps}</text>'
    )
    return parts


def _units(column: _Column, class_names: Sequence[str]) -> list[str]:
    positions = _unit_positions(column)
    count = column.layer.output_shape[0] if column.layer else 0
    parts = []
    for unit, y in zip(column.drawn_units, positions, strict=True):
        name = _("unit {unit}", unit=unit)
        parts.append(
            f'<circle cx="{column.x:.1f}" cy="{y:.1f}" r="8" fill="#0f172a" stroke="#cbd5e1">'
            f"<title>{escape(name)}</title></circle>"
        )
        if len(class_names) == count and class_names[unit]:
            parts.append(
                f'<text x="{column.x + 12:.1f}" y="{y + 4:.1f}" text-anchor="start">'
                f"{escape(class_names[unit])}</text>"
            )
    if len(column.drawn_units) < count:
        label = _("{shown} of {count}", shown=len(column.drawn_units), count=count)
        parts.append(
            f'<text x="{column.x:.1f}" y="{positions[-1] + 23:.1f}" opacity=".7">'
            f"{escape(label)}</text>"
        )
    return parts


def _text(x: float, name: str, lines: Sequence[str]) -> list[str]:
    parts = [f'<text x="{x:.1f}" y="{TEXT}" font-weight="bold">{escape(name)}</text>']
    parts += [
        f'<text x="{x:.1f}" y="{TEXT + LINE * index}" opacity=".85">{escape(line)}</text>'
        for index, line in enumerate(lines, start=1)
    ]
    return parts
