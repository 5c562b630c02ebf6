"""Reading a request: every field that cannot be understood is named, and none is guessed."""

from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.order import PriceType, Product, Side
from jainam_prop.domain.orders.ticket import Ticket, read_change, read_smart_ticket, read_ticket
from jainam_prop.domain.orders.validation import Terms

SIDES = "BUY, SELL"
PRODUCTS = "MIS, NRML, CNC"
PRICE_TYPES = "MARKET, LIMIT, SL, SL-M"
EXCHANGES = "NSE, BSE, NFO, BFO, CDS, BCD, MCX, NSE_INDEX, BSE_INDEX"
ABSENT = object()


def _fields(**changes: object) -> MappingProxyType[str, object]:
    """Return what the REST door hands over, which nobody may change; `ABSENT` takes a key away."""
    fields: dict[str, object] = {
        "apikey": "pretend-key",
        "strategy": "opening range",
        "symbol": "NIFTY31MAR26FUT",
        "exchange": "NFO",
        "action": "BUY",
        "quantity": 75,
        "pricetype": "LIMIT",
        "product": "NRML",
        "price": 100.05,
        "trigger_price": 0.0,
        "disclosed_quantity": 0,
        "underlying_ltp": None,
    }
    fields.update(changes)
    return MappingProxyType({name: value for name, value in fields.items() if value is not ABSENT})


def _ticket(**changes: object) -> Ticket:
    ticket = {
        "symbol": "NIFTY31MAR26FUT",
        "exchange": Exchange.NFO,
        "product": Product.NRML,
        "side": Side.BUY,
        "price_type": PriceType.LIMIT,
        "quantity": 75,
        "price": Decimal("100.05"),
        "trigger_price": Decimal(0),
        "disclosed_quantity": 0,
        "problems": (),
    }
    return Ticket(**(ticket | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(_fields(), _ticket(), id="rest-door"),
        pytest.param(_fields(action="buy"), _ticket(), id="basket-leaves-the-action-in-lower-case"),
        pytest.param(_fields(action=" Sell "), _ticket(side=Side.SELL), id="mixed-case-with-blanks"),
        pytest.param(_fields(quantity="75", splitsize=25), _ticket(), id="split-order-sends-text"),
        pytest.param(_fields(quantity="75.0"), _ticket(), id="quantity-text-with-decimals"),
        pytest.param(_fields(quantity=75.0), _ticket(), id="quantity-float"),
        pytest.param(
            _fields(price=ABSENT, trigger_price=ABSENT, disclosed_quantity=ABSENT, pricetype="MARKET"),
            _ticket(price_type=PriceType.MARKET, price=Decimal(0)),
            id="scalping-page-sends-no-prices",
        ),
        pytest.param(
            _fields(price=None, trigger_price=None, disclosed_quantity=None, pricetype="MARKET"),
            _ticket(price_type=PriceType.MARKET, price=Decimal(0)),
            id="none-is-no-price-and-nothing-hidden",
        ),
        pytest.param(
            _fields(price="0", trigger_price="0", disclosed_quantity="0", quantity="75", pricetype="market"),
            _ticket(price_type=PriceType.MARKET, price=Decimal(0)),
            id="close-button-sends-only-text",
        ),
        pytest.param(
            _fields(pricetype=ABSENT, product=ABSENT),
            _ticket(price_type=PriceType.MARKET, product=Product.MIS),
            id="absent-words-take-the-schema's-defaults",
        ),
        pytest.param(
            _fields(pricetype="SL-M", trigger_price="99.95"),
            _ticket(price_type=PriceType.SL_M, trigger_price=Decimal("99.95")),
            id="stop-market",
        ),
        pytest.param(
            _fields(pricetype="sl", price=99, trigger_price=100),
            _ticket(price_type=PriceType.SL, price=Decimal(99), trigger_price=Decimal(100)),
            id="stop-limit-keeps-both-prices",
        ),
        pytest.param(_fields(symbol=" M&M ", exchange="nse"), _ticket(symbol="M&M", exchange=Exchange.NSE), id="trim"),
        pytest.param(_fields(symbol="nifty"), _ticket(symbol="nifty"), id="symbol-keeps-its-case"),
        pytest.param(
            _fields(exchange="NSE_INDEX"), _ticket(exchange=Exchange.NSE_INDEX), id="index-is-read-not-judged"
        ),
        pytest.param(_fields(quantity=0), _ticket(quantity=0), id="zero-is-read-not-judged"),
        pytest.param(_fields(quantity=-75), _ticket(quantity=-75), id="negative-is-read-not-judged"),
    ],
)
def test_every_form_the_host_sends_is_read_whole(fields: MappingProxyType[str, object], expected: Ticket) -> None:
    assert read_ticket(fields) == expected


