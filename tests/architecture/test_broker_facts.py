"""The domain and the application name no broker, protocol or host: such facts are data of a broker profile."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.project import ROOT

NAMES: Final = re.compile(r"(?<![a-z])xts|jainam|openalgo|symphony", re.IGNORECASE)
MODULES: Final = sorted(path for layer in ("domain", "application") for path in (ROOT / layer).rglob("*.py"))


def mentions(text: str) -> Iterator[str]:
    """Return identifiers, strings and docstrings that name a broker; paths of imported modules do not count."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            continue  # its names are nodes of their own
        if isinstance(node, ast.Constant):
            words = [node.value] if isinstance(node.value, str) else []
        else:
            words = [value for _, value in ast.iter_fields(node) if isinstance(value, str)]
        yield from (word for word in words if NAMES.search(word))
    yield from (line for line in text.splitlines() if NAMES.search(line.partition("#")[2]))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_core_module_names_no_broker(path: Path) -> None:
    assert list(mentions(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        'MARK = "set JAINAM_CLIENT_ID"',
        "class JainamRegistry: ...",
        "def read_xts_token(): ...",
        "def f(openalgo_symbol): ...",
        '"""As Symphony sends it."""',
        "x = 1  # as XTS counts",
        "from jainam_prop.domain.money import XTS_ZERO",
    ],
)
def test_each_kind_of_mention_is_found(line: str) -> None:
    assert len(list(mentions(line))) == 1


def test_the_import_root_is_no_mention() -> None:
    assert list(mentions("from jainam_prop.domain.money import ZERO")) == []
