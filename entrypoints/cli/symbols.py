"""How contracts and choices are written on the command line: ``NSE:SBIN``, ``NSE SBIN``, or ``SBIN`` alone.

A shell completes exchanges, symbols of the store, products and open orders; none of it logs in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import click
from click.shell_completion import CompletionItem

from jainam_prop.domain.errors import Invalid
from jainam_prop.domain.exchange import LISTED_EXCHANGES, Exchange
from jainam_prop.entrypoints.cli.context import context_of

if TYPE_CHECKING:
    from jainam_prop.application.ports.instruments import InstrumentStore
    from jainam_prop.domain.instruments.instrument import Instrument

_CODES: Final = tuple(each.value for each in LISTED_EXCHANGES)
_NEGATIVE: Final = re.compile(r"-\d[\d,.]*")


class Words(click.Choice[str]):
    """A choice among words in any case, which help shows as they are documented."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__([str(word) for word in words], case_sensitive=False)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:  # noqa: ARG002
        """Return the words with bars between them."""
        return f"[{'|'.join(self.choices)}]"

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:  # noqa: ARG002
        """Name the words as they are documented."""
        return f"{value!r} is not one of {', '.join(self.choices)}."


EXCHANGES: Final = Words(_CODES)


class Written(NamedTuple):
    """A contract as it was typed."""

    symbol: str
    exchange: str


def written_contracts(words: Sequence[str], exchange: str) -> tuple[Written, ...]:
    """Read contracts from the words of a command line.

    An exchange with a symbol after it belongs to that symbol; ``NSE:BSE`` names the share of that name.

    Args:
        words: as typed.
        exchange: of symbols without one.

    Raises:
        click.BadParameter: a word before a colon is no exchange.
    """
    read: list[Written] = []
    named: str | None = None
    for number, word in enumerate(words, start=1):
        before, colon, after = word.partition(":")
        if colon and before.upper() not in _CODES:
            message = f"{before!r} is no exchange: use one of {', '.join(_CODES)}"
            raise click.BadParameter(message)
        if named is None and word.upper() in _CODES and number < len(words):
            named = word.upper()
            continue
        read.append(Written(after, before.upper()) if colon else Written(word, named or exchange))
        named = None
    return tuple(read)


def find_contracts(store: InstrumentStore, written: Sequence[Written]) -> list[Instrument] | Invalid:
    """Look up all that is written; every symbol that is not listed is named."""
    from returns.pipeline import is_successful  # noqa: PLC0415 (every command imports this module)

    from jainam_prop.application.instruments.find import FindInstrument  # noqa: PLC0415

    find = FindInstrument(store)
    outcomes = [find(each.symbol, each.exchange) for each in written]
    problems = [problem for each in outcomes if not is_successful(each) for problem in each.failure().problems]
    return Invalid(tuple(problems)) if problems else [each.unwrap() for each in outcomes]


def spread_contract(command: click.Command, words: Sequence[str]) -> list[str]:
    """Split ``NSE:SBIN`` in two for a command that takes exchange and symbol as arguments of their own."""
    if "exchange" not in {each.name for each in command.params if isinstance(each, click.Argument)}:
        return list(words)
    spread: list[str] = []
    for word in words:
        before, colon, after = word.partition(":")
        spread.extend((before.upper(), after) if colon and before.upper() in _CODES else (word,))
    return spread


def refuse_negative_quantity(command: click.Command, words: Sequence[str]) -> None:
    """Refuse a negative number where a quantity is expected, which click would take for an option.

    Raises:
        click.UsageError: one is there.
    """
    takes_value = {
        name for each in command.params if isinstance(each, click.Option) and not each.is_flag for name in each.opts
    }
    for before, word in zip(("", *words), words, strict=False):
        if before == "--":
            return
        if _NEGATIVE.fullmatch(word) and before not in takes_value:
            message = f"{word} is no quantity: it is a number of units above zero, and SELL or BUY gives the direction."
            raise click.UsageError(message)


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
