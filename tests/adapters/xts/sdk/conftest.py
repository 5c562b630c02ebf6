"""Where the SDKs are that these tests load."""

import os
from pathlib import Path
from typing import Final

import pytest

SOURCES: Final = Path(__file__).parent / "stand_in"


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """A small SDK of our own that has the vendor's habits."""
    folder = tmp_path / "sdk"
    folder.mkdir()
    for source in SOURCES.glob("*.py.txt"):
        (folder / source.stem).write_bytes(source.read_bytes())
    return folder


@pytest.fixture
def symphonys() -> Path:
    """Symphony's own, where JAINAM_XTS_SDK_PATH says that this machine has it."""
    folder = os.environ.get("JAINAM_XTS_SDK_PATH")  # noqa: TID251 (not a setting here, but what the machine has)
    if folder is None:
        pytest.skip("JAINAM_XTS_SDK_PATH does not say where Symphony's SDK is")
    return Path(folder)
