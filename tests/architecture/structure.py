"""Measures the structure of the product's code and prints it as a table: ``python -m tests.architecture.structure``.

A measure holds its value and what accounts for it. Each limit is the figure reached so far, or the aim where that is
reached; `test_structure` fails above it. Lower a limit when a change makes the figure better.
"""

import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from tests.architecture.project import LAYERS, ROOT

STORY: Final = re.compile(
    r"\b(whose|nobody|somebody|told|tells?|stands?|beside|bears?|at (?:its|his|her|their) word|asked whether)\b", re.I
)
"""Words of a story, where a docstring names an operation, its object, units, errors and source."""
METAPHORS: Final = re.compile(
    r"\b(announcement|clearance|crew|desk|door|ears|errand|floor|lesson|paper|roster|scene|seat|shelf|stage|swift"
    r"|switchboard|talk|tape)\b"
)
"""Words that a broker-integration engineer would not search for, in names of classes and modules."""
ONE_WAY: Final = ("application", "adapters/simulator")
"""Packages whose parts may depend on each other in one direction only."""
PERCENT: Final = 100


@dataclass(frozen=True)
class Module:
    """A source file of the product.

    Attributes:
        path: relative to the root of the project.
    """

    path: Path
    text: str

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the syntax tree."""
        return tuple(ast.walk(ast.parse(self.text)))

    @property
    def lines(self) -> int:
        """The number of lines."""
        return len(self.text.splitlines())

    @property
    def is_marker(self) -> bool:
        """Whether it is an ``__init__.py``, which holds a sentence."""
        return self.path.name == "__init__.py"

    @property
    def classes(self) -> Iterator[ast.ClassDef]:
        """The classes, nested ones too."""
        return (node for node in self.nodes if isinstance(node, ast.ClassDef))

    @property
    def imports(self) -> Iterator[tuple[str, str]]:
        """Each imported module with each imported name, which is the module's own for a plain import."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((alias.name, alias.name) for alias in node.names)
            if isinstance(node, ast.ImportFrom):
                yield from ((node.module or "", alias.name) for alias in node.names)

    @property
    def package(self) -> str:
        """The package within which a class name may occur once.

        That is a layer, or one adapter. The plug-in is apart: the host prescribes the names in it.
        """
        if self.path.parts[:3] == ("entrypoints", "openalgo", "plugin"):
            return "entrypoints/openalgo/plugin"
        depth = 2 if self.path.parts[0] == "adapters" else 1
        return "/".join(self.path.parts[:depth])


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value, and what accounts for it, worst first."""

    value: float
    causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A measure that may not get worse.

    Attributes:
        limit: the highest value that passes.
        aim: what issue and style guide ask for.
    """

    name: str
    measure: Callable[[tuple[Module, ...]], Figure]
    limit: float
    aim: float


def read_modules(root: Path) -> tuple[Module, ...]:
    """Read every module of the layers in a folder."""
    paths = sorted(path for layer in LAYERS for path in (root / layer).rglob("*.py"))
    return tuple(Module(path.relative_to(root), path.read_text(encoding="utf-8")) for path in paths)


def module_count(modules: tuple[Module, ...]) -> Figure:
    """Count the modules; packages' markers are not counted."""
    return Figure(sum(not module.is_marker for module in modules))


def line_count(modules: tuple[Module, ...]) -> Figure:
    """Count all lines: code, docstrings, comments, blank ones."""
    return Figure(sum(module.lines for module in modules))


def module_length(percentile: int) -> Callable[[tuple[Module, ...]], Figure]:
    """Return the measure of how many lines the module at a percentile has."""

    def measured(modules: tuple[Module, ...]) -> Figure:
        return _at(percentile, [(module.lines, str(module.path)) for module in modules if not module.is_marker])

    return measured


