"""``modify``, ``cancel`` and ``cancel-all``: each order's own outcome, and nothing said that is not known."""

import pytest

from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.domain.orders.order import OrderState, PriceType
from tests.entrypoints.cli.shell import Shell

RESTING = "place NSE SBIN BUY 100 --type LIMIT --price 750 --yes"


def only_order(shell: Shell) -> SimOrder:
    """The one order that the exchange holds."""
    (order,) = shell.sim.exchange.all_orders()
    return order


def test_what_is_not_named_stays_as_it_is(shell: Shell) -> None:
    shell.given(RESTING)
    order = only_order(shell)

    ran = shell.run("modify", str(order.order_id), "--price", "751.05", "--yes", "--json")

    now = only_order(shell).terms
    assert (ran.status, now.quantity, now.price_type, float(now.price)) == (0, 100, PriceType.LIMIT, 751.05)
    assert [(row["orderid"], row["price"]) for row in ran.data["orders"]] == [(str(order.order_id), 751.05)]


def test_a_modification_shows_the_order_as_it_is_and_asks(shell: Shell) -> None:
    shell.given(RESTING)

    ran = shell.run("modify", str(only_order(shell).order_id), "--quantity", "40", typed="n\n")

    assert (ran.status, only_order(shell).terms.quantity) == (1, 100)
    assert "Change it to 40 units, LIMIT at 750.00?" in ran.err


def test_a_cancel_names_the_orders_that_the_book_does_not_show_and_asks(shell: Shell) -> None:
    shell.given(RESTING)
    known = str(only_order(shell).order_id)

    ran, unknown = shell.run("cancel", known, "17", typed="n\n"), shell.run("cancel", "17", typed="n\n")

    assert [line.split()[2:5] for line in ran.out.splitlines() if known in line] == [["BUY", "100", "NSE:SBIN"]]
    assert (ran.out.splitlines()[-1], unknown.out) == ("Not in the order book: 17", "Not in the order book: 17\n")


def test_a_rehearsed_modification_changes_nothing(shell: Shell) -> None:
    shell.given(RESTING)

    ran = shell.run("modify", str(only_order(shell).order_id), "--price", "760", "--dry-run")

    assert (ran.status, float(only_order(shell).terms.price)) == (0, 750.0)


@pytest.mark.parametrize(
    ("order_id", "problem"),
    [("17", "the order book does not show an order 17"), ("filled", "is Filled and cannot be changed")],
    ids=["unknown", "filled"],
)
def test_an_order_that_does_not_work_cannot_be_modified(shell: Shell, order_id: str, problem: str) -> None:
    shell.given("place NSE SBIN BUY 100 --yes")
    named = str(only_order(shell).order_id) if order_id == "filled" else order_id

    ran = shell.run("modify", named, "--price", "760", "--yes")

    assert ran.status == 1
    assert problem in ran.err


def test_a_price_off_the_tick_is_refused_with_the_nearest_ones(shell: Shell) -> None:
    shell.given(RESTING)

    ran = shell.run("modify", str(only_order(shell).order_id), "--price", "751.03", "--yes")

    assert ran.status == 1
    assert "nearest are 751.00 and 751.05" in ran.err


def test_orders_are_cancelled_one_by_one_and_each_has_its_outcome(shell: Shell) -> None:
    shell.given(RESTING)
    order_id = str(only_order(shell).order_id)

    ran = shell.run("cancel", order_id, "999", "--yes", "--json")

    assert (ran.status, ran.document["status"]) == (1, "error")
    assert ran.data["cancelled"] == [order_id]
    assert [row["orderid"] for row in ran.data["failed"]] == ["999"]
    assert only_order(shell).state is OrderState.CANCELLED


def test_a_person_sees_the_order_before_it_is_cancelled(shell: Shell) -> None:
    shell.given(RESTING)

    ran = shell.run("cancel", str(only_order(shell).order_id), typed="n\n")

    assert (ran.status, only_order(shell).state) == (1, OrderState.NEW)
    assert "LIMIT 750.00" in ran.out


def test_a_cancel_whose_fate_is_not_known_is_told_so(hurried: Shell) -> None:
    hurried.given(RESTING)
    hurried.fault(Fault(FaultKind.REPLY_LOST, on="cancel"))
    hurried.fault(Fault(FaultKind.SERVER_ERROR, on="dealer_order_book", times=None))

    ran = hurried.run("cancel", str(only_order(hurried).order_id), "--yes", "--json")

    assert (ran.status, ran.document["status"], ran.data["cancelled"]) == (3, "unknown", [])


def test_everything_that_works_is_cancelled(shell: Shell) -> None:
    shell.given(RESTING, "place NSE RELIANCE BUY 10 --type LIMIT --price 1350 --yes", "place NSE SBIN BUY 1 --yes")

    ran = shell.run("cancel-all", "--yes", "--json")

    states = [order.state for order in shell.sim.exchange.all_orders()]
    assert (ran.status, len(ran.data["cancelled"]), ran.data["failed"]) == (0, 2, [])
    assert states == [OrderState.CANCELLED, OrderState.CANCELLED, OrderState.FILLED]


def test_a_rehearsal_names_what_would_be_cancelled(shell: Shell) -> None:
    shell.given(RESTING)

    ran = shell.run("cancel-all", "--dry-run", "--json")

    assert (ran.status, ran.data) == (0, {"dry_run": True, "orderids": [str(only_order(shell).order_id)]})
    assert only_order(shell).state is OrderState.NEW


def test_nothing_to_cancel_needs_no_answer(shell: Shell) -> None:
    ran = shell.run("cancel-all")

    assert (ran.status, ran.err) == (0, "No order is working.\n")


def test_an_unreadable_book_is_an_error_and_not_nothing_to_cancel(hurried: Shell) -> None:
    hurried.given("login")
    hurried.fault(Fault(FaultKind.SERVER_ERROR, on="dealer_order_book", times=None))

    ran = hurried.run("cancel-all", "--yes", "--json")

    assert (ran.status, ran.document["kind"]) == (1, "unreadable")
