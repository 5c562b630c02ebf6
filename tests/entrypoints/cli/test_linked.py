"""``cover`` and ``bracket`` ask first, send once, and say plainly what the server does not have."""

from decimal import Decimal

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.domain.orders.order import OrderState, PriceType
from tests.entrypoints.cli.shell import SBIN, Shell

COVER = ("cover", "place", "NSE", "SBIN", "BUY", "100", "--stop", "770")
BRACKET = ("bracket", "place", "NSE", "SBIN", "BUY", "100", "--price", "775", "--target", "8", "--stop-loss", "4")


def test_a_cover_order_is_sent_when_a_person_says_yes(shell: Shell) -> None:
    ran = shell.run(*COVER, typed="y\n")

    assert (ran.status, shell.net(product="CO")) == (0, 100)
    assert "Send this cover order?" in ran.err
    assert "CO, if the server has it" in ran.out
    assert "at 770.00" in ran.out


def test_a_machine_gets_the_ids_of_both_parts(shell: Shell) -> None:
    ran = shell.run(*COVER, "--yes", "--json")

    entry, stop = shell.sim.exchange.all_orders()
    assert ran.data["orderids"] == [str(entry.order_id), str(stop.order_id)]
    assert [row["pricetype"] for row in ran.data["orders"]] == ["MARKET", "SL-M"]


def test_a_cover_order_is_exited_by_the_id_of_its_stop(shell: Shell) -> None:
    shell.given(" ".join((*COVER, "--yes")))
    stop = shell.sim.exchange.all_orders()[1]

    ran = shell.run("cover", "exit", str(stop.order_id), "--yes")

    assert (ran.status, shell.net(product="CO")) == (0, 0)


def test_a_bracket_shows_the_prices_that_its_distances_come_to(shell: Shell) -> None:
    ran = shell.run(*BRACKET, "--trailing-stop", "1", typed="n\n")

    assert (ran.status, shell.sim.exchange.all_orders()) == (1, [])
    for shown in ("LIMIT at 775.00", "783.00", "771.00, trailing by 1.00"):
        assert shown in ran.out


def test_a_bracket_answers_with_all_its_parts(shell: Shell) -> None:
    ran = shell.run(*BRACKET, "--yes", "--json")

    ids = [str(order.order_id) for order in shell.sim.exchange.all_orders()]
    assert (ran.status, ran.data["orderid"], sorted(ran.data["orderids"])) == (0, ids[0], ids)


def test_without_anybody_to_ask_nothing_is_sent(shell: Shell) -> None:
    assert (shell.run(*COVER).status, shell.run(*BRACKET).status, shell.sim.exchange.all_orders()) == (1, 1, [])


def test_a_dry_run_sends_nothing(shell: Shell) -> None:
    covered, bracketed = shell.run(*COVER, "--dry-run", "--json"), shell.run(*BRACKET, "--dry-run", "--json")

    assert (covered.status, bracketed.status, shell.sim.exchange.all_orders()) == (0, 0, [])
    assert [row["product"] for row in (*covered.data["orders"], *bracketed.data["orders"])] == ["CO", "BO"]


def test_every_problem_is_named_at_once(shell: Shell) -> None:
    ran = shell.run(*BRACKET[:4], "HOLD", "1.5", *BRACKET[6:-1], "0", "--yes")

    assert ran.status == 2
    for named in ("action 'HOLD'", "quantity '1.5'", "stop_loss must be above zero"):
        assert named in ran.err


def test_a_refusal_comes_with_the_remark_that_the_server_may_not_have_them(shell: Shell) -> None:
    shell.fault(Fault(FaultKind.REFUSED, on="bracket_place", code="e-orders-0030", text="Product BO not allowed"))
    shell.fault(Fault(FaultKind.NOT_FOUND, on="cover_place"))

    bracketed, covered = shell.run(*BRACKET, "--yes"), shell.run(*COVER, "--yes")

    assert (bracketed.status, covered.status) == (1, 1)
    assert "Product BO not allowed (e-orders-0030)" in bracketed.err
    assert "Whether there are bracket orders depends on the server" in bracketed.err
    assert "this server has no cover orders: it answered HTTP 404" in covered.err


def test_a_lost_reply_is_found_in_the_book(shell: Shell) -> None:
    shell.fault(Fault(FaultKind.REPLY_LOST, on="bracket_place"))

    ran = shell.run(*BRACKET, "--yes", "--json")

    assert (ran.status, ran.data["orderid"]) == (0, str(shell.sim.exchange.all_orders()[0].order_id))
    assert shell.sim.exchange.requests["bracket_place"] == 1


def test_a_bracket_is_changed_and_what_is_not_named_stays(shell: Shell) -> None:
    shell.given(" ".join((*BRACKET, "--yes")))
    entry = shell.sim.exchange.all_orders()[0]

    ran = shell.run("bracket", "modify", str(entry.order_id), "--stop-loss", "5", "--price", "776", typed="y\n")

    assert (ran.status, entry.terms.quantity, entry.terms.price) == (0, 100, Decimal(776))
    assert "As it is now" in ran.out


def test_a_cancelled_bracket_shows_its_parts(shell: Shell) -> None:
    shell.given(" ".join((*BRACKET, "--yes")))
    entry = shell.sim.exchange.all_orders()[0]

    ran = shell.run("bracket", "cancel", str(entry.order_id), "--yes", "--json")

    assert (ran.status, shell.sim.exchange.working_orders()) == (0, [])
    assert {row["order_status"] for row in ran.data["orders"]} == {"cancelled"}


def test_what_a_cancelled_bracket_has_filled_is_said_to_be_unprotected(shell: Shell) -> None:
    shell.given(" ".join((*BRACKET, "--yes")))
    entry = shell.sim.exchange.all_orders()[0]
    shell.sim.exchange.move(SBIN, Decimal("774.50"))
    assert entry.state is OrderState.FILLED

    ran = shell.run("bracket", "cancel", str(entry.order_id), "--yes")

    assert (ran.status, shell.net(product="BO")) == (0, 100)
    assert "Still held: +100 SBIN BO, and nothing that works protects it." in ran.err


def test_rehearsed_ends_change_nothing(shell: Shell) -> None:
    shell.given(" ".join((*BRACKET, "--yes")), " ".join((*COVER, "--yes")))
    entry, stop = shell.sim.exchange.all_orders()[0], shell.sim.exchange.all_orders()[4]

    for words in (
        ("bracket", "cancel", str(entry.order_id)),
        ("bracket", "modify", str(entry.order_id), "--stop-loss", "5"),
        ("cover", "exit", str(stop.order_id)),
    ):
        assert shell.run(*words, "--dry-run").status == 0
    assert (entry.state, stop.terms.price_type, shell.net(product="CO")) == (OrderState.NEW, PriceType.SL_M, 100)
