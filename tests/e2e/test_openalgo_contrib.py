"""The patch that is offered to OpenAlgo is the installer's, applies to a checkout, and passes the host's own tests."""

import shutil
import subprocess
from pathlib import Path

import pytest

from contrib.openalgo.patch import PATCH, new_contents, write_patch
from jainam_prop.entrypoints.hosting.edits import BROKER
from jainam_prop.entrypoints.hosting.host import plugin_files
from tests.e2e.openalgo_site import ABSENT, CHECKOUT, PYTHON
from tests.e2e.test_openalgo_neighbours import outcomes

needs_host = pytest.mark.skipif(not (CHECKOUT and PYTHON), reason=ABSENT)


def test_the_committed_patch_holds_the_plug_in_as_it_is() -> None:
    patch = PATCH.read_text(encoding="utf-8")

    for path, content in plugin_files().items():
        lines = content.decode().splitlines()
        body = "".join(f"+{line}\n" for line in lines)
        assert f"+++ b/broker/{BROKER}/{path}\n" in patch
        assert body in patch, f"make the patch again: contrib/openalgo/README.md ({path})"


@needs_host
def test_the_patch_applies_to_the_checkout_and_makes_what_it_says(tmp_path: Path) -> None:
    folder = tmp_path / "openalgo"
    shutil.copytree(CHECKOUT, folder, ignore=shutil.ignore_patterns(".git", "node_modules", "__pycache__", "docs"))

    subprocess.run(["git", "apply", "--whitespace=error", str(PATCH)], cwd=folder, check=True)

    assert PATCH.read_text(encoding="utf-8") == write_patch(Path(CHECKOUT))
    made = new_contents(Path(CHECKOUT))
    assert {path: (folder / path).read_bytes() for path in made} == made


@needs_host
def test_the_patched_host_passes_its_own_test_of_smart_orders_with_this_broker_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "openalgo"
    shutil.copytree(CHECKOUT, folder, ignore=shutil.ignore_patterns(".git", "node_modules", "__pycache__"))
    subprocess.run(["git", "apply", str(PATCH)], cwd=folder, check=True)
    shutil.copy(folder / ".sample.env", folder / ".env")
    (folder / "db").mkdir(exist_ok=True)
    smart = folder / "test" / "test_smartorder_logic.py"
    smart.write_text(smart.read_text().replace("ALL_BROKERS = [\n", f'ALL_BROKERS = [\n    "{BROKER}",\n'))

    found = outcomes(folder, str(smart))

    assert sum(BROKER in name for name in found) >= 6
    assert set(found.values()) == {"passed"}
