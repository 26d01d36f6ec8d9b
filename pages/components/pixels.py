"""One image, large, with the value of the pixel that is pointed at in the forms networks take."""

import base64

import numpy as np
from numpy.typing import NDArray

from pages.components.assets import component

_HTML = """<div class="pixels"><canvas tabindex="0" role="img"></canvas>
<div class="readout" role="status" aria-live="polite"></div></div>"""
_PIXELS = component("image_pixels", __file__, _HTML)


def pixels(image: NDArray[np.uint8], title: str, key: str, *, inverted: bool = False) -> None:
    """Show an image `(28, 28)` uint8 whose pixels can be pointed at; the next keeps the pixel.

    Args:
        inverted: whether it is shown dark on white; the values that are told stay the same.
    """
    content = base64.b64encode(np.ascontiguousarray(image).tobytes()).decode("ascii")
    _PIXELS(key=key, data={"pixels": content, "title": title, "inverted": inverted})