@pytest.mark.parametrize(
    ("field", "value", "attribute", "problem"),
    [
        pytest.param("symbol", ABSENT, "symbol", "symbol is missing", id="symbol-absent"),
        pytest.param("symbol", None, "symbol", "symbol is missing", id="symbol-none"),
        pytest.param("symbol", "  ", "symbol", "symbol is missing", id="symbol-blank"),
        pytest.param("symbol", 500325, "symbol", "symbol '500325' is not a text", id="symbol-number"),
        pytest.param(
            "exchange", ABSENT, "exchange", f"exchange is missing: use one of {EXCHANGES}", id="exchange-absent"
        ),
        pytest.param(
            "exchange", None, "exchange", f"exchange 'None' is unknown: use one of {EXCHANGES}", id="exchange-none"
        ),
        pytest.param(
            "exchange",
            "NSECM",
            "exchange",
            f"exchange 'NSECM' is unknown: use one of {EXCHANGES}",
            id="exchange-of-xts",
        ),
        pytest.param("action", ABSENT, "side", f"action is missing: use one of {SIDES}", id="action-absent"),
        pytest.param("action", "", "side", f"action '' is unknown: use one of {SIDES}", id="action-blank"),
        pytest.param("action", "BUUY", "side", f"action 'BUUY' is unknown: use one of {SIDES}", id="action-typo"),
        pytest.param("action", 1, "side", f"action '1' is unknown: use one of {SIDES}", id="action-number"),
        pytest.param(
            "product", "NRLM", "product", f"product 'NRLM' is unknown: use one of {PRODUCTS}", id="product-typo"
        ),
        pytest.param("product", "", "product", f"product '' is unknown: use one of {PRODUCTS}", id="product-blank"),
        pytest.param(
            "product", None, "product", f"product 'None' is unknown: use one of {PRODUCTS}", id="product-none"
        ),
        pytest.param(
            "pricetype",
            "LMT",
            "price_type",
            f"pricetype 'LMT' is unknown: use one of {PRICE_TYPES}",
            id="pricetype-typo",
        ),
        pytest.param(
            "pricetype", "", "price_type", f"pricetype '' is unknown: use one of {PRICE_TYPES}", id="pricetype-blank"
        ),
        pytest.param(
            "pricetype",
            None,
            "price_type",
            f"pricetype 'None' is unknown: use one of {PRICE_TYPES}",
            id="pricetype-none",
        ),
        pytest.param(
            "pricetype",
            "SL\u2011M",
            "price_type",
            f"pricetype 'SL\u2011M' is unknown: use one of {PRICE_TYPES}",
            id="pricetype-with-a-typographic-hyphen",
        ),
        pytest.param("quantity", ABSENT, "quantity", "quantity is missing", id="quantity-absent"),
        pytest.param(
            "quantity", None, "quantity", "quantity 'None' is not a whole number of units", id="quantity-none"
        ),
        pytest.param("quantity", "", "quantity", "quantity '' is not a whole number of units", id="quantity-blank"),
        pytest.param(
            "quantity", "7.5", "quantity", "quantity '7.5' is not a whole number of units", id="quantity-fraction"
        ),
        pytest.param(
            "quantity", "1,500", "quantity", "quantity '1,500' is not a whole number of units", id="quantity-comma"
        ),
        pytest.param(
            "quantity", True, "quantity", "quantity 'True' is not a whole number of units", id="quantity-boolean"
        ),
        pytest.param(
            "quantity",
            10**5000,
            "quantity",
            "quantity a number too long to write is not a whole number of units",
            id="quantity-of-five-thousand-digits",
        ),
        pytest.param(
            "quantity", "1e3", "quantity", "quantity '1e3' is not a whole number of units", id="quantity-as-a-power"
        ),
        pytest.param("price", "", "price", "price '' is not a price", id="price-blank"),
        pytest.param("price", "1OO", "price", "price '1OO' is not a price", id="price-with-letters"),
        pytest.param("price", float("nan"), "price", "price 'nan' is not a price", id="price-nan"),
        pytest.param("price", "9" * 60, "price", f"price '{'9' * 40}' is not a price", id="price-too-long-is-cut"),
        pytest.param("trigger_price", "-", "trigger_price", "trigger_price '-' is not a price", id="trigger-junk"),
        pytest.param(
            "disclosed_quantity",
            "",
            "disclosed_quantity",
            "disclosed_quantity '' is not a whole number of units",
            id="disclosed-blank",
        ),
        pytest.param(
            "disclosed_quantity",
            2.5,
            "disclosed_quantity",
            "disclosed_quantity '2.5' is not a whole number of units",
            id="disclosed-fraction",
        ),
    ],
)
def test_a_bad_field_is_named_and_left_unread(field: str, value: object, attribute: str, problem: str) -> None:
    assert read_ticket(_fields(**{field: value})) == _ticket(**{attribute: None, "problems": (problem,)})


