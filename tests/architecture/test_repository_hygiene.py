"""What no file may hold: package hosts, machine paths, real tokens. And every module says what it is."""

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.project import LAYERS, ROOT, source_files

# Written so that this file does not hold what it looks for.
PACKAGE_HOSTS: Final = (
    r"\bpypi\.(?:org|python\.org)",
    r"\bpython[h]osted\.",
    r"\bregistry\.npmjs\.",
    r"\bdeb\.debian\.",
    r"\bconda\.anaconda\.",
    r"--(?:extra-)?index[-]url\b",
    r"--find[-]links\b",
)
MACHINE_FOLDERS: Final = (r"home/[a-z][\w-]*", r"Users/[a-z][\w-]*", "root", "work", "workspace")
FORBIDDEN: Final = {
    "a package host": re.compile("|".join(PACKAGE_HOSTS)),
    "a machine path": re.compile(rf"(?<![\w.~])/(?:{'|'.join(MACHINE_FOLDERS)})/|[A-Z]:\\Users\\"),
    "what looks like a real token": re.compile(r"eyJ[\w-]{20,}\.[\w-]{20,}"),
}
SAMPLES: Final = {
    "a package host": "https://" + "pypi" + ".org/simple",
    "a machine path": "open('/" + "home" + "/asha/notes.txt')",
    "what looks like a real token": ".".join(("eyJ" + "h" * 33, "eyJ" + "z" * 60, "s" * 43)),
}


def text_of(path: Path) -> str:
    """Return a file's text; nothing for a binary file."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in source_files()
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if FORBIDDEN[what].search(line)
    ]

    assert not found, f"{what} in {found}"


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_search_would_find(what: str) -> None:
    assert FORBIDDEN[what].search(SAMPLES[what])


def test_the_search_reads_this_repository() -> None:
    assert Path(__file__) in source_files()


def test_no_environment_file_is_committed() -> None:
    assert not [path.name for path in source_files() if path.name.startswith(".env") and path.name != ".env.example"]


def test_every_module_says_what_it_is() -> None:
    modules = [path for path in source_files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in LAYERS]
    silent = [
        str(path.relative_to(ROOT))
        for path in modules
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert not silent, f"open these with one sentence saying what they are: {silent}"
