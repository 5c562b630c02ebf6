"""The balance answer as funds.

Field names: protocol reference, section 5.7.
"""

from decimal import Decimal
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from jainam_prop.adapters.xts.wire.cells import amount
from jainam_prop.adapters.xts.wire.replies.reply import understood
from jainam_prop.domain.money import ZERO
from jainam_prop.domain.positions.account_books import Funds

_UNIFIED: Final = "ALL"
_NO_FUNDS: Final = Funds(ZERO, ZERO, ZERO, ZERO, ZERO, known=False)
_PART: Final = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

_Figure = Annotated[Decimal | None, BeforeValidator(amount)]
"""A decimal text or a number; None for ``NaN`` and for everything else that is no amount."""


class _Limits(BaseModel):
    model_config = _PART

    available: _Figure = Field(default=None, alias="netMarginAvailable")
    collateral: _Figure = None
    realised: _Figure = Field(default=None, alias="RealizedMTM")
    unrealised: _Figure = Field(default=None, alias="UnrealizedMTM")
    utilised: _Figure = Field(default=None, alias="marginUtilized")


class _LimitObject(BaseModel):
    model_config = _PART

    limits: _Limits = Field(alias="RMSSubLimits")


class _BalanceRow(BaseModel):
    model_config = _PART

    header: str = Field(alias="limitHeader")
    content: _LimitObject = Field(alias="limitObject")


class _Balance(BaseModel):
    model_config = _PART

    rows: tuple[_BalanceRow, ...] = Field(alias="BalanceList")


def read_funds(answer: object) -> Funds:
    """Read a balance; from several limits the most general one, ``ALL|ALL|ALL`` where there is one.

    An answer without limits is an account without a balance of its own, as dealers are. A figure that XTS sends as
    ``NaN`` shows as zero, and then the funds are not `Funds.known`.

    Raises:
        UnreadableAnswer: the answer is no balance.
    """
    if answer == []:
        return _NO_FUNDS
    rows = understood(_Balance, answer).rows
    if not rows:
        return _NO_FUNDS
    limits = max(rows, key=_generality).content.limits
    return Funds(
        available_cash=limits.available or ZERO,
        collateral=limits.collateral or ZERO,
        realised=limits.realised or ZERO,
        unrealised=limits.unrealised or ZERO,
        utilised=limits.utilised or ZERO,
        known=None not in limits.model_dump().values(),
    )


def _generality(row: _BalanceRow) -> int:
    return row.header.upper().split("|").count(_UNIFIED)