def test_every_problem_of_a_request_is_named_at_once() -> None:
    fields = {
        "symbol": "",
        "exchange": "NASDAQ",
        "action": "HOLD",
        "quantity": "many",
        "pricetype": "LMT",
        "product": "NRLM",
        "price": "cheap",
        "trigger_price": "soon",
        "disclosed_quantity": "some",
    }

    ticket = read_ticket(fields)

    assert ticket.problems == (
        "quantity 'many' is not a whole number of units",
        f"action 'HOLD' is unknown: use one of {SIDES}",
        "symbol is missing",
        f"exchange 'NASDAQ' is unknown: use one of {EXCHANGES}",
        f"product 'NRLM' is unknown: use one of {PRODUCTS}",
        f"pricetype 'LMT' is unknown: use one of {PRICE_TYPES}",
        "price 'cheap' is not a price",
        "trigger_price 'soon' is not a price",
        "disclosed_quantity 'some' is not a whole number of units",
    )


def test_an_empty_request_names_the_four_fields_without_a_default() -> None:
    assert read_ticket({}).problems == (
        "quantity is missing",
        f"action is missing: use one of {SIDES}",
        "symbol is missing",
        f"exchange is missing: use one of {EXCHANGES}",
    )


def test_the_terms_of_a_ticket_are_its_figures_without_the_contract() -> None:
    ticket = read_ticket(_fields(trigger_price=99.5, disclosed_quantity=25))

    assert ticket.terms == Terms(Product.NRML, PriceType.LIMIT, 75, Decimal("100.05"), Decimal("99.5"), 25, Side.BUY)


def test_reading_leaves_the_dict_of_the_caller_as_it_was() -> None:
    fields = dict(_fields(action="sell", quantity="75.0", price="", symbol=" NIFTY "))
    before = dict(fields)

    read_ticket(fields)
    read_smart_ticket(fields)

    assert fields == before


def test_a_problem_never_quotes_the_api_key() -> None:
    assert "pretend-key" not in repr(read_ticket(_fields(symbol="", quantity="", action="")))


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.binary(max_size=5),
    st.lists(st.integers(), max_size=2),
)
NAMES = st.sampled_from([name for name in _fields() if name not in {"apikey", "strategy", "underlying_ltp"}])


