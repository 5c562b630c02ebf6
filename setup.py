"""The long description of the package: README with links that work anywhere. Everything else is in pyproject.toml."""

import re
import tomllib
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).parent


def long_description() -> str:
    """Return README with its relative links made absolute."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.sub(r"\]\((?!https?:|#)([^)]+)\)", rf"]({project['urls']['Source']}/blob/main/\1)", text)


setup(long_description=long_description(), long_description_content_type="text/markdown")
