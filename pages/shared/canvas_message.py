"""What the canvas sends, checked before anything draws or decodes it.

Any browser can send anything over the web socket. A pen a billion pixels wide, a hundred thousand
strokes or a picture that unpacks to gigabytes would stop the server for everybody, so a message
that the canvas itself would never send is refused as a whole.
"""

import io
import math
from typing import Annotated, Any, Literal

import msgspec
from PIL import Image

MOST_STROKES = 1000
MOST_COMMANDS = 50_000  # of all paths together: an hour of drawing
PEN_WIDTHS = (1, 100)  # pixels
REACH = 4000  # pixels: how far from the canvas a stroke may lead
MOST_BYTES = 4_000_000  # of the picture, as PNG
NUMBERS = {"M": 2, "L": 2, "Q": 4, "C": 6}  # coordinates that each command of a path takes

_Command = list[str | float]


class _Stroke(msgspec.Struct):
    """What is read of a stroke of the canvas; everything else goes back to the canvas alone."""

    path: Annotated[list[_Command], msgspec.Meta(min_length=1, max_length=MOST_COMMANDS)]
    type: Literal["path", "Path"] = "path"
    strokeWidth: Annotated[float, msgspec.Meta(ge=PEN_WIDTHS[0], le=PEN_WIDTHS[1])] = 24


def checked_strokes(objects: object) -> list[dict[str, Any]] | None:
    """The canvas's strokes, as they were sent; None where the canvas can't have sent them."""
    if not isinstance(objects, list) or len(objects) > MOST_STROKES:
        return None
    try:
        strokes = msgspec.convert(objects, list[_Stroke])
    except (msgspec.ValidationError, RecursionError):
        return None
    commands = [command for stroke in strokes for command in stroke.path]
    if len(commands) > MOST_COMMANDS or not all(map(_is_command, commands)):
        return None
    if any(stroke.path[0][0] != "M" for stroke in strokes):
        return None
    return objects


def _is_command(command: _Command) -> bool:
    name, *numbers = command or [""]
    return len(numbers) == NUMBERS.get(str(name), -1) and all(
        isinstance(number, float | int) and math.isfinite(number) and abs(number) <= REACH
        for number in numbers
    )


def checked_picture(png: object, size: tuple[int, int]) -> bytes | None:
    """The canvas's picture; None where it isn't a PNG of the canvas's size. It isn't decoded.

    Args:
        size: (width, height) of the canvas.
    """
    if not isinstance(png, bytes) or len(png) > MOST_BYTES:
        return None
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:  # reads the header alone
            return png if picture.size == size else None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