@given(st.dictionaries(NAMES, ANYTHING))
def test_a_field_is_unread_exactly_when_a_problem_names_it(fields: dict[str, object]) -> None:
    ticket = read_ticket(fields)

    read = {
        "symbol": ticket.symbol,
        "exchange": ticket.exchange,
        "action": ticket.side,
        "quantity": ticket.quantity,
        "pricetype": ticket.price_type,
        "product": ticket.product,
        "price": ticket.price,
        "trigger_price": ticket.trigger_price,
        "disclosed_quantity": ticket.disclosed_quantity,
    }
    assert {problem.split()[0] for problem in ticket.problems} == {
        name for name, value in read.items() if value is None
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, _ticket(), id="everything-named"),
        pytest.param(
            {"quantity": "150", "price": "101", "pricetype": "limit"},
            _ticket(quantity=150, price=Decimal(101)),
            id="the-page-sends-text",
        ),
        pytest.param(
            {"pricetype": ABSENT},
            _ticket(price_type=None, problems=(f"pricetype is missing: use one of {PRICE_TYPES}",)),
            id="a-forgotten-price-type-never-becomes-market",
        ),
        pytest.param(
            {"product": ABSENT},
            _ticket(product=None, problems=(f"product is missing: use one of {PRODUCTS}",)),
            id="a-forgotten-product-never-becomes-mis",
        ),
        pytest.param({"quantity": ABSENT}, _ticket(quantity=None, problems=("quantity is missing",)), id="no-quantity"),
        pytest.param(
            {"action": ABSENT},
            _ticket(side=None, problems=(f"action is missing: use one of {SIDES}",)),
            id="no-action",
        ),
        pytest.param({"disclosed_quantity": None}, _ticket(), id="nothing-hidden"),
    ],
)
def test_new_terms_for_an_order_must_name_product_and_price_type(changes: dict[str, object], expected: Ticket) -> None:
    assert read_change(_fields(**changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"position_size": 150.0}, (_ticket(), 150), id="rest-door-sends-a-float"),
        pytest.param({"position_size": "-75"}, (_ticket(), -75), id="short-as-text"),
        pytest.param({"position_size": "0", "quantity": "0"}, (_ticket(quantity=0), 0), id="close-button"),
        pytest.param({"position_size": 0, "quantity": ABSENT}, (_ticket(quantity=0), 0), id="quantity-absent"),
        pytest.param({"position_size": 0, "quantity": None}, (_ticket(quantity=0), 0), id="quantity-none"),
        pytest.param({"position_size": 75, "action": "sell"}, (_ticket(side=Side.SELL), 75), id="lower-case"),
        pytest.param(
            {"position_size": 75, "action": ABSENT},
            (_ticket(quantity=0), 75),
            id="without-an-action-a-quantity-hints-at-nothing",
        ),
        pytest.param(
            {"position_size": ABSENT}, (_ticket(problems=("position_size is missing",)), None), id="target-absent"
        ),
        pytest.param(
            {"position_size": None},
            (_ticket(problems=("position_size 'None' is not a whole number of units",)), None),
            id="target-none",
        ),
        pytest.param(
            {"position_size": ""},
            (_ticket(problems=("position_size '' is not a whole number of units",)), None),
            id="target-blank",
        ),
        pytest.param(
            {"position_size": 37.5},
            (_ticket(problems=("position_size '37.5' is not a whole number of units",)), None),
            id="target-fraction",
        ),
        pytest.param(
            {"position_size": False},
            (_ticket(problems=("position_size 'False' is not a whole number of units",)), None),
            id="target-boolean",
        ),
        pytest.param(
            {"position_size": 0, "quantity": -1},
            (_ticket(quantity=-1, problems=("quantity -1 must not be negative",)), 0),
            id="quantity-negative",
        ),
        pytest.param(
            {"position_size": 0, "quantity": "x", "action": ABSENT},
            (_ticket(quantity=None, problems=("quantity 'x' is not a whole number of units",)), 0),
            id="quantity-junk-without-action",
        ),
        pytest.param(
            {"position_size": 0, "action": "HOLD"},
            (_ticket(side=None, problems=(f"action 'HOLD' is unknown: use one of {SIDES}",)), 0),
            id="action-typo",
        ),
    ],
)
def test_a_smart_order_is_a_target_with_hints(changes: dict[str, object], expected: tuple[Ticket, int | None]) -> None:
    assert read_smart_ticket(_fields(**changes)) == expected
