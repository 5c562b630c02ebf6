"""Prints how long commands take beside ``python -c "import httpx, sqlalchemy"``, with a full store and a quick broker.

Run as ``python -m benchmarks.command_time``; the exit status is 1 when a limit is missed. Each figure is the least of
several processes, started in turns with the control, so that a change of the machine's speed meets all of them.
"""

import os
import subprocess
import sys
import tempfile
import time
from typing import Final

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.server.server import XtsSimulator, settings_lines

INSTRUMENTS: Final = 120_000
TURNS: Final = 9
CONTROL: Final = "import httpx, sqlalchemy"
COMMAND: Final = "import sys; from jainam_prop.entrypoints.cli.main import main; main()"
LIMITS: Final = {
    "--version": 0.5,
    "status": 1.5,
    "orders": 1.7,
    "positions": 1.7,
    "place NSE SBIN BUY 1 --yes": 1.7,
    "close-all --dry-run": 1.7,
}
"""Times the control's time."""

PAUSE: Final = 1.0
"""Seconds before a second read of the positions, of which the shared pacing allows one in a second."""


def seconds(program: str, environment: dict[str, str], *words: str) -> float:
    """Run a program in a process of its own, and return how long that took, its end included."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", program, *words], env=environment, capture_output=True, check=True)
    return time.perf_counter() - began


def measured(environment: dict[str, str]) -> dict[str, float]:
    """Return the least time of each command and of the control, in turns."""
    least = dict.fromkeys(("control", *LIMITS), float("inf"))
    for _ in range(TURNS):
        least["control"] = min(least["control"], seconds(CONTROL, environment))
        for line in LIMITS:
            time.sleep(PAUSE if line == "close-all --dry-run" else 0.0)
            least[line] = min(least[line], seconds(COMMAND, environment, *line.split()))
    return least


def main() -> int:
    """Measure, print, and return 1 when a limit is missed."""
    with (
        tempfile.TemporaryDirectory() as folder,
        XtsSimulator(SimulatorConfig(instruments=INSTRUMENTS, rate_limits=False)) as sim,
    ):
        settings = dict(line.split("=", 1) for line in settings_lines(sim))
        # The store is where a user has it; an installed package has its bytecode, whatever this process was told.
        own = {"XDG_DATA_HOME": folder, "PYTHONDONTWRITEBYTECODE": "", "JAINAM_ORDER_RATE": "25"}
        environment = os.environ | settings | own  # noqa: TID251 (handed on)
        for line in ("instruments sync", "login", "place NSE SBIN BUY 1 --yes"):
            seconds(COMMAND, environment, *line.split())
        least = measured(environment)
    control = least.pop("control")
    print(f"control {control:.3f} s")
    missed = [line for line, limit in LIMITS.items() if least[line] > limit * control]
    for line, limit in LIMITS.items():
        print(f"{line:28} {least[line]:.3f} s  {least[line] / control:.2f} x  limit {limit:.2f} x")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
