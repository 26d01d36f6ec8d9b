"""The drawing of a network's structure: zoomed, downloaded, and each layer can be clicked."""

from collections.abc import Sequence

from mnist_core.i18n import language
from mnist_core.inside.diagram import structure_svg
from mnist_core.inside.summary import Layers
from pages.components.assets import component

_STRUCTURE = component(
    "network_structure",
    __file__,
    """<div class="inside"><div class="bar">
<button type="button" name="out">−</button>
<span class="zoom"></span>
<button type="button" name="in">+</button>
<button type="button" name="fit"></button><span class="space"></span>
<button type="button" name="svg"></button>
<button type="button" name="png"></button></div>
<div class="drawing"></div></div>""",
)


def structure_drawing(network: Layers, name: str, answers: Sequence[str], key: str) -> str | None:
    """Draw a network.

    Args:
        name: of the downloaded files; another one is drawn anew.
        answers: what its last units stand for, such as "0".

    Returns:
        The name of the layer that was clicked just now.
    """
    data = {
        "id": f"{name} {language()}",
        "name": name,
        "svg": structure_svg(network, answers, paper=False),
        "file": structure_svg(network, answers),
    }
    result = _STRUCTURE(key=key, data=data, on_opened_change=lambda: None)
    opened = result.get("opened")
    return str(opened["layer"]) if opened else None
