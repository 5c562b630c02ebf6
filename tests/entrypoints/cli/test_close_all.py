"""``close-all``: the preview, the question, and a report that only says flat when it is."""

import itertools
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.xts.profiles.jainam import PRO_CLIENT_MARK
from jainam_prop.domain.orders.order import OrderState
from tests.entrypoints.cli.shell import RELIANCE, SBIN, Shell, a_shell, run

BOTH = ("place NSE SBIN BUY 75 --yes", "place NSE RELIANCE SELL 30 --yes")
STOP = "place NSE SBIN SELL 75 --type SL-M --trigger 760 --yes"


def test_everything_is_closed_when_a_person_agrees_to_what_is_shown(shell: Shell) -> None:
    shell.given(*BOTH, STOP)

    ran = shell.run("close-all", typed="y\n")

    assert (ran.status, shell.net(), shell.net(RELIANCE)) == (0, 0, 0)
    assert "Working orders, cancelled first" in ran.out
    assert "SELL 75 at market" in ran.out
    assert "BUY 30 at market" in ran.out
    assert ran.err.endswith("2 of 2 positions closed; 1 working order cancelled first.\n")


def test_without_agreement_nothing_is_touched(shell: Shell) -> None:
    shell.given(*BOTH)

    ran = shell.run("close-all")

    assert (ran.status, shell.net(), shell.net(RELIANCE), shell.sent()) == (1, 75, -30, 2)


def test_a_rehearsal_names_every_leg_and_every_cancel(shell: Shell) -> None:
    shell.given(*BOTH, STOP)

    ran = shell.run("close-all", "--dry-run", "--json")

    assert ran.status == 0
    assert [(leg["symbol"], leg["held"], leg["action"], leg["quantity"]) for leg in ran.data["legs"]] == [
        ("SBIN", 75, "SELL", 75),
        ("RELIANCE", -30, "BUY", 30),
    ]
    assert ([row["pricetype"] for row in ran.data["cancels"]], ran.data["skipped"], shell.sent()) == (["SL-M"], [], 3)


def test_a_refused_leg_is_named_with_its_reason_and_the_rest_is_closed(shell: Shell) -> None:
    shell.given(*BOTH)
    where = {"exchangeInstrumentID": str(RELIANCE.token)}
    shell.fault(Fault(FaultKind.RMS_REJECT, on="place", times=None, text="RMS: blocked", where=where))

    ran = shell.run("close-all", "--yes", "--json")

    assert (ran.status, ran.document["status"]) == (1, "error")
    assert [(leg["symbol"], leg["state"], leg["remaining"], leg["reason"]) for leg in ran.data["legs"]] == [
        ("SBIN", "closed", 0, ""),
        ("RELIANCE", "rejected", -30, "RMS: blocked"),
    ]
    assert (shell.net(SBIN), shell.net(RELIANCE)) == (0, -30)


def test_a_leg_of_unknown_fate_ends_with_the_status_for_unknown(hurried: Shell) -> None:
    hurried.given("place NSE SBIN BUY 75 --yes")
    hurried.fault(Fault(FaultKind.SETTLE_DELAY, on="place", seconds=600))

    ran = hurried.run("close-all", "--yes")

    assert ran.status == 3
    assert "? unknown" in ran.out
    assert "Not everything is known." in ran.err


def test_products_that_were_left_out_on_request_are_no_failure(shell: Shell) -> None:
    shell.given("place NSE SBIN BUY 75 --yes", "place NSE SBIN BUY 5 --product CNC --yes")

    ran = shell.run("close-all", "--products", "mis", "--yes", "--json")

    assert (ran.status, shell.net(), shell.net(SBIN, "CNC")) == (0, 0, 5)
    assert {leg["product"]: leg["state"] for leg in ran.data["legs"]} == {"MIS": "closed", "CNC": "skipped"}


def test_an_unknown_product_is_bad_usage(shell: Shell) -> None:
    ran = shell.run("close-all", "--products", "MIS,BO", "--yes")

    assert (ran.status, shell.sim.exchange.requests["login"]) == (2, 0)
    assert "use some of MIS, NRML, CNC" in ran.err


def test_positions_that_cannot_be_read_are_an_error_and_never_flat(hurried: Shell) -> None:
    hurried.given("place NSE SBIN BUY 75 --yes")
    hurried.fault(Fault(FaultKind.SERVER_ERROR, on="dealer_positions", times=None))

    ran = hurried.run("close-all", "--dry-run", "--json")  # a real one would go on trying for a minute

    assert (ran.status, ran.document["kind"], hurried.net()) == (1, "unreadable", 75)


def test_a_flat_account_needs_no_answer(shell: Shell) -> None:
    ran = shell.run("close-all")

    assert (ran.status, ran.err) == (0, "No open position to close.\n")


