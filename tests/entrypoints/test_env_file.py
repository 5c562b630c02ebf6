"""A `.env` file is changed by meaning, and python-dotenv reads what was written."""

from io import StringIO

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.entrypoints.hosting.host_env import EnvFile

LINES = (
    ("KEY=plain", "plain"),
    ("KEY = 'in quotes'  # a remark", "in quotes"),
    ('export KEY="double"', "double"),
    ("KEY=ab#cd", "ab#cd"),
    ("KEY=ab # remark", "ab"),
    ("KEY=", ""),
    ("KEY='it\\'s'", "it's"),
    ("KEY=a b c", "a b c"),
    ("#KEY=commented\nKEY=second", "second"),
    ("KEY=first\nKEY=last", "last"),
)


@pytest.mark.parametrize(("text", "value"), LINES)
def test_a_value_is_read_as_dotenv_reads_it(text: str, value: str) -> None:
    assert EnvFile(f"A=1\n{text}\nB=2\n").value("KEY") == value
    assert dotenv_values(stream=StringIO(text), interpolate=False)["KEY"] == value


@pytest.mark.parametrize(("text", "value"), LINES)
def test_a_changed_value_keeps_the_rest_of_the_line(text: str, value: str) -> None:
    del value
    changed = EnvFile(f"A=1\n{text}\nB=2").with_value("KEY", "new one")

    assert changed.value("KEY") == "new one"
    assert dotenv_values(stream=StringIO(changed.text), interpolate=False) == {"A": "1", "KEY": "new one", "B": "2"}
    assert changed.text.startswith("A=1\n")
    assert changed.text.endswith("\nB=2")
    assert ("# a remark" in changed.text) == ("# a remark" in text)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_new_variable_goes_to_the_end_with_the_files_line_ends(newline: str) -> None:
    assert EnvFile(f"A=1{newline}B=2").with_value("KEY", "x").text == f"A=1{newline}B=2{newline}KEY=x{newline}"


def test_a_variable_is_taken_out_with_its_lines_only() -> None:
    text = "A=1\r\nKEY='x' # remark\r\n# KEY=kept\r\nKEYS=kept\r\nKEY=y"

    assert EnvFile(text).without("KEY").text == "A=1\r\n# KEY=kept\r\nKEYS=kept\r\n"


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"])).map(str.strip))
def test_any_value_survives(value: str) -> None:
    changed = EnvFile("A=1\n").with_value("KEY", value)

    assert dotenv_values(stream=StringIO(changed.text), interpolate=False) == {"A": "1", "KEY": value}
    assert changed.value("KEY") == value
