"""setuptools installs the packages that pyproject.toml names, so every one must be named there."""

import re
import runpy
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.project import LAYERS, ROOT, settings

SETUPTOOLS = settings()["tool"]["setuptools"]


FACADE = ROOT / "entrypoints" / "facade"
"""Installed as the import root itself."""


def package_name(folder: Path) -> str:
    if folder == FACADE:
        return "jainam_prop"
    return ".".join(("jainam_prop", *folder.relative_to(ROOT).parts))


def packages_on_disk() -> set[str]:
    markers = (marker for layer in LAYERS for marker in (ROOT / layer).rglob("__init__.py"))
    return {package_name(marker.parent) for marker in markers}


def test_every_package_is_named_in_pyproject() -> None:
    missing = packages_on_disk() - set(SETUPTOOLS["packages"])

    assert not missing, f"add to [tool.setuptools] packages in pyproject.toml: {sorted(missing)}"


def test_every_package_named_in_pyproject_exists() -> None:
    gone = set(SETUPTOOLS["packages"]) - packages_on_disk()

    assert not gone, f"no such folder with __init__.py; remove from pyproject.toml or create: {sorted(gone)}"


def test_every_folder_with_modules_is_a_package() -> None:
    modules = (module for layer in LAYERS for module in (ROOT / layer).rglob("*.py"))
    bare = {package_name(module.parent) for module in modules} - packages_on_disk()

    assert not bare, f"these folders hold modules but no __init__.py: {sorted(bare)}"


def test_the_package_list_is_sorted_and_names_nothing_twice() -> None:
    assert SETUPTOOLS["packages"] == sorted(set(SETUPTOOLS["packages"]))


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_is_installed_below_the_import_root(layer: str) -> None:
    module = import_module(f"jainam_prop.{layer}")

    assert Path(module.__file__ or "").resolve().parent == ROOT / layer
    assert SETUPTOOLS["package-dir"][f"jainam_prop.{layer}"] == layer


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_tells_type_checkers_that_it_is_typed(layer: str) -> None:
    assert (ROOT / layer / "py.typed").is_file()


def test_the_installed_version_is_the_one_in_pyproject() -> None:
    assert metadata.version("jainam-prop") == settings()["project"]["version"]


@pytest.mark.parametrize("url", ["", "https://example.invalid/desk"])
def test_the_long_description_has_no_link_that_works_only_here(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setenv("PROJECT_URL", url)
    monkeypatch.setattr("setuptools.setup", given.update)
    runpy.run_path(str(ROOT / "setup.py"))

    links = re.findall(r"\]\(([^)]+)\)", given["long_description"])
    own = [link for link in links if url and link.startswith(f"{url}/blob/main/")]
    assert [link for link in links if not link.startswith("https://")] == []
    assert (len(own) > 5, sorted(given["project_urls"])) == (
        (True, ["Changelog", "Documentation", "Issues", "Source"]) if url else (False, [])
    )


def test_numbers_of_decisions_are_used_once_and_are_their_headings() -> None:
    files = sorted((ROOT / "docs" / "adr").glob("*.md"))

    headings = [int(file.read_text(encoding="utf-8").partition(".")[0].lstrip("# ")) for file in files]
    assert headings == [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))


def test_every_page_is_on_the_site() -> None:
    site = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]

    assert [page for page in pages if f": {page}\n" not in site] == []
