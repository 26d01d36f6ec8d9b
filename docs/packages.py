"""The picture of the packages in `docs/architecture.md`, made from the imports of the code.

`python docs/packages.py` writes it anew; a test fails when it is out of date. An arrow points from
a package to one that it imports; an import that longer arrows imply is left out.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- packages: begin -->", "<!-- packages: end -->"


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, by its dotted name, at its top or later.

    Of `from a.b import c` both `a.b` and `a.b.c`, since `c` may be a module.
    """
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def package_imports(root: Path = ROOT) -> dict[str, set[str]]:
    """The packages of `mnist_core`, and those of them that each imports."""
    core = root / "mnist_core"
    graph: dict[str, set[str]] = {}
    for folder in sorted(path.parent for path in core.glob("*/__init__.py")):
        names = {name for path in folder.rglob("*.py") for name in imports(path)}
        parts = (name.split(".") for name in names if name.startswith("mnist_core."))
        graph[folder.name] = {part[1] for part in parts} - {folder.name}
    return {name: targets & set(graph) for name, targets in graph.items()}


def reduced(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The graph without the arrows that follow from others.

    Args:
        graph: node -> nodes that it points to; without circles.
    """

    def reach(node: str) -> set[str]:
        return graph[node].union(*(reach(target) for target in graph[node]))

    return {
        node: {
            target
            for target in targets
            if not any(target in reach(other) for other in targets - {target})
        }
        for node, targets in graph.items()
    }


def diagram() -> str:
    """The picture as a Mermaid block, and a line for each package from its docstring."""
    graph = package_imports()
    arrows = [
        f"    {name} --> {target}"
        for name, targets in reduced(graph).items()
        for target in sorted(targets)
    ]
    rows = []
    for name in graph:
        docstring = ast.get_docstring(
            ast.parse((ROOT / "mnist_core" / name / "__init__.py").read_text("utf-8"))
        )
        rows.append(f"| `{name}/` | {(docstring or '').splitlines()[0]} |")
    table = ["| package | what it holds |", "|---|---|", *rows]
    return "\n".join(["```mermaid", "graph TD", *arrows, "```", "", *table])


def main() -> None:
    """Write the picture into the document."""
    text = DOCUMENT.read_text("utf-8")
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    DOCUMENT.write_text(pattern.sub(lambda _: f"{BEGIN}\n{diagram()}\n{END}", text), "utf-8")


if __name__ == "__main__":
    main()
