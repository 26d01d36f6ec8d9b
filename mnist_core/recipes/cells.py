"""Cells of text and code, which become a Jupyter notebook or a Python program."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text: Markdown or Python, without a line break at its end.
        is_code: whether it is Python.
    """

    text: str
    is_code: bool = True


def markdown(text: str) -> Cell:
    """A cell of Markdown."""
    return Cell(text, is_code=False)


def notebook(cells: Sequence[Cell]) -> str:
    """The content of a Jupyter notebook (nbformat 4.5), as JSON. The same cells give the same."""
    import nbformat
    from nbformat import v4

    made = []
    for number, cell in enumerate(cells):
        new = v4.new_code_cell if cell.is_code else v4.new_markdown_cell
        # nbformat's own ids are random.
        identity = hashlib.sha256(f"{number} {cell.text}".encode()).hexdigest()[:8]
        made.append(new(cell.text, id=identity))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.writes(v4.new_notebook(cells=made, metadata={"kernelspec": kernel})) + "\n"


def script(cells: Sequence[Cell]) -> str:
    """The cells as one Python program; Markdown becomes comments."""
    return "\n\n".join(cell.text if cell.is_code else _comment(cell.text) for cell in cells) + "\n"


def _comment(text: str) -> str:
    return "\n".join(f"# {line}".rstrip() for line in text.splitlines())
