"""Processes of their own, started by tests on a desk's settings."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.architecture.project import ROOT
from tests.children import Child, start_child


def start(script: str, texts: dict[str, str], folder: Path, *arguments: str) -> Child:
    """Start a script of this folder with these settings and no others."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("JAINAM_", "BROKER_"))}  # noqa: TID251
    code = (ROOT / "tests" / "e2e" / script).read_text(encoding="utf-8")
    return start_child(code, *arguments, environment=environment | texts, folder=folder)


def together(workers: Sequence[Child], seconds: float = 60) -> Iterator[list[dict[str, Any]]]:
    """Give the word to all at once, when the last one is ready, and yield the lines of JSON that each wrote."""
    for each in workers:
        assert each.stdout.readline() == "ready\n", each.communicate()[1]
    for each in workers:
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in workers:
        output, errors = each.communicate(timeout=seconds)
        assert each.returncode == 0, errors
        yield [json.loads(line) for line in output.splitlines()]
