"""Loads the HTML, JavaScript and CSS of a component from the files beside its Python file.

Streamlit takes a component's script as one module and its rules as one sheet, from which no
relative address leads anywhere. So the files that a script or a sheet imports are put in the place
of the import; the files themselves stay modules that an editor, a linter and Node understand.

A script's own texts are `_("...")`, with `_` from `texts.js`; their translations come with its
data, as `data.texts`.
"""

import re
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from mnist_core.i18n import script_texts

_JS_IMPORT = re.compile(r'^import\s+\{[^}]*\}\s+from\s+"(\.{1,2}/[\w./]+)";\n', re.MULTILINE)
_CSS_IMPORT = re.compile(r'^@import\s+"(\.{1,2}/[\w./]+)";\n', re.MULTILINE)


def component(
    name: str, path: str | Path, html: str | None = None, *, isolate_styles: bool = True
) -> ComponentRenderer:
    """A Streamlit component whose script and rules lie beside its Python file.

    Args:
        name: unique among the app's components.
        path: of the Python file that the component belongs to; the script has the same name with
            the suffix `.js`, and the rules, where there are any, with `.css`.
        html: what the component consists of at first.
        isolate_styles: whether the rules apply to this component alone, and the page's rules not
            to it.
    """
    css = Path(path).with_suffix(".css")
    script = with_imports(Path(path).with_suffix(".js"), _JS_IMPORT)
    render = st.components.v2.component(
        name,
        html=html,
        css=with_imports(css, _CSS_IMPORT) if css.exists() else None,
        js=script,
        isolate_styles=isolate_styles,
    )

    def translated(*, data: Any = None, **arguments: Any) -> Any:
        texts = script_texts(script)
        return render(data={**(data or {}), "texts": texts} if texts else data, **arguments)

    return translated


def with_imports(path: Path, pattern: re.Pattern[str]) -> str:
    """The text of a file with the text of the files that it imports in place of the imports."""
    return pattern.sub(
        lambda found: with_imports(path.parent / found[1], pattern), path.read_text("utf-8")
    )
