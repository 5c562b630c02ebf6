"""Fails when a speed is missed or a benchmark has vanished; every limit is a ratio to a control of the same run."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Gate:
    """A benchmark may take at most so many times as long as its control; both are names of test functions."""

    benchmark: str
    control: str
    limit: float


GATES: Final = (Gate("test_place_order_api", "test_raw_httpx_post", 2.0),)
"""The first is the bound of the walking skeleton: what we add to a POST costs less than the POST itself."""


def measure(folder: Path) -> dict[str, float]:
    """Run every benchmark once and return the median seconds of each, by name."""
    report = folder / "benchmarks.json"
    command = [sys.executable, "-m", "pytest", "benchmarks", "--benchmark-only", "-q", f"--benchmark-json={report}"]
    subprocess.run(command, check=True)
    rows = json.loads(report.read_text())["benchmarks"]
    return {row["name"]: row["stats"]["median"] for row in rows}


def verdicts(medians: dict[str, float]) -> list[tuple[bool, str]]:
    """Judge every gate; a benchmark that did not run is a failure."""
    found = []
    for gate in GATES:
        if gate.benchmark not in medians or gate.control not in medians:
            found.append((False, f"{gate.benchmark} or {gate.control} did not run"))
            continue
        ratio = medians[gate.benchmark] / medians[gate.control]
        found.append((ratio <= gate.limit, f"{gate.benchmark} / {gate.control} = {ratio:.2f}, limit {gate.limit}"))
    return found


def main() -> int:
    """Print a line for each gate; return 1 if any is missed."""
    with tempfile.TemporaryDirectory() as folder:
        lines = verdicts(measure(Path(folder)))
    for passed, line in lines:
        print("ok  " if passed else "MISS", line)
    return 0 if all(passed for passed, _ in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
