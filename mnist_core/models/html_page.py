"""A network as one HTML file that works without a server, without a network and on a phone.

In it are a canvas, the engine (`models/browser/`), the network's weights as base64, and the words
in several languages.
"""

import base64
import re
from html import escape
from pathlib import Path
from string import Template

from mnist_core.i18n import _
from mnist_core.models.browser_weights import encode_network
from mnist_core.models.store import StoredModel

HTML = "html"  # as `--format` takes it
BROWSER = Path(__file__).with_name("browser")
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)


def html_page(model: StoredModel) -> str:
    """The text of a page that recognizes drawings with a stored network.

    Raises:
        ModelError: its files are damaged, or the engine doesn't know one of its layers.
    """
    title = _(model.recipe.title)
    template = Template((BROWSER / "page.html").read_text("utf-8"))
    return template.substitute(
        title=escape(_("{name}: {title}", name=model.name, title=title)),
        needs_script=escape(_("This page needs JavaScript.")),
        style=(BROWSER / "page.css").read_text("utf-8"),
        network=base64.b64encode(encode_network(model)).decode(),
        engine=as_script("worker.js"),
        script=as_script("page.js"),
    )


def html_file_name(model: StoredModel) -> str:
    """The name of a network's HTML file."""
    return f"{model.name}.html"


def as_script(name: str) -> str:
    """A module of `models/browser/` and all that it imports, as one script without modules."""
    text = (BROWSER / name).read_text("utf-8")
    return _EXPORT.sub("", _IMPORT.sub(lambda match: as_script(match[1]), text))
