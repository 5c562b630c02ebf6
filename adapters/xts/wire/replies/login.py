"""What the two logins and the host lookup answer.

Sources: protocol reference, sections 1.1, 3.1 and 3.2.
"""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

_Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _codes(value: object) -> object:
    """Read no list as an empty one: a dealer without clients has none, or null."""
    return () if value is None else value


class InteractiveLogin(BaseModel):
    """The interactive application's answer.

    ``isInvestorClient`` decides whose book an order goes to, so a reply without it is not understood.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    token: _Filled = Field(repr=False)
    user_id: _Filled = Field(alias="userID")
    is_investor: bool = Field(alias="isInvestorClient")
    client_codes: Annotated[tuple[str, ...], BeforeValidator(_codes)] = Field(default=(), alias="clientCodes")


class MarketLogin(BaseModel):
    """The market-data application's answer."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    token: _Filled = Field(repr=False)
    user_id: str = Field(default="", alias="userID")


class LookedUpHost(BaseModel):
    """Where the host lookup puts the interactive application; the spelling of the key differs between servers."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    unique_key: _Filled = Field(repr=False, alias="uniqueKey")
    connection: _Filled = Field(alias="connectionString")

    @model_validator(mode="before")
    @classmethod
    def _one_spelling(cls, answer: object) -> object:
        if isinstance(answer, dict) and "UniqueKey" in answer:
            return {**answer, "uniqueKey": answer["UniqueKey"]}
        return answer
