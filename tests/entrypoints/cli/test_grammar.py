"""One way to write contracts, choices and quantities in every command, and one status for each kind of refusal."""

import click
import pytest

from jainam_prop.entrypoints.cli.symbols import Written, written_contracts
from tests.entrypoints.cli.shell import Shell, run
from tests.entrypoints.cli.test_main import commands


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("SBIN", ["NSE:SBIN"]),
        ("SBIN TCS", ["NSE:SBIN", "NSE:TCS"]),
        ("BSE:SBIN TCS", ["BSE:SBIN", "NSE:TCS"]),
        ("BSE SBIN TCS", ["BSE:SBIN", "NSE:TCS"]),
        ("bse SBIN", ["BSE:SBIN"]),
        ("SBIN NSE_INDEX NIFTY", ["NSE:SBIN", "NSE_INDEX:NIFTY"]),
        ("MCX", ["NSE:MCX"]),
        ("SBIN BSE", ["NSE:SBIN", "NSE:BSE"]),
        ("NSE BSE", ["NSE:BSE"]),
        ("NSE:BSE SBIN", ["NSE:BSE", "NSE:SBIN"]),
    ],
)
def test_contracts_are_written_with_a_colon_a_blank_or_alone(words: str, read: list[str]) -> None:
    expected = [Written(*reversed(each.split(":"))) for each in read]

    assert list(written_contracts(words.split(), "NSE")) == expected


def test_an_unknown_exchange_is_bad_usage() -> None:
    with pytest.raises(click.BadParameter, match="'XYZ' is no exchange"):
        written_contracts(["XYZ:SBIN"], "NSE")


@pytest.mark.parametrize(
    "line",
    [
        "place {} BUY 10 --dry-run",
        "smart {} --target 10 --dry-run",
        "cover place {} BUY 10 --stop 770 --dry-run",
        "bracket place {} BUY 10 --price 780 --target 8 --stop-loss 4 --dry-run",
        "instruments lookup {}",
        "quote {}",
        "bars {}",
        "watch {} --seconds 0.1",
    ],
)
def test_every_command_takes_both_spellings(shell: Shell, line: str) -> None:
    assert [shell.run(*line.format(text).split(), "--json").status for text in ("NSE SBIN", "NSE:SBIN")] == [0, 0]


@pytest.mark.parametrize("line", ["convert {} 10 --from MIS --to CNC --dry-run", "square-off {} --native --dry-run"])
def test_commands_for_positions_take_both_spellings(shell: Shell, line: str) -> None:
    shell.given("place NSE SBIN BUY 10 --yes")

    assert [shell.run(*line.format(text).split(), "--json").status for text in ("NSE SBIN", "NSE:SBIN")] == [0, 0]


@pytest.mark.parametrize(("name", "command"), tuple(commands()))
def test_choices_are_shown_as_they_are_documented(name: str, command: click.Command) -> None:
    help_text = command.get_help(click.Context(command, info_name=name))

    assert not [word for word in ("mis|", "|cnc", "nse|", "[eq", "%Y") if word in help_text], help_text


@pytest.mark.parametrize(
    "line",
    [
        "place NSE SBIN HOLD 10 --yes",
        "place NSE SBIN BUY ten --yes",
        "place XYZ SBIN BUY 10 --yes",
        "place NSE SBIN BUY 10 --product INTRADAY --yes",
        "place NSE SBIN BUY 10 --type LIMIT --price cheap --yes",
        "smart NSE SBIN --target some --yes",
        "modify 42 --quantity ten --yes",
        "convert NSE SBIN 10 --from MIS --to XYZ --yes",
        "cover place NSE SBIN BUY 10 --stop low --yes",
        "bracket place NSE SBIN BUY 10 --price x --target 8 --stop-loss 4 --yes",
        "bracket modify 42 --stop-loss x --yes",
        "close-all --products XYZ --yes",
        "square-off XYZ SBIN --yes",
        "quote XYZ:SBIN",
        "bars SBIN TCS",
        "watch XYZ:SBIN",
        "instruments lookup XYZ SBIN",
    ],
)
def test_words_that_cannot_be_understood_are_bad_usage(shell: Shell, line: str) -> None:
    ran = shell.run(*line.split(), "--json")

    assert (ran.status, ran.document["status"]) == (2, "error")
    assert shell.sent() == 0


@pytest.mark.parametrize("line", ["place NSE SBIN BUY 10 --type LIMIT --price 780.03 --yes", "place NSE XSBIN BUY 1"])
def test_what_is_understood_and_not_allowed_is_refused(shell: Shell, line: str) -> None:
    assert shell.run(*line.split(), "--json").status == 1


def test_a_wrong_choice_is_answered_in_the_case_that_is_documented() -> None:
    ran = run(None, "quote", "SBIN", "--exchange", "nyse")

    assert (ran.status, "is not one of NSE, BSE, NFO" in " ".join(ran.err.split())) == (2, True)


def test_a_negative_quantity_gets_a_sentence() -> None:
    ran = run(None, "place", "NSE", "SBIN", "SELL", "-10")

    assert ran.status == 2
    assert "-10 is no quantity: it is a number of units above zero" in " ".join(ran.err.split())


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["postions"], "positions"),
        (["instruments", "serch"], "search"),
        (["openalgo", "instal"], "install"),
        (["close_all"], "close-all"),
    ],
)
def test_a_misspelt_command_is_answered_with_the_nearest(words: list[str], meant: str) -> None:
    ran = run(None, *words)

    assert ran.status == 2
    assert "Did you mean" in ran.err
    assert meant in ran.err
