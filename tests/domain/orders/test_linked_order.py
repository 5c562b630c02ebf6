"""Cover and bracket orders: every broken rule is named, and their parts are told apart in the books."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.orders.journal import Intent
from jainam_prop.domain.orders.linked_order import BracketChange, BracketRequest, CoverRequest, exits_of
from jainam_prop.domain.orders.linked_validation import (
    Distances,
    bracket_change_problems,
    bracket_problems,
    cover_problems,
)
from jainam_prop.domain.orders.order import PriceType, Side
from jainam_prop.domain.orders.ticket import read_bracket, read_bracket_change
from jainam_prop.domain.orders.validation import Terms
from tests.domain.orders.test_journal import NOON
from tests.domain.samples import NIFTY_FUTURE, NIFTY_INDEX, NIFTY_MIS, SBIN, an_order

D = Decimal
COVER = Terms(None, PriceType.LIMIT, 75, D("100.05"), D("98.00"), 0)
ENTRY = Terms(None, PriceType.LIMIT, 75, D("100.05"), D(0), 0)
DISTANCES = Distances(D(8), D(4), D(1))
NOTHING_KNOWN = Terms(None, None, None, None, None, None)
FIELDS = {
    "symbol": "SBIN",
    "exchange": "NSE",
    "action": "BUY",
    "quantity": "10",
    "price": "780",
    "target": "8",
    "stop_loss": "4",
}


class TestCover:
    @pytest.mark.parametrize(
        ("changes", "side"),
        [
            pytest.param({}, Side.BUY, id="long"),
            pytest.param({"trigger_price": D("102.00")}, Side.SELL, id="short"),
            pytest.param({"price_type": PriceType.MARKET, "price": D(0)}, Side.BUY, id="market"),
            pytest.param({"price_type": PriceType.MARKET, "price": D("100.03")}, Side.BUY, id="market-drops-its-price"),
            pytest.param({"quantity": 1800}, Side.BUY, id="at-the-freeze-quantity"),
        ],
    )
    def test_one_within_the_rules_has_no_problem(self, changes: dict[str, object], side: Side) -> None:
        assert cover_problems(replace(COVER, **changes), side, NIFTY_FUTURE) == ()  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            pytest.param(
                {"price_type": PriceType.SL},
                "pricetype SL is not offered for a cover order: use MARKET or LIMIT",
                id="stop-entry",
            ),
            pytest.param(
                {"trigger_price": D(0)}, "trigger_price must be above zero: a cover order has a stop", id="no"
            ),
            pytest.param(
                {"trigger_price": D(-1)}, "trigger_price must be above zero: a cover order has a stop", id="negative"
            ),
            pytest.param(
                {"trigger_price": D("100.05")}, "trigger_price 100.05 must be below the price 100.05", id="no-distance"
            ),
            pytest.param(
                {"trigger_price": D("98.02")},
                "trigger_price 98.02 is off the tick of 0.05: nearest are 98.00 and 98.05",
                id="tick",
            ),
            pytest.param({"price": D(0)}, "price must be above zero for pricetype LIMIT", id="no-price"),
            pytest.param(
                {"quantity": 76}, "quantity 76 is not a whole number of lots of 75: nearest are 75 and 150", id="lots"
            ),
            pytest.param(
                {"quantity": 1875}, "quantity 1875 is above the largest single order of 1800", id="never-sliced"
            ),
            pytest.param(
                {"disclosed_quantity": 150}, "disclosed_quantity must not exceed quantity", id="shows-too-much"
            ),
        ],
    )
    def test_a_broken_rule_is_named(self, changes: dict[str, object], problem: str) -> None:
        assert cover_problems(replace(COVER, **changes), Side.BUY, NIFTY_FUTURE) == (problem,)  # type: ignore[arg-type]

    def test_the_stop_of_a_sale_is_above_it(self) -> None:
        problem = "trigger_price 98.00 must be above the price 100.05"
        assert cover_problems(COVER, Side.SELL, NIFTY_FUTURE) == (problem,)

    def test_all_broken_rules_are_named_at_once(self) -> None:
        terms = Terms(None, PriceType.SL_M, -1, D(0), D(0), -5)
        named = " ".join(cover_problems(terms, Side.BUY, NIFTY_FUTURE))

        for name in ("pricetype SL-M", "quantity -1", "trigger_price", "disclosed_quantity"):
            assert name in named

    def test_what_is_not_known_has_its_own_problem_elsewhere(self) -> None:
        assert cover_problems(NOTHING_KNOWN, None, None) == ()

    def test_an_index_is_not_traded(self) -> None:
        assert "NIFTY is an index and cannot be traded" in cover_problems(COVER, Side.BUY, NIFTY_INDEX)


class TestBracket:
    def test_one_within_the_rules_has_no_problem(self) -> None:
        assert bracket_problems(ENTRY, DISTANCES, Side.BUY, NIFTY_FUTURE) == ()
        assert bracket_problems(ENTRY, replace(DISTANCES, trailing_stop=D(0)), Side.SELL, NIFTY_FUTURE) == ()

    @pytest.mark.parametrize(
        ("changes", "side", "problem"),
        [
            pytest.param(
                {"target": D(0)},
                Side.BUY,
                "target must be above zero: it is the distance from the price, in rupees",
                id="no-target",
            ),
            pytest.param(
                {"stop_loss": D(-4)},
                Side.BUY,
                "stop_loss must be above zero: it is the distance from the price, in rupees",
                id="negative-stop",
            ),
            pytest.param({"trailing_stop": D(-1)}, Side.BUY, "trailing_stop must not be negative", id="trailing"),
            pytest.param(
                {"target": D("8.02")},
                Side.BUY,
                "target 8.02 is off the tick of 0.05: nearest are 8.00 and 8.05",
                id="tick",
            ),
            pytest.param(
                {"stop_loss": D("100.05")},
                Side.BUY,
                "stop_loss 100.05 leaves no price above zero below the price 100.05",
                id="stop-below-zero",
            ),
            pytest.param(
                {"target": D(200)},
                Side.SELL,
                "target 200 leaves no price above zero below the price 100.05",
                id="target-of-a-sale-below-zero",
            ),
        ],
    )
    def test_a_broken_rule_of_its_distances_is_named(
        self, changes: dict[str, Decimal], side: Side, problem: str
    ) -> None:
        assert bracket_problems(ENTRY, replace(DISTANCES, **changes), side, NIFTY_FUTURE) == (problem,)

    @pytest.mark.parametrize("kind", [PriceType.MARKET, PriceType.SL, PriceType.SL_M])
    def test_its_entry_is_a_limit_order(self, kind: PriceType) -> None:
        problems = bracket_problems(replace(ENTRY, price_type=kind), DISTANCES, Side.BUY, NIFTY_FUTURE)

        assert problems == (f"pricetype {kind} is not offered for a bracket order: use LIMIT",)

    def test_a_change_is_judged_like_a_new_one(self) -> None:
        change = BracketChange("7", NIFTY_FUTURE, 75, D("100.05"), D(4))

        assert bracket_change_problems(change) == ()
        assert bracket_change_problems(replace(change, quantity=1875, price=D("100.03"), stop_loss=D(0))) == (
            "price 100.03 is off the tick of 0.05: nearest are 100.00 and 100.05",
            "quantity 1875 is above the largest single order of 1800",
            "stop_loss must be above zero: it is the distance from the price, in rupees",
        )

    @given(
        st.sampled_from(Side),
        st.integers(1, 4000),
        st.integers(-10, 4000),
        st.integers(-10, 4000),
    )
    def test_one_without_a_problem_has_exits_above_zero_on_either_side(
        self, side: Side, price: int, target: int, stop: int
    ) -> None:
        tick = SBIN.tick_size
        terms = replace(ENTRY, quantity=10, price=price * tick)
        if bracket_problems(terms, Distances(target * tick, stop * tick, D(0)), side, SBIN):
            return

        exits = ((price + side.sign * target) * tick, (price - side.sign * stop) * tick)
        assert min(exits) > 0
        assert (exits[0] - price * tick) * side.sign > 0 > (exits[1] - price * tick) * side.sign


class TestReading:
    def test_a_bracket_is_limit_unless_it_says_otherwise(self) -> None:
        ticket = read_bracket(FIELDS)

        assert ticket.problems == ()
        assert (ticket.entry.price_type, ticket.entry.price) == (PriceType.LIMIT, D(780))
        assert ticket.distances == Distances(D(8), D(4), D(0))
        assert read_bracket(FIELDS | {"pricetype": "MARKET"}).entry.price_type is PriceType.MARKET

    def test_every_field_that_cannot_be_read_is_named(self) -> None:
        ticket = read_bracket(FIELDS | {"quantity": "1.5", "target": "x", "trailing_stop": "y"})

        assert ticket.problems == (
            "quantity '1.5' is not a whole number of units",
            "target 'x' is not a price",
            "trailing_stop 'y' is not a price",
        )

    def test_a_change_leaves_alone_what_it_does_not_name_but_for_the_stop(self) -> None:
        change = read_bracket_change({"stop_loss": "4", "price": "781"})

        assert (change.quantity, change.price, change.stop_loss, change.problems) == (None, D(781), D(4), ())
        assert read_bracket_change({"quantity": "x"}).problems == (
            "quantity 'x' is not a whole number of units",
            "stop_loss is missing: no book shows the present one",
        )


class TestInTheBooks:
    def test_the_exits_of_an_entry_bear_its_mark_on_the_other_side(self) -> None:
        entry = an_order(NIFTY_MIS, order_id="1", identifier="jp1", side=Side.BUY)
        stop = an_order(NIFTY_MIS, order_id="2", identifier="jp1", side=Side.SELL)
        target = an_order(NIFTY_MIS, order_id="3", identifier="jp1", side=Side.SELL)
        other = an_order(NIFTY_MIS, order_id="4", identifier="jp2", side=Side.SELL)

        assert exits_of(entry, (target, entry, other, stop)) == (target, stop)

    def test_an_entry_without_a_mark_has_no_exits_that_could_be_told(self) -> None:
        entry = an_order(NIFTY_MIS, order_id="1", identifier="", side=Side.BUY)

        assert exits_of(entry, (an_order(NIFTY_MIS, order_id="2", identifier="", side=Side.SELL),)) == ()

    @pytest.mark.parametrize(
        ("order", "product", "kind", "trigger"),
        [
            (CoverRequest(SBIN, Side.SELL, PriceType.MARKET, 10, D(790)), "CO", "MARKET", D(790)),
            (BracketRequest(SBIN, Side.SELL, 10, D(780), D(8), D(4)), "BO", "LIMIT", D(0)),
        ],
    )
    def test_the_journal_remembers_the_entry(
        self, order: CoverRequest | BracketRequest, product: str, kind: str, trigger: Decimal
    ) -> None:
        intent = Intent.of(replace(order, identifier="jp1"), NOON)

        assert (intent.identifier, intent.side, intent.product, intent.price_type) == ("jp1", "SELL", product, kind)
        assert (intent.quantity, intent.price, intent.trigger_price) == (10, order.price, trigger)
