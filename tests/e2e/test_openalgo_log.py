"""Every log line of the package passes a real OpenAlgo's log set-up: its filter, colours on and off, with a file."""

import json
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.log_lines import log_lines
from tests.e2e.openalgo_site import ABSENT, CHECKOUT, PYTHON, host_environment

pytestmark = pytest.mark.skipif(not (CHECKOUT and PYTHON), reason=ABSENT)

SCRIPT: Final = """
import json, logging, sys
sys.path.insert(0, sys.argv[1])
from utils.logging import setup_logging
setup_logging()
for number, (level, template, count) in enumerate(json.load(sys.stdin)):
    values = ([7, 1.5, ["x"], {"a": 1}, None] * 2)[:count]
    getattr(logging.getLogger("jainam_prop.line"), level)(f"{number}: {template}", *values)
"""


@pytest.mark.parametrize("colours", ["True", "False"])
@pytest.mark.parametrize("to_file", ["True", "False"])
def test_every_line_is_written_and_none_raises(tmp_path: Path, colours: str, to_file: str) -> None:
    lines = [line for line in log_lines() if line.template]
    asked = [
        ("error" if line.level == "exception" else line.level, line.template, len(line.conversions)) for line in lines
    ]
    settings = {"LOG_COLORS": colours, "FORCE_COLOR": colours, "LOG_TO_FILE": to_file, "LOG_LEVEL": "DEBUG"}

    done = subprocess.run(
        [PYTHON, "-B", "-c", SCRIPT, CHECKOUT],
        input=json.dumps(asked),
        cwd=tmp_path,
        env=host_environment() | settings | {"LOG_DIR": "log"},
        capture_output=True,
        text=True,
        check=True,
    )

    written = [done.stderr, *(path.read_text() for path in (tmp_path / "log").glob("*.log"))]
    assert len(written) == 1 + (to_file == "True")
    assert [text for text in written if "Traceback" in text] == []
    missing = [
        lines[number].place for number in range(len(lines)) if any(f" {number}: " not in text for text in written)
    ]
    assert missing == []
    errors = (tmp_path / "log" / "errors.jsonl").read_text().splitlines()
    assert len(errors) == sum(level == "error" for level, _, _ in asked)
