"""The structure of the code gets no worse, and each measure is seen to fail on a tree that breaks it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.architecture.project import ROOT
from tests.architecture.structure import RULES, breaches, read_modules


class Breach(NamedTuple):
    """A made-up tree, and exactly the rules that it breaks."""

    rules: tuple[str, ...]
    files: Mapping[str, str]


def limit(name: str) -> int:
    return int(next(rule.limit for rule in RULES if rule.name == name))


def many(count: int, text: str = "", per_folder: int = 5) -> dict[str, str]:
    return {f"domain/p{number // per_folder}/m{number}.py": text for number in range(count)}


def names(count: int) -> str:
    return ", ".join(f"name_{number}" for number in range(count))


def two_way(package: str) -> dict[str, str]:
    """Parts that import each other in a ring, enough of them to pass the limit."""
    prefix, size = f"jainam_prop.{package.replace('/', '.')}", limit("parts that import each other") + 2
    ring = {f"{package}/p{number}/a.py": f"import {prefix}.p{(number + 1) % size}.a" for number in range(size)}
    return ring | {f"{package}/p0/b.py": f"from {prefix} import p1"}


LENGTHS: Final = "module length, 90th percentile"
SINGLE: Final = "class C:\n    def __call__(self): ...\n"
BREACHES: Final = (
    Breach(("modules",), many(limit("modules") + 1)),
    Breach(("lines",), many(limit("lines") // 240 + 1, "\n" * 240)),
    Breach((LENGTHS,), many(10, "\n" * (limit(LENGTHS) + 1))),
    Breach((LENGTHS, "module length, longest"), {"domain/m.py": "\n" * (limit("module length, longest") + 1)}),
    Breach(
        ("function length, longest",),
        {"domain/m.py": "def f():\n" + "    pass\n" * limit("function length, longest")},
    ),
    Breach(
        ("modules in the largest folder",),
        many(limit("modules in the largest folder") + 1, per_folder=limit("modules in the largest folder") + 1),
    ),
    Breach(
        ("class names defined twice in a package",),
        {
            f"adapters/xts/{folder}/m{number}.py": f"class C{number}:\n    pass\n"
            for folder in ("http", "wire")
            for number in range(limit("class names defined twice in a package") + 1)
        },
    ),
    Breach(
        ("modules that one module imports", "names that one module imports"),
        {"domain/m.py": f"import {names(limit('names that one module imports') + 1)}"},
    ),
    Breach(
        ("names that one module imports",),
        {"domain/m.py": f"from m import {names(limit('names that one module imports') + 1)}"},
    ),
    Breach(("parts that import each other",), two_way("application")),
    Breach(("parts that import each other",), two_way("adapters/simulator")),
    Breach(("classes of one method in the application, %",), {"application/m.py": SINGLE}),
    Breach(
        ("story words in docstrings, per thousand",),
        {"domain/m.py": '"""The order stands beside the one whose client was told."""'},
    ),
    Breach(
        ("classes and modules named by a metaphor",),
        {
            f"domain/p{number}/order_shelf.py": f"class OrderFloor{number}:\n    pass\n"
            for number in range(limit("classes and modules named by a metaphor") + 1)
        },
    ),
)


def test_the_structure_is_no_worse_than_before() -> None:
    assert breaches(read_modules(ROOT)) == []


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: " and ".join(breach.rules))
def test_a_rule_fails_when_it_is_broken(tmp_path: Path, breach: Breach) -> None:
    for path, text in breach.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")

    assert [line.split(":")[0] for line in breaches(read_modules(tmp_path))] == list(breach.rules)


def test_every_rule_has_a_breach() -> None:
    assert {name for breach in BREACHES for name in breach.rules} == {rule.name for rule in RULES}