def test_the_protective_stop_goes_before_the_position(shell: Shell) -> None:
    shell.given("place NSE SBIN BUY 75 --yes", STOP)

    shell.given("close-all --yes")

    assert [order.state for order in shell.sim.exchange.all_orders()] == [
        OrderState.FILLED,
        OrderState.CANCELLED,
        OrderState.FILLED,
    ]
    assert shell.net() == 0


@pytest.mark.parametrize("product", ["MIS", "NRML", "CNC"])
def test_two_closes_in_either_form_agree_with_each_other_and_with_the_book(shell: Shell, product: str) -> None:
    place = f"place NSE SBIN BUY 75 --product {product} --yes"
    said: list[tuple[int, object]] = []
    for first, second in itertools.permutations((("--yes",), ("--yes", "--json"))):
        shell.given(place)
        assert shell.run("close-all", *first).status == 0
        ran = shell.run("close-all", *second)
        book = shell.run("positions", "--json")
        assert [row["quantity"] for row in book.data if row["symbol"] == "SBIN" and row["product"] == product] == [0]
        said.append((ran.status, ran.data["legs"] if "--json" in second else ran.err))
        again = shell.run("close-all", *first)
        said.append((again.status, again.data["legs"] if "--json" in first else again.err))

    nothing: tuple[int, object] = (0, "No open positions.\n")
    no_legs: tuple[int, object] = (0, [])
    assert (shell.net(SBIN, product), shell.sent()) == (0, 4)
    assert said == [no_legs, nothing, nothing, no_legs]


CONTRADICTED = (
    "the position book shows an earlier figure again or still: it is late, or another login has traded "
    "(by fills +0, by the position book -5); close-all --trust positions closes by the book"
)


@pytest.fixture
def contradicted(shell: Shell) -> Shell:
    """A shell a minute after two trades, at a position book that shows the first one again without any order."""
    shell.given("place NSE SBIN SELL 5 --yes", "place NSE SBIN BUY 5 --yes")
    shell.sim.exchange.carry_in(Slot(PRO_CLIENT_MARK, "MIS", SBIN), -5, Decimal(800))
    return shell.hurrying(ahead=60.0)


@pytest.mark.parametrize("words", ["", "--dry-run", "--yes"])
def test_a_book_that_contradicts_the_fills_ends_with_the_status_for_unknown(contradicted: Shell, words: str) -> None:
    ran = contradicted.run("close-all", *words.split())
    document = contradicted.run("close-all", "--json", *words.split()).document

    assert (ran.status, document["status"], contradicted.sent()) == (3, "unknown", 2)
    assert "No open position" not in f"{ran.out}{ran.err}{document}"
    assert CONTRADICTED in document["message"]
    assert CONTRADICTED in " ".join(f"{ran.out}{ran.err}".split())


@pytest.mark.parametrize("typed", ["y\n", None], ids=["asked", "--yes"])
def test_a_person_may_close_by_the_book(contradicted: Shell, typed: str | None) -> None:
    words = ["--trust", "positions", *([] if typed else ["--yes"])]

    ran = contradicted.run("close-all", *words, typed=typed)

    assert (ran.status, contradicted.sent(), contradicted.net()) == (0, 3, 0)


def a_damaged_store(folder: Path) -> None:
    for name in ("desk.db", "desk-orders.db"):
        for path in folder.glob(f"{name}*"):
            path.unlink()
        (folder / name).write_bytes(b"this is no database" * 100)


@pytest.mark.parametrize("token", [False, True], ids=["logs-in", "token-of-the-environment"])
def test_without_a_store_it_goes_by_the_books(tmp_path: Path, *, token: bool) -> None:
    with a_shell(tmp_path) as shell:
        shell.given("instruments sync", "login", "place NSE:SBIN BUY 10 --yes", "place NSE:RELIANCE SELL 5 --yes")
        shell.given("place NSE:SBIN SELL 10 --type SL-M --trigger 760 --yes")
        settings = shell.context.settings()
        with shell.context.app() as app:
            auth = app.sessions.auth_for(app.sessions.newest().unwrap())
        a_damaged_store(tmp_path)
        if token:
            settings = replace(settings, auth_token=auth)
        logins = shell.sim.exchange.requests["login"]
        context = replace(shell.context, reader=lambda _: settings)
        refused = run(context, "close-all", "--yes")
        ran = run(context, "close-all", "--without-store", "--yes", "--json")

        assert (refused.status, ran.status) == (1, 0), (refused, ran)
        assert [(leg["symbol"], leg["remaining"]) for leg in ran.data["legs"]] == [("SBIN", 0), ("RELIANCE", 0)]
        assert (shell.net(), shell.net(RELIANCE), shell.sim.exchange.working_orders()) == (0, 0, [])
        assert shell.sim.exchange.requests["login"] - logins == (0 if token else 1)
