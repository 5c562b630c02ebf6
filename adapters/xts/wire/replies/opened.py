"""What a login opened, and the session that this makes."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from jainam_prop.adapters.xts.wire.replies.login import InteractiveLogin, MarketLogin
from jainam_prop.domain.sessions.session import AccountChoice, Session, account_for
from jainam_prop.domain.sessions.token_claims import read_claims

_TOKEN_LIFE: Final = timedelta(hours=24)


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
