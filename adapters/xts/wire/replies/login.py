"""Replies of the two logins and of the host lookup, and the session that they make.

Sources: protocol reference, sections 1.1, 3.1 and 3.2.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Final, NamedTuple, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from returns.result import Result, Success

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.sessions.session import AccountChoice, Session, account_for
from jainam_prop.domain.sessions.session_life import read_claims


class ReplyModel(BaseModel):
    """What is used of an answer; the rest of it is left out, and an error shows no value."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


_Model = TypeVar("_Model", bound=ReplyModel)


def understood(model: type[_Model], answer: object) -> _Model:
    """Read an answer as a model.

    Raises:
        UnreadableAnswer: it does not fit; the message names the fields and shows no value, since tokens are among them.
    """
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, problem["loc"])) or "the whole" for problem in error.errors()}))
    message = f"the answer is not understood: {fields}"
    raise UnreadableAnswer(message)


_TOKEN_LIFE: Final = timedelta(hours=24)

_Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _codes(value: object) -> object:
    """Read no list as an empty one: a dealer without clients has none, or null."""
    return () if value is None else value


class InteractiveLogin(ReplyModel):
    """The interactive application's answer.

    ``isInvestorClient`` decides which book an order goes to, so a reply without it is not understood.
    """

    token: _Filled = Field(repr=False)
    user_id: _Filled = Field(alias="userID")
    is_investor: bool = Field(alias="isInvestorClient")
    client_codes: Annotated[tuple[str, ...], BeforeValidator(_codes)] = Field(default=(), alias="clientCodes")


class MarketLogin(ReplyModel):
    """The market-data application's answer."""

    token: _Filled = Field(repr=False)
    user_id: str = Field(default="", alias="userID")


class LookedUpHost(ReplyModel):
    """Where the host lookup puts the interactive application; the spelling of the key differs between servers."""

    unique_key: _Filled = Field(repr=False, alias="uniqueKey")
    connection: _Filled = Field(alias="connectionString")

    @model_validator(mode="before")
    @classmethod
    def _one_spelling(cls, answer: object) -> object:
        if isinstance(answer, dict) and "UniqueKey" in answer:
            return {**answer, "uniqueKey": answer["UniqueKey"]}
        return answer


class OpenedInteractive(NamedTuple):
    """An interactive session, and the address of its application where a host lookup named one ("" otherwise)."""

    login: InteractiveLogin
    base: str

    def session(self, choice: AccountChoice, now: datetime) -> Session:
        """Return the session, still without market data, for whom the settings ask to act."""
        login = self.login
        account = account_for(choice, is_investor=login.is_investor, client_codes=login.client_codes)
        return Session(
            user_id=login.user_id,
            account=account,
            interactive_token=login.token,
            market_token=None,
            expires_at=_expiry(login.token, now),
            client_codes=login.client_codes,
            interactive_base=self.base,
        )


class OpenedMarket(NamedTuple):
    """A market-data session, and the root under which its application answered."""

    login: MarketLogin
    root: str

    def added_to(self, session: Session) -> Session:
        """Return a session with this market data in place of its own."""
        return replace(
            session,
            market_token=self.login.token,
            market_user_id=self.login.user_id,
            market_problem="",
            market_root=self.root,
        )


def or_without_market(session: Session, with_market: Result[Session, BrokerError]) -> Session:
    """Return a session with its market data, or without and with the reason: it can trade all the same."""
    return with_market.lash(lambda error: Success(replace(session, market_problem=error.message))).unwrap()


def with_market_data_of(session: Session, other: Session) -> Session:
    """Return a session with the market data of another."""
    return replace(
        session,
        market_token=other.market_token,
        market_user_id=other.market_user_id,
        market_problem=other.market_problem,
        market_root=other.market_root,
    )


def _expiry(token: str, now: datetime) -> datetime:
    """Believe a token that ends in the future; a new one that is over already only shows that a clock is wrong."""
    claims = read_claims(token)
    told = claims.expires_at if claims is not None else None
    return told if told is not None and told > now else now + _TOKEN_LIFE
