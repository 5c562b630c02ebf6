"""Fails when a benchmark misses its ratio to its control of the same run, or the epic's bound, or did not run."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.beside import CONTROL
from benchmarks.decisions import compare


@dataclass(frozen=True, slots=True)
class Gate:
    """A benchmark may take at most so many times as long as its control, which is measured in turns with it.

    Attributes:
        benchmark: the name of a test function.
        statistic: the median where the usual case counts; the minimum where a busy machine would be measured instead.
    """

    benchmark: str
    limit: float
    statistic: str = "median"


BOUNDS: Final = {
    "test_order_in_time": 3.0,
    "test_positions_in_time": 5.0,
    "test_smart_order_in_time": 10.0,
    "test_master_in_time": 60.0,
    "test_look_up_in_time": 0.1,
}
"""Seconds that the slowest round may take; see docs/prd.md."""

GATES: Final = (
    Gate("test_place_order_api", 1.25),
    *(
        Gate(f"test_map_{book}[{count}]", 3.0, statistic)
        for book in ("orders", "trades", "positions")
        for count in (1_000, 10_000)
        for statistic in ("median", "min")
    ),
    Gate("test_sync_instruments", 1.6, "min"),
    Gate("test_first_find", 3.0, "min"),
    Gate("test_find", 2.0, "min"),
    *(Gate(f"test_json_ticks[{code}]", 1.67) for code in (1501, 1502, 1512)),
    Gate("test_binary_ticks", 2.5),
    Gate("test_socket_to_callback", 2.0, "min"),
    *(Gate(f"test_tick_to_bus[{mode}]", 1.0) for mode in ("LTP", "QUOTE", "DEPTH", "LTP+QUOTE+DEPTH")),
)


CLOSES: Final = (50, 5, 1)
"""Rounds of a close of 5, 20 and 100 positions: about 4 minutes. Fifty of each are ``benchmarks.decisions``."""


def measure(folder: Path) -> dict[str, tuple[dict[str, float], dict[str, float]]]:
    """Run every benchmark once and return, by name, its statistics and those of its control, in seconds."""
    report = folder / "benchmarks.json"
    command = [sys.executable, "-m", "pytest", "benchmarks", "--benchmark-only", "-q", f"--benchmark-json={report}"]
    subprocess.run(command, check=True)
    rows = json.loads(report.read_text())["benchmarks"]
    return {row["name"]: (row["stats"], row["extra_info"].get(CONTROL, {})) for row in rows}


def verdicts(measured: dict[str, tuple[dict[str, float], dict[str, float]]]) -> list[tuple[bool, str]]:
    """Compare every ratio and time with its limit; a benchmark that did not run is a failure."""
    found = []
    for gate in GATES:
        if gate.benchmark not in measured:
            found.append((False, f"{gate.benchmark} did not run"))
            continue
        ours, control = measured[gate.benchmark]
        ratio = ours[gate.statistic] / control[gate.statistic]
        found.append((ratio <= gate.limit, f"{gate.benchmark} = {ratio:.2f} ({gate.statistic}), limit {gate.limit}"))
    for benchmark, limit in BOUNDS.items():
        slowest = measured[benchmark][0]["max"] if benchmark in measured else float("inf")
        found.append((slowest <= limit, f"{benchmark} = {slowest:.3f} s at most, limit {limit:g} s"))
    return found


def main() -> int:
    """Print a line for each gate; return 1 if any is missed."""
    with tempfile.TemporaryDirectory() as folder:
        lines = verdicts(measure(Path(folder)))
    lines += [(each.passed, str(each)) for each in compare(50, 10, CLOSES)]
    for passed, line in lines:
        print("ok  " if passed else "MISS", line)
    return 0 if all(passed for passed, _ in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
