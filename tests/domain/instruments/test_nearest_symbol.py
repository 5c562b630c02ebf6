"""What may have been meant by a symbol that does not exist."""

from datetime import date
from typing import Final

import pytest

from jainam_prop.domain.instruments.search import nearest_symbols

TODAY: Final = date(2026, 3, 10)
SHARES: Final = ("SBIN", "SBICARD", "RELIANCE", "RELAXO", "HDFCBANK", "BAJAJ-AUTO", "M&M", "TATASTEEL", "TATAMOTORS")
CONTRACTS: Final = (
    "NIFTY31MAR26FUT", "NIFTY28APR26FUT", "BANKNIFTY31MAR26FUT", "NIFTY17MAR2625000CE", "NIFTY17MAR2625000PE",
    "NIFTY17MAR2625050CE", "NIFTY31MAR2625000CE", "NIFTY31MAR2626000CE", "SBIN31MAR26782.5PE", "SBIN31MAR26790PE",
)  # fmt: skip


@pytest.mark.parametrize(
    ("symbol", "nearest"),
    [
        pytest.param("SBN", ("SBIN",), id="a-letter-too-few"),
        pytest.param("RELAINCE", ("RELIANCE",), id="letters-swapped"),
        pytest.param("sbin-eq", ("SBIN",), id="small-letters-and-a-series"),
        pytest.param("BAJAJAUTO", ("BAJAJ-AUTO",), id="no-hyphen"),
        pytest.param("ZZZZ", (), id="nothing-like-it"),
        pytest.param("", (), id="nothing-at-all"),
    ],
)
def test_shares(symbol: str, nearest: tuple[str, ...]) -> None:
    assert nearest_symbols(symbol, SHARES, TODAY) == nearest


@pytest.mark.parametrize(
    ("symbol", "nearest"),
    [
        pytest.param("NIFTY17MAR2625010CE", "NIFTY17MAR2625000CE", id="no-such-strike"),
        pytest.param("NIFTY30MAR2625000CE", "NIFTY31MAR2625000CE", id="no-such-expiry"),
        pytest.param("NIFYT17MAR2625000PE", "NIFTY17MAR2625000PE", id="misspelt-root"),
        pytest.param("NIFTY30APR26FUT", "NIFTY28APR26FUT", id="future"),
        pytest.param("SBIN31MAR26785PE", "SBIN31MAR26782.5PE", id="decimal-strike"),
        pytest.param("BANKNIFTY26MARFUT", "BANKNIFTY31MAR26FUT", id="the-brokers-spelling"),
        pytest.param("NIFTY", "NIFTY31MAR26FUT", id="only-the-root"),
    ],
)
def test_contracts(symbol: str, nearest: str) -> None:
    assert nearest_symbols(symbol, CONTRACTS, TODAY)[0] == nearest


def test_as_many_as_wanted() -> None:
    assert nearest_symbols("NIFTY18MAR2625000CE", CONTRACTS, TODAY, limit=2) == (
        "NIFTY17MAR2625000CE",
        "NIFTY17MAR2625000PE",
    )


def test_an_expired_contract_is_no_suggestion() -> None:
    found = nearest_symbols("NIFTY17MAR2625010CE", CONTRACTS, date(2026, 3, 18))

    assert "NIFTY17MAR2625000CE" not in found
