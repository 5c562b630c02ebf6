"""Sessions of the three kinds of account, with pretend tokens."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from jainam_prop.adapters.xts.profiles.jainam import PRO_CLIENT_MARK
from jainam_prop.domain.sessions.session import Account, AccountKind, Session

NORMAL: Final = Session(
    user_id="DEALER01",
    account=Account(AccountKind.NORMAL, "CLIENT01"),
    interactive_token="pretend-interactive-token",
    market_token="pretend-market-token",
    expires_at=datetime(2026, 8, 21, 3, 30, tzinfo=UTC),
    market_user_id="DEALER01",
    market_root="apibinarymarketdata",
)
PRO: Final = replace(NORMAL, user_id="PRODESK01", account=Account(AccountKind.PRO, PRO_CLIENT_MARK))
INVESTOR: Final = replace(NORMAL, user_id="INVEST01", account=Account(AccountKind.INVESTOR))
BARRED: Final = replace(NORMAL, account=Account(AccountKind.NORMAL, None, "a NORMAL dealer must name its client"))

BY_NAME: Final = {"normal": NORMAL, "pro": PRO, "investor": INVESTOR}
