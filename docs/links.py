"""Turns links that lead out of docs/, or to a folder, into links to the repository (PROJECT_URL), or into words."""

import posixpath
import re
from typing import Any


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: object) -> str:  # noqa: ANN401 - mkdocs' own types
    """Return the text of a page with links that work on the site; mkdocs calls it for every page."""
    folder = posixpath.join("docs", posixpath.dirname(page.file.src_uri))

    def link(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, found[2]))
        if target.startswith("docs/") and target.endswith(".md"):
            return found[0]
        url = (config.repo_url or "").rstrip("/")
        return f"[{found[1]}]({url}/blob/main/{target}{found[3] or ''})" if url else found[1]

    return re.sub(r"\[([^\]]+)\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)", link, markdown)
