"""Fails when a speed is missed or a benchmark has vanished; every limit is a ratio to a control of the same run."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.beside import CONTROL


@dataclass(frozen=True, slots=True)
class Gate:
    """A benchmark may take at most so many times as long as its control.

    Attributes:
        benchmark: the name of a test function.
        control: the same, or `BESIDE` where the benchmark measures its control itself, in turns.
        statistic: the median where the usual case counts; the minimum where a busy machine would be measured instead.
    """

    benchmark: str
    control: str
    limit: float
    statistic: str = "median"


BESIDE: Final = "what was measured in turns"

GATES: Final = (
    Gate("test_place_order_api", BESIDE, 1.4),
    *(
        Gate(f"test_map_{book}[{count}]", BESIDE, 3.0, statistic)
        for book in ("orders", "trades", "positions")
        for count in (1_000, 10_000)
        for statistic in ("median", "min")
    ),
    Gate("test_sync_instruments", "test_split_and_executemany", 1.6, "min"),
    Gate("test_first_find", "test_raw_read_into_a_dict", 3.0, "min"),
    Gate("test_find", "test_dict_lookup", 2.0, "min"),
    *(Gate(f"test_json_ticks[{code}]", BESIDE, 1.67) for code in (1501, 1502, 1512)),
    Gate("test_binary_ticks", BESIDE, 2.5),
    Gate("test_socket_to_callback", "test_raw_receive_loop", 2.0, "min"),
    *(Gate(f"test_tick_to_bus[{mode}]", BESIDE, 1.0) for mode in ("LTP", "QUOTE", "DEPTH")),
)


def measure(folder: Path) -> dict[str, dict[str, float]]:
    """Run every benchmark once and return its statistics in seconds, by name; those of a control go by `beside`."""
    report = folder / "benchmarks.json"
    command = [sys.executable, "-m", "pytest", "benchmarks", "--benchmark-only", "-q", f"--benchmark-json={report}"]
    subprocess.run(command, check=True)
    rows = json.loads(report.read_text())["benchmarks"]
    controls = {beside(row["name"]): row["extra_info"][CONTROL] for row in rows if CONTROL in row["extra_info"]}
    return controls | {row["name"]: row["stats"] for row in rows}


def beside(benchmark: str) -> str:
    """Name the control that a benchmark measured itself."""
    return f"{benchmark}, {BESIDE}"


def verdicts(measured: dict[str, dict[str, float]]) -> list[tuple[bool, str]]:
    """Judge every gate; a benchmark that did not run is a failure."""
    found = []
    for gate in GATES:
        control = beside(gate.benchmark) if gate.control == BESIDE else gate.control
        if gate.benchmark not in measured or control not in measured:
            found.append((False, f"{gate.benchmark} or {gate.control} did not run"))
            continue
        ratio = measured[gate.benchmark][gate.statistic] / measured[control][gate.statistic]
        said = f"{gate.benchmark} / {gate.control} = {ratio:.2f} ({gate.statistic}), limit {gate.limit}"
        found.append((ratio <= gate.limit, said))
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
