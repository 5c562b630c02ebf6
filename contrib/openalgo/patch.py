"""Writes the pull request for OpenAlgo: ``python -m contrib.openalgo.patch CHECKOUT``.

It is made of what the installer uses: the plug-in's folder, and the edits of the host's sources. Built pages are left
out, since OpenAlgo builds them itself.
"""

import difflib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from jainam_prop.entrypoints.hosting.edits import BROKER, host_edits
from jainam_prop.entrypoints.hosting.host import plugin_files

SAMPLE: Final = ".sample.env"
PATCH: Final = Path(__file__).with_name("jainam_prop.patch")
_CONTEXT: Final = 1


def new_contents(checkout: Path) -> dict[str, bytes]:
    """Return every file that the patch makes or changes, by its path in the checkout, as it is afterwards.

    Raises:
        UnknownTextError: a source is not one that the installer can change.
    """
    contents = {f"broker/{BROKER}/{path}": content for path, content in plugin_files().items()}
    for edit in host_edits(None):
        before = contents.get(edit.path) or (checkout / edit.path).read_bytes()
        contents[edit.path] = edit.make(before)
    sample = (checkout / SAMPLE).read_text(encoding="utf-8")
    listed = re.sub(r"(?m)^(VALID_BROKERS\s*=.*?)\bjainamxts\b", rf"\1{BROKER},jainamxts", sample, count=1)
    return contents | {SAMPLE: listed.encode()}


def write_patch(checkout: Path) -> str:
    """Return the patch against a checkout, as ``git apply`` takes it."""
    return "".join(
        line
        for path, content in sorted(new_contents(checkout).items())
        for line in _file_patch(checkout, path, content)
    )


def _file_patch(checkout: Path, path: str, content: bytes) -> Iterator[str]:
    file = checkout / path
    before = file.read_text(encoding="utf-8").splitlines(keepends=True) if file.is_file() else []
    after = content.decode().splitlines(keepends=True)
    yield f"diff --git a/{path} b/{path}\n"
    if not file.is_file():
        yield "new file mode 100644\n"
    origin = f"a/{path}" if file.is_file() else "/dev/null"
    yield from difflib.unified_diff(before, after, origin, f"b/{path}", n=_CONTEXT)


if __name__ == "__main__":
    sys.stdout.write(write_patch(Path(sys.argv[1])))
