"""The browser's part of the components: each file is found, and imports what is there."""

import ast
import re
from pathlib import Path

import pytest

from pages.components.assets import _CSS_IMPORT as CSS_IMPORT
from pages.components.assets import _JS_IMPORT as JS_IMPORT
from pages.components.assets import component, with_imports

PAGES = Path(__file__).parents[2] / "pages"
SCRIPTS = sorted(PAGES.rglob("*.js"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_stands_alone_once_its_imports_are_put_in(path):
    script = with_imports(path, JS_IMPORT)
    assert not re.search(r"^\s*import\b", script, re.MULTILINE)
    names = re.findall(r"^(?:export )?(?:const|let|function) (\w+)", script, re.MULTILINE)
    assert len(names) == len(set(names)), "two files of one script declare the same name"


@pytest.mark.parametrize("path", sorted(PAGES.rglob("*.css")), ids=lambda path: path.name)
def test_a_sheet_of_rules_imports_nothing_by_its_address(path):
    assert "@import" not in with_imports(path, CSS_IMPORT)


@pytest.mark.parametrize("path", sorted((PAGES / "components").glob("*.py")), ids=lambda p: p.name)
def test_a_component_imports_no_part_of_a_page(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pages"):
            assert node.module.startswith("pages.components")


def test_what_is_imported_comes_before_what_imports_it(tmp_path):
    (tmp_path / "a.js").write_text('import { one } from "./b.js";\nexport default () => one;\n')
    (tmp_path / "b.js").write_text("export const one = 1;\n")
    assert with_imports(tmp_path / "a.js", JS_IMPORT) == (
        "export const one = 1;\nexport default () => one;\n"
    )


def test_a_component_without_its_script_is_an_error_at_once(tmp_path):
    with pytest.raises(FileNotFoundError):
        component("nothing", tmp_path / "nothing.py")
