"""The tables between XTS's words and ours fit each other and the rest of the system."""

from jainam_prop.adapters.xts.wire.words import (
    EXCHANGE_BY_SEGMENT,
    ORDER_TYPE_BY_PRICE_TYPE,
    PRICE_TYPE_BY_ORDER_TYPE,
    SEGMENT_BY_EXCHANGE,
    SEGMENT_NUMBER_BY_EXCHANGE,
    SIDE_BY_WORD,
    STATE_BY_WORD,
)
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.order import OrderState, PriceType, Side


def test_every_exchange_has_its_segment_and_number() -> None:
    assert {
        (exchange, SEGMENT_BY_EXCHANGE[exchange], SEGMENT_NUMBER_BY_EXCHANGE[exchange]) for exchange in Exchange
    } == {
        (Exchange.NSE, "NSECM", 1),
        (Exchange.NSE_INDEX, "NSECM", 1),
        (Exchange.NFO, "NSEFO", 2),
        (Exchange.CDS, "NSECD", 3),
        (Exchange.BSE, "BSECM", 11),
        (Exchange.BSE_INDEX, "BSECM", 11),
        (Exchange.BFO, "BSEFO", 12),
        (Exchange.BCD, "BSECD", 13),
        (Exchange.MCX, "MCXFO", 51),
        (Exchange.NCO, "NSECO", 4),
        (Exchange.NCDEX, "NCDEX", 21),
        (Exchange.SLBM, "SLBM", 5),
        (Exchange.OFS, "OFS", 6),
        (Exchange.NIFSC, "NIFSC", 7),
        (Exchange.BSECO, "BSECO", 14),
        (Exchange.MSECM, "MSECM", 41),
        (Exchange.MSEFO, "MSEFO", 42),
        (Exchange.MSECD, "MSECD", 43),
    }


def test_a_segment_by_name_or_number_is_the_exchange_that_trades() -> None:
    for exchange in Exchange:
        if not exchange.is_index:
            segment, number = SEGMENT_BY_EXCHANGE[exchange], SEGMENT_NUMBER_BY_EXCHANGE[exchange]
            assert {EXCHANGE_BY_SEGMENT[word] for word in (segment, number, str(number))} == {exchange}


def test_stop_orders_keep_their_kind_there_and_back() -> None:
    assert ORDER_TYPE_BY_PRICE_TYPE == {
        PriceType.MARKET: "MARKET",
        PriceType.LIMIT: "LIMIT",
        PriceType.SL: "STOPLIMIT",
        PriceType.SL_M: "STOPMARKET",
    }
    assert {
        PRICE_TYPE_BY_ORDER_TYPE[word]: word for word in ORDER_TYPE_BY_PRICE_TYPE.values()
    } == ORDER_TYPE_BY_PRICE_TYPE
    assert PRICE_TYPE_BY_ORDER_TYPE["StopLimit"] is PriceType.SL


def test_every_state_that_can_be_told_has_a_word_of_its_own() -> None:
    assert set(STATE_BY_WORD.values()) == set(OrderState) - {OrderState.UNRECOGNISED}
    assert all(STATE_BY_WORD[state.value] is state for state in set(STATE_BY_WORD.values()))


def test_sides_are_read_in_any_case() -> None:
    assert {word: SIDE_BY_WORD[word] for word in ("BUY", "Buy", "buy", "SELL", "Sell", "sell")} == {
        "BUY": Side.BUY,
        "Buy": Side.BUY,
        "buy": Side.BUY,
        "SELL": Side.SELL,
        "Sell": Side.SELL,
        "sell": Side.SELL,
    }
