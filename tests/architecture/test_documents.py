"""What the documents tell a reader to type, set or open is there."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.entrypoints.cli.main import root
from jainam_prop.entrypoints.settings import SETTINGS
from jainam_prop.entrypoints.settings_source import variable
from tests.architecture.project import ROOT, source_files
from tests.entrypoints.cli.test_main import commands

DOCUMENTS: Final = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")})
SWITCHES: Final = ("JAINAM_OPENALGO_PATH", "JAINAM_OPENALGO_PYTHON", "JAINAM_XTS_SDK_PYTHON", "JAINAM_SOAK")
"""Of tests."""
FOREIGN: Final = frozenset(
    [
        "after_request",
        "request_with_retry",
        "get_httpx_client",
        "auth_db",
        "node_exporter",
        "gtt_api",
        "UnboundLocalError",
    ]
)
"""Names of other programs, of the epic, and of a module that is still to be written."""
KINDS: Final = frozenset({".py", ".toml", ".json", ".yaml", ".yml", ".example"})
PROFILE: Final = re.compile(r"JAINAM_SYMPHONY_[ABC]_(PRO|NORMAL|INVESTOR)_\w+")


@pytest.fixture(scope="module")
def words() -> frozenset[str]:
    """Return every word of the code and its tests, and the names of files."""
    sources = [path for path in source_files() if path != Path(__file__) and path.suffix in KINDS]
    text = "\n".join(path.read_text(encoding="utf-8", errors="ignore") for path in sources)
    return frozenset(re.findall(r"[A-Za-z_]\w*", text)) | {path.stem for path in sources}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def commands_in(text: str) -> Iterator[list[str]]:
    """Return the words after ``jainam-prop`` of each command of a document."""
    for line in re.findall(r"(?m)(?:^|`|bin/|Scripts\\)jainam-prop ([a-z][^`\n]*)", text):
        yield shlex.split(re.split(r"\s#|\s[&|>]|;", line)[0])


def resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    command: click.Command = root
    context = click.Context(root)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        deeper = command.get_command(context, words[0])
        assert deeper is not None, f"no command {words[0]}"
        command, words = deeper, words[1:]
    return command, words


def defined(path: Path) -> set[str]:
    """Return the functions of a module, and the methods of its classes as ``Class.method``."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    methods = {
        f"{each.name}.{method.name}"
        for each in body
        if isinstance(each, ast.ClassDef)
        for method in each.body
        if isinstance(method, ast.FunctionDef)
    }
    return methods | {each.name for each in body if isinstance(each, ast.FunctionDef)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
class TestEveryDocument:
    def test_commands_and_their_options_exist(self, document: Path) -> None:
        for words in commands_in(document.read_text(encoding="utf-8")):
            command, rest = resolved(words)
            known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
            asked = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
            assert asked <= known | {"--help", "-h", "--version"}, words

    def test_settings_exist(self, document: Path) -> None:
        told = set(re.findall(r"JAINAM_[A-Z][A-Z_]*[A-Z]", document.read_text(encoding="utf-8")))
        known = {variable(field, JAINAM) for field in SETTINGS} | set(SWITCHES)
        assert {name for name in told - known if PROFILE.fullmatch(name) is None} == set()

    def test_links_lead_somewhere(self, document: Path) -> None:
        links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))
        assert [link for link in links if not (document.parent / link).exists()] == []

    def test_files_and_tests_that_are_named_exist(self, document: Path) -> None:
        text = document.read_text(encoding="utf-8")
        paths = re.findall(r"`((?:tests|benchmarks|docs|domain|application|adapters|entrypoints)/[\w./-]*)`", text)
        modules = re.findall(r"python -m ((?:benchmarks|tests)[\w.]*)", text)
        paths += [f"{module.replace('.', '/')}.py" for module in modules]
        assert [path for path in paths if not (ROOT / path).exists()] == []

    def test_names_of_code_and_of_tests_exist(self, document: Path, words: frozenset[str]) -> None:
        text = re.sub(r"(?s)```.*?```", "", document.read_text(encoding="utf-8"))
        named = {
            (name, cut)
            for quoted in re.findall(r"`([^`\n]+)`", text)
            if "/" not in quoted
            for name, cut in re.findall(r"\b([A-Za-z]+_\w+|[A-Z][a-z]+[A-Z]\w+)(…?)", quoted)
        }
        missing = {name for name, cut in named if not (cut and any(word.startswith(name) for word in words))}
        assert missing - words - FOREIGN == set()

    def test_functions_that_a_table_places_in_a_file_are_defined_there(self, document: Path) -> None:
        rows = re.findall(r"(?m)\| `([\w/]+\.py)` \| `([\w.]+)` \|$", document.read_text(encoding="utf-8"))
        assert [(path, name) for path, name in rows if name not in defined(ROOT / path)] == []

    def test_make_targets_exist(self, document: Path) -> None:
        targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
        asked = set(re.findall(r"(?m)(?:^|`)make ([a-z-]+)", document.read_text(encoding="utf-8")))
        assert asked <= targets


def test_no_example_names_a_contract_that_expires() -> None:
    helps = {name: command.get_help(click.Context(command)) for name, command in commands()}
    texts = helps | {named(path): path.read_text(encoding="utf-8") for path in DOCUMENTS if "adr" not in path.parts}
    dated = {name: re.findall(r"\b[A-Z]+\d{2}[A-Z]{3}\d{2}\w*", text) for name, text in texts.items()}

    assert {name: found for name, found in dated.items() if found} == {}


def test_the_commands_of_a_document_are_found() -> None:
    text = (
        "```sh\njainam-prop close-all --yes   # all\n```\nuse `jainam-prop openalgo check .`, since jainam-prop is good"
    )
    assert list(commands_in(text)) == [["close-all", "--yes"], ["openalgo", "check", "."]]


def test_what_does_not_exist_is_found() -> None:
    with pytest.raises(AssertionError, match="no command close-everything"):
        resolved(["close-everything"])


def test_the_functions_of_a_module_are_found() -> None:
    assert {"OrderSender.send", "lost_reply"} <= defined(ROOT / "application" / "orders" / "send.py")
