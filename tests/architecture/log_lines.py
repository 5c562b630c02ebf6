"""The log lines of the product, read from its source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tests.architecture.project import LAYERS, ROOT

METHODS: Final = frozenset(["debug", "info", "warning", "error", "exception", "critical"])
CONVERSION: Final = re.compile(r"%[-+ #0-9.]*[a-zA-Z]")


class LogLine(NamedTuple):
    """A call of a logger: where it is, its level and its template; nothing for a template that is no constant."""

    place: str
    level: str
    template: str | None

    @property
    def conversions(self) -> list[str]:
        """The conversions of the template, in order."""
        return CONVERSION.findall((self.template or "").replace("%%", ""))


def log_lines(root: Path = ROOT) -> Iterator[LogLine]:
    """Find every call of a logger, which is a name that ends in ``log`` or ``logger``."""
    for path in (path for layer in LAYERS for path in sorted((root / layer).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=logger), attr=level), args=[template, *_]) if (
                    level in METHODS and logger.lower().endswith(("log", "logger"))
                ):
                    text = template.value if isinstance(template, ast.Constant) else None
                    yield LogLine(f"{path.relative_to(root)}:{node.lineno}", level, text if text is None else str(text))