def function_length(modules: tuple[Module, ...]) -> Figure:
    """Measure the longest function, with its docstring."""
    functions = (
        (node, module)
        for module in modules
        for node in module.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return _at(
        PERCENT,
        [((node.end_lineno or 0) - node.lineno + 1, f"{module.path}:{node.name}") for node, module in functions],
    )


def folder_size(modules: tuple[Module, ...]) -> Figure:
    """Count the modules of the largest folder, without its marker."""
    folders = Counter(str(module.path.parent) for module in modules if not module.is_marker)
    return _at(PERCENT, [(count, folder) for folder, count in folders.items()])


def repeated_classes(modules: tuple[Module, ...]) -> Figure:
    """Count the class names that a package defines more than once."""
    places = defaultdict(list)
    for module in modules:
        for each in module.classes:
            places[module.package, each.name].append(str(module.path))
    repeated = [f"{name}: {', '.join(paths)}" for (_, name), paths in places.items() if len(paths) > 1]
    return Figure(len(repeated), tuple(repeated))


def imported_modules(modules: tuple[Module, ...]) -> Figure:
    """Count the modules that one module imports, the standard library's among them, at most."""
    return _at(PERCENT, [(len({module for module, _ in each.imports}), str(each.path)) for each in modules])


def imported_names(modules: tuple[Module, ...]) -> Figure:
    """Count the names that one module imports, at most."""
    return _at(PERCENT, [(len({name for _, name in each.imports}), str(each.path)) for each in modules])


def two_way_arrows(modules: tuple[Module, ...]) -> Figure:
    """Count the pairs of parts, within a package of `ONE_WAY`, that reach each other, directly or through others."""
    found = [
        f"{package}: {one} <-> {other}"
        for package in ONE_WAY
        for reached in [_reach(_arrows(modules, package))]
        for one in sorted(reached)
        for other in sorted(reached[one])
        if one < other and one in reached[other]
    ]
    return Figure(len(found), tuple(found))


def single_method_classes(modules: tuple[Module, ...]) -> Figure:
    """Return the share, in percent, of classes in the application whose public methods are one; ports are no class."""
    classes = [(each, module) for module in modules if module.path.parts[0] == "application" for each in module.classes]
    single = [f"{module.path}:{each.name}" for each, module in classes if _public_methods(each) == 1]
    return Figure(round(PERCENT * len(single) / max(len(classes), 1), 1), tuple(single))


def story_words(modules: tuple[Module, ...]) -> Figure:
    """Return how many of a thousand words in docstrings are words of a story."""
    texts = [(text, str(module.path)) for module in modules for text in _docstrings(module)]
    words = sum(len(text.split()) for text, _ in texts)
    found = Counter({path: 0 for _, path in texts})
    for text, path in texts:
        found[path] += len(STORY.findall(text))
    causes = tuple(f"{path}: {count}" for path, count in found.most_common() if count)
    return Figure(round(1000 * found.total() / max(words, 1), 2), causes)


def metaphors(modules: tuple[Module, ...]) -> Figure:
    """Count the classes and modules that are named by a metaphor."""
    named = [(each.name, f"{module.path}:{each.name}") for module in modules for each in module.classes]
    named += [(module.path.stem, str(module.path)) for module in modules]
    found = [place for name, place in named if METAPHORS.search(_words(name))]
    return Figure(len(found), tuple(found))


RULES: Final = (
    Rule("modules", module_count, 277, 280),
    Rule("lines", line_count, 44_092, 30_000),
    Rule("module length, 90th percentile", module_length(90), 250, 250),
    Rule("module length, longest", module_length(100), 400, 400),
    Rule("function length, longest", function_length, 48, 48),
    Rule("modules in the largest folder", folder_size, 15, 15),
    Rule("class names defined twice in a package", repeated_classes, 0, 0),
    Rule("modules that one module imports", imported_modules, 30, 30),
    Rule("names that one module imports", imported_names, 48, 48),
    Rule("parts that import each other", two_way_arrows, 0, 0),
    Rule("classes of one method in the application, %", single_method_classes, 15, 15),
    Rule("story words in docstrings, per thousand", story_words, 2, 2),
    Rule("classes and modules named by a metaphor", metaphors, 0, 0),
)


def breaches(modules: tuple[Module, ...]) -> list[str]:
    """Name the rules whose limit is passed, with the first causes."""
    measured = [(rule, rule.measure(modules)) for rule in RULES]
    return [
        f"{rule.name}: {figure.value:g}, limit {rule.limit:g} ({'; '.join(figure.causes[:5])})"
        for rule, figure in measured
        if figure.value > rule.limit
    ]


def main(root: Path) -> None:
    """Print every measure with its limit, its aim and its first cause."""
    modules = read_modules(root)
    for rule in RULES:
        figure = rule.measure(modules)
        cause = figure.causes[0] if figure.causes else ""
        sys.stdout.write(f"{rule.name:<44}{figure.value:>9g}{rule.limit:>9g}{rule.aim:>9g}  {cause}\n")


def _at(percentile: int, sizes: list[tuple[int, str]]) -> Figure:
    ordered = sorted(sizes) or [(0, "")]
    position = min(len(ordered) * percentile // PERCENT, len(ordered) - 1)
    return Figure(ordered[position][0], tuple(f"{name}: {size}" for size, name in reversed(ordered[position:])))


def _arrows(modules: tuple[Module, ...], package: str) -> dict[str, set[str]]:
    """Return which parts of a package each of its parts imports; a part is a folder, or a module of the package."""
    prefix = f"jainam_prop.{package.replace('/', '.')}."
    arrows: dict[str, set[str]] = defaultdict(set)
    for module in modules:
        if not module.path.is_relative_to(package):
            continue
        part = module.path.relative_to(package).with_suffix("").parts[0]
        names = [f"{origin}.{name}" for origin, name in module.imports if f"{origin}.".startswith(prefix)]
        arrows[part] |= {name.removeprefix(prefix).split(".")[0] for name in names} - {part}
    return arrows


def _reach(arrows: dict[str, set[str]]) -> dict[str, set[str]]:
    reached: dict[str, set[str]] = {}
    for part in arrows:
        reached[part], waiting = set(), [part]
        while waiting:
            new = arrows.get(waiting.pop(), set()) - reached[part]
            reached[part] |= new
            waiting += new
    return {part: {other for other in found if other in reached} for part, found in reached.items()}


def _public_methods(each: ast.ClassDef) -> int:
    if any(isinstance(base, ast.Name) and base.id == "Protocol" for base in each.bases):
        return 0
    names = [node.name for node in each.body if isinstance(node, ast.FunctionDef)]
    return sum(not name.startswith("_") or name == "__call__" for name in names)


def _docstrings(module: Module) -> Iterator[str]:
    """Yield the docstrings of a module, its classes and functions, and those below constants and fields."""
    for node in module.nodes:
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                text = statement.value.value
                yield from [text] if isinstance(text, str) else []


def _words(name: str) -> str:
    return " ".join(re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)).lower()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
