"""What the documents tell a reader to type; ``python -m tests.e2e.documents`` lists it, and why some is not run."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Final, NamedTuple

from tests.architecture.project import ROOT

READ: Final = sorted(
    {*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "contrib").rglob("*.md")} - {ROOT / "CHANGELOG.md"}
)
"""All documents but the changelog, which tells of commands as they were."""

RUN: Final = ("sh", "python", "dotenv")
"""Languages of blocks that are run: in a shell, by Python, as the settings of a command."""

NOT_RUN: Final = {
    r"```mermaid": "a diagram",
    r"```bat": "for Windows; the same steps as make demo and make test",
    r"make (?!help\b|bench-gate\b|fuzz\b|lab\b).*|\.ci/run|pytest\b.*": "CI runs it, and this test with it",
    r"make (bench-gate|fuzz|lab)\b.*|python -m benchmarks\.(?!call_path).*|JAINAM_SOAK=1 .*": "takes minutes to hours",
    r"(uv )?pip (un)?install\b.*|pipx .*|uv tool .*|pre-commit install": "changes an environment, from a package index",
    r"(\S*/)?jainam-prop|jainam-prop openalgo install( --patch-host)?|git (pull|stash)|make": "names a command",
    r"git update-index .*|.* CHECKOUT\b.*|.*\b(PATH|URL)$": "has a place that only the reader knows",
    r"```dockerfile|docker .*": "needs Docker and an image of the host",
}
"""Patterns of blocks and lines that the test leaves out, and why; a pattern that fits nothing is an error."""

OTHER_STATUS: Final = {
    r".* openalgo check \.": "1: the made-up host has no keys, and another Python",
    r"jainam-prop status": "1: it says that there is no session",
}
"""Lines that do not end with 0 in the test's surroundings, and why."""

_PROGRAMS: Final = (
    r"(?:\S*/)?jainam-prop|make|python|pip|pipx|uv|git|docker|chmod|pytest|pre-commit|systemctl|twine|\.ci/run"
)
_FENCE: Final = re.compile(r"^( *)```(\S*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_INLINE: Final = re.compile(rf"(?<!`)`((?:{_PROGRAMS})(?:\s[^`]*)?)`(?!`)")


class Snippet(NamedTuple):
    """A block, or a command within a sentence (``inline``).

    Attributes:
        place: document and line.
    """

    place: str
    language: str
    text: str

    @property
    def lines(self) -> list[str]:
        """The command lines, without comments at their ends; a line that ends with a backslash goes on."""
        lines = self.text.replace("\\\n", " ").splitlines()
        return [line for line in (re.sub(r"(^|\s+)# .*", "", line).rstrip() for line in lines) if line]

    @property
    def is_block_left_out(self) -> bool:
        """Whether the block as a whole is not run."""
        return reason_for(f"```{self.language}") is not None

    @property
    def left_out(self) -> list[str]:
        """The lines that are not run."""
        return (
            [line for line in self.lines if reason_for(line) is not None] if self.language in {"sh", "inline"} else []
        )


def reason_for(line: str) -> str | None:
    """Return why a line, or a block that begins so, is not run."""
    return next((reason for pattern, reason in NOT_RUN.items() if re.fullmatch(pattern, line)), None)


def snippets(document: Path) -> Iterator[Snippet]:
    """Find the blocks of a document and the commands in its sentences."""
    text = document.read_text(encoding="utf-8")
    name = document.relative_to(ROOT).as_posix()

    def place(found: re.Match[str]) -> str:
        return f"{name}:{text.count(chr(10), 0, found.start()) + 1}"

    for found in _FENCE.finditer(text):
        yield Snippet(place(found), found[2] or "none", dedent(found[3]))
    text = _FENCE.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), text)
    for found in _INLINE.finditer(text):
        yield Snippet(place(found), "inline", " ".join(found[1].split()))


def all_snippets() -> list[Snippet]:
    """Find those of all documents; what several say alike, or a block and a sentence, once."""
    first: dict[tuple[str, str], Snippet] = {}
    for document in READ:
        for snippet in snippets(document):
            first.setdefault((snippet.language, snippet.text), snippet)
    blocks = {line for language, text in first if language == "sh" for line in Snippet("", "sh", text).lines}
    return [each for each in first.values() if each.language != "inline" or each.text not in blocks]


def main() -> None:
    """Print what is run, and what is not, with the reason."""
    for snippet in all_snippets():
        if snippet.is_block_left_out:
            sys.stdout.write(f"not run  {snippet.place}: {reason_for(f'```{snippet.language}')}\n")
            continue
        for line in snippet.lines if snippet.language in {"sh", "inline"} else [f"{snippet.language} block"]:
            reason = reason_for(line)
            sys.stdout.write(f"run      {snippet.place}: {line}\n" if reason is None else "")
            sys.stdout.write(f"not run  {snippet.place}: {line}: {reason}\n" if reason is not None else "")


if __name__ == "__main__":
    main()
