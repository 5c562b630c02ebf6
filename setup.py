"""What pyproject.toml cannot say: where the project lives (PROJECT_URL), and example settings in the wheel."""

import os
import re
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


URL = os.environ.get("PROJECT_URL", "").rstrip("/")  # noqa: TID251 (what builds it says so)
"""The address of the repository; no address is invented for one that is not published."""


def long_description() -> str:
    """Return README with its relative links made absolute, or without them where there is no address."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.sub(r"\[([^\]]+)\]\((?!https?:|#)([^)]+)\)", rf"[\1]({URL}/blob/main/\2)" if URL else r"\1", text)


def project_urls() -> dict[str, str]:
    """Return the addresses that a package index shows."""
    places = {
        "Source": "",
        "Documentation": "/tree/main/docs",
        "Changelog": "/blob/main/CHANGELOG.md",
        "Issues": "/issues",
    }
    return {name: URL + path for name, path in places.items()} if URL else {}


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
    project_urls=project_urls(),
    cmdclass={"build_py": BuildWithExample},
)
