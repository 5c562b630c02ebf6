"""Conversions: what may be carried under which product, and how much of what is held."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.domain.orders.journal import Intent
from jainam_prop.domain.orders.order import Product
from jainam_prop.domain.positions.conversion import Conversion, conversion_problems, holding_problems, is_of_today
from jainam_prop.domain.positions.lost_orders import UnresolvedOrder
from jainam_prop.domain.positions.position_state import PositionState, Urgency, WorkingOrder
from tests.domain.orders.test_journal import NOON
from tests.domain.samples import NIFTY_FUTURE, NIFTY_INDEX, NIFTY_MIS, NIFTY_NRML, SBIN

MIS, NRML, CNC = Product.MIS, Product.NRML, Product.CNC
CONVERSION = Conversion(NIFTY_FUTURE, 75, MIS, NRML)


def test_one_within_the_rules_has_no_problem() -> None:
    assert conversion_problems(CONVERSION, JAINAM.products) == ()
    assert conversion_problems(Conversion(SBIN, 1, MIS, CNC), JAINAM.products) == ()


@pytest.mark.parametrize(
    ("conversion", "problems"),
    [
        pytest.param(replace(CONVERSION, target=MIS), ("the position is carried as MIS already",), id="same"),
        pytest.param(
            replace(CONVERSION, target=CNC),
            ("product CNC does not exist on NFO: use one of MIS, NRML",),
            id="no-delivery-of-futures",
        ),
        pytest.param(
            replace(CONVERSION, source=CNC, target=CNC),
            ("the position is carried as CNC already", "product CNC does not exist on NFO: use one of MIS, NRML"),
            id="every-problem-once",
        ),
        pytest.param(replace(CONVERSION, quantity=0), ("quantity 0 must be above zero",), id="none"),
        pytest.param(replace(CONVERSION, quantity=-75), ("quantity -75 must be above zero",), id="negative"),
        pytest.param(
            replace(CONVERSION, quantity=80),
            ("quantity 80 is not a whole number of lots of 75: nearest are 75 and 150",),
            id="lots",
        ),
        pytest.param(
            replace(CONVERSION, instrument=NIFTY_INDEX), ("NIFTY is an index and cannot be traded",), id="index"
        ),
    ],
)
def test_a_broken_rule_is_named(conversion: Conversion, problems: tuple[str, ...]) -> None:
    assert conversion_problems(conversion, JAINAM.products) == problems


@pytest.mark.parametrize(
    ("held", "problems"),
    [
        pytest.param(PositionState(75), (), id="long"),
        pytest.param(PositionState(-150), (), id="short"),
        pytest.param(PositionState(0), ("there is no open position in NIFTY31MAR26FUT MIS",), id="flat"),
        pytest.param(
            PositionState(-50),
            ("quantity 75 is above the 50 units held in NIFTY31MAR26FUT MIS",),
            id="more-than-is-held",
        ),
        pytest.param(
            PositionState(150, working=(WorkingOrder("1", -150, urgency=Urgency.WAITING),)),
            ("working orders may still close 150 of the 150 units held in NIFTY31MAR26FUT MIS: cancel them first",),
            id="a-stop-guards-it",
        ),
        pytest.param(
            PositionState(-150, unresolved=(UnresolvedOrder("jp1", 150),)),
            ("working orders may still close 150 of the 150 units held in NIFTY31MAR26FUT MIS: cancel them first",),
            id="an-exit-of-unknown-fate",
        ),
        pytest.param(PositionState(150, working=(WorkingOrder("1", -75),)), (), id="enough-is-free"),
        pytest.param(PositionState(75, working=(WorkingOrder("1", 75),)), (), id="an-entry-reserves-nothing"),
    ],
)
def test_only_what_is_held_and_free_is_converted(held: PositionState, problems: tuple[str, ...]) -> None:
    assert holding_problems(CONVERSION, held) == problems


@given(st.integers(-500, 500), st.integers(1, 600), st.integers(0, 600))
def test_what_is_converted_never_exceeds_what_is_held_and_free(net: int, quantity: int, reserved: int) -> None:
    sign = -1 if net > 0 else 1
    held = PositionState(net, working=(WorkingOrder("1", sign * reserved),) if reserved else ())

    allowed = not holding_problems(Conversion(SBIN, quantity, MIS, CNC), held)

    assert allowed == (0 < quantity <= abs(net) - reserved)


@pytest.mark.parametrize(
    ("held", "of_today"),
    [
        (PositionState(75, filled=75), True),
        (PositionState(-75, filled=-75), True),
        (PositionState(75, filled=0), False),
        (PositionState(75, filled=25), False),
    ],
)
def test_a_position_is_of_today_when_nothing_was_carried_in(held: PositionState, *, of_today: bool) -> None:
    assert is_of_today(held) is of_today


def test_a_conversion_knows_both_positions() -> None:
    assert (CONVERSION.source_key, CONVERSION.target_key) == (NIFTY_MIS, NIFTY_NRML)


@pytest.mark.parametrize(("units", "side"), [(75, "BUY"), (-75, "SELL")])
def test_the_journal_remembers_what_is_to_change(units: int, side: str) -> None:
    intent = Intent.to_change(
        NIFTY_NRML, units, symbol="NIFTY31MAR26FUT", how="CONVERT", identifier="jp1", made_at=NOON
    )

    assert (intent.position, intent.side, intent.quantity, intent.price_type) == (NIFTY_NRML, side, 75, "CONVERT")
