"""What pyproject.toml cannot say: a description with links that work anywhere, and example settings in the wheel."""

import re
import shutil
import tomllib
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


def long_description() -> str:
    """Return README with its relative links made absolute."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.sub(r"\]\((?!https?:|#)([^)]+)\)", rf"]({project['urls']['Source']}/blob/main/\1)", text)


class BuildWithExample(build_py):
    """Copies the example settings beside the code that prints them."""

    def run(self) -> None:
        """Build, and copy; an editable installation reads the file where it is."""
        super().run()
        if not self.editable_mode:
            shutil.copy(ROOT / ".env.example", Path(self.build_lib) / "jainam_prop" / "entrypoints" / "example.env")


setup(
    long_description=long_description(),
    long_description_content_type="text/markdown",
    cmdclass={"build_py": BuildWithExample},
)
