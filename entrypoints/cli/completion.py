"""Values that a shell completes: exchanges, symbols of the store, products, open orders; none of it logs in."""

from collections.abc import Callable, Iterable
from typing import Final

import click
from click.shell_completion import CompletionItem

from jainam_prop.domain.exchange import LISTED_EXCHANGES, Exchange
from jainam_prop.entrypoints.cli.context import context_of

_CODES: Final = tuple(each.value for each in LISTED_EXCHANGES)
_SHORTEST: Final = 2
"""Letters below which symbols are not looked for: there would be thousands."""

_MOST: Final = 60


class CompletedText(click.types.StringParamType):
    """A text that a shell completes by the name of its parameter."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return what the text may become; nothing where that fails, as without settings or a store."""
        typed = incomplete.lstrip(":")  # bash makes a word of a colon
        try:
            items = VALUES[param.name or ""](ctx, param, typed)
            return [item for item in items if str(item.value).upper().startswith(typed.upper())]
        except Exception:  # a message would stand in the middle of the line that is typed
            return []


_Values = Callable[[click.Context, click.Parameter, str], Iterable[CompletionItem]]


def _words(*words: str) -> _Values:
    return lambda _ctx, _param, _typed: [CompletionItem(word) for word in words]


def _exchange(ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    exchange, colon, symbol = typed.partition(":")
    return _listed(ctx, symbol, exchange.upper(), f"{exchange}:") if colon else list(map(CompletionItem, _CODES))


def _symbol(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Complete one symbol after its exchange, or each of several, with or without exchanges between them."""
    if param.nargs == 1:
        return _listed(ctx, typed, str(ctx.params["exchange"]).upper())
    before = [word.upper() for word in ctx.params.get(param.name or "") or () if word != ":"]
    if before and before[-1] in _CODES:
        return _listed(ctx, typed, before[-1])
    exchanges = _exchange(ctx, param, typed)
    return exchanges if ":" in typed else exchanges + _listed(ctx, typed, str(ctx.params.get("exchange") or "NSE"))


def _listed(ctx: click.Context, typed: str, exchange: str, before: str = "") -> list[CompletionItem]:
    from jainam_prop.domain.instruments.search import InstrumentQuery  # noqa: PLC0415 (only symbols need it)

    if len(typed) < _SHORTEST:
        return []
    with context_of(ctx).app() as app:
        found = app.instruments.search(InstrumentQuery(typed, Exchange(exchange), limit=None))
    begun = sorted(each.symbol for each in found if each.symbol.startswith(typed.upper()))
    return [CompletionItem(f"{before}{symbol}") for symbol in begun[:_MOST]]


def _open_order(ctx: click.Context, _param: click.Parameter, _typed: str) -> list[CompletionItem]:
    with context_of(ctx).app() as app:
        if not app.sessions.status().live:
            return []
        orders = app.sessions.newest().bind(app.read_books.orders).value_or(())
        return [
            CompletionItem(order.order_id, help=f"{order.side} {order.quantity} {order.broker_symbol}")
            for order in orders
            if order.is_working
        ]


_PRODUCT: Final = _words("MIS", "NRML", "CNC")

VALUES: Final[dict[str, _Values]] = {
    "exchange": _exchange,
    "symbol": _symbol,
    "symbols": _symbol,
    "action": _words("BUY", "SELL"),
    "product": _PRODUCT,
    "from": _PRODUCT,
    "to": _PRODUCT,
    "pricetype": _words("MARKET", "LIMIT", "SL", "SL-M"),
    "order_id": _open_order,
    "order_ids": _open_order,
}
"""By the name of a parameter."""
