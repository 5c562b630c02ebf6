"""Contracts as they are written on the command line: SYMBOL, or EXCHANGE:SYMBOL."""

from collections.abc import Sequence
from typing import Final

import click
from returns.pipeline import is_successful

from jainam_prop.application.instruments.find import FindInstrument
from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.domain.errors import Invalid
from jainam_prop.domain.exchange import LISTED_EXCHANGES
from jainam_prop.domain.instruments.instrument import Instrument

EXCHANGES: Final = click.Choice([each.value for each in LISTED_EXCHANGES], case_sensitive=False)


def find_contracts(store: InstrumentStore, written: Sequence[str], exchange: str) -> list[Instrument] | Invalid:
    """Look up all that is written; every symbol that is not listed is named.

    Args:
        store: today's instruments.
        written: as typed.
        exchange: of symbols without one.
    """
    find = FindInstrument(store)
    found: list[Instrument] = []
    problems: list[str] = []
    for text in written:
        before, colon, after = text.partition(":")
        instrument = find(after, before) if colon else find(text, exchange)
        if is_successful(instrument):
            found.append(instrument.unwrap())
        else:
            problems.extend(instrument.failure().problems)
    return Invalid(tuple(problems)) if problems else found
