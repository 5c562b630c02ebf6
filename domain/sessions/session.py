"""A trading session: the account it trades for, its tokens, and its expiry."""

from collections.abc import Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum


class Application(StrEnum):
    """One of the broker's two applications; each has a key, a login and a token of its own."""

    TRADING = "interactive"
    MARKET_DATA = "market-data"


class AccountKind(StrEnum):
    """How a login trades: for itself, for a named client (NORMAL dealer), or on the desk's own book (PRO dealer)."""

    INVESTOR = "INVESTOR"
    NORMAL = "NORMAL"
    PRO = "PRO"

    @property
    def is_dealer(self) -> bool:
        """Whether the login reads the dealer books and names a client in every call."""
        return self is not AccountKind.INVESTOR


@dataclass(frozen=True, slots=True)
class AccountRules:
    """How the logins of a broker trade.

    Attributes:
        kinds: account kinds that the broker has.
        pro_client: client code that a PRO dealer sends in every call; only used where ``kinds`` has PRO.
        client_setting: name of the setting that names the client of a NORMAL dealer, for messages.
    """

    kinds: frozenset[AccountKind] = frozenset({AccountKind.INVESTOR, AccountKind.NORMAL})
    pro_client: str = ""
    client_setting: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """The account that a session trades for.

    Attributes:
        kind: investor or dealer.
        client_id: client code of every call: None for an investor, the client's own code for a NORMAL dealer, and
            `AccountRules.pro_client` for a PRO dealer.
        trading_barrier: why this combination may read but must not trade; "" when it may.
    """

    kind: AccountKind
    client_id: str | None = None
    trading_barrier: str = ""


@dataclass(frozen=True, slots=True)
class ApplicationKey:
    """Key and secret of one of the two applications of a login; neither shows in a repr."""

    app_key: str = field(repr=False)
    secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The keys of both applications of one login."""

    interactive: ApplicationKey = field(repr=False)
    market: ApplicationKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """The account that the settings ask for, and the broker's rules for accounts."""

    kind: AccountKind
    client_id: str | None = None
    rules: AccountRules = AccountRules()


@dataclass(frozen=True, slots=True)
class Session:
    """Tokens of one login with the facts that every call needs; the tokens never show in a repr.

    Attributes:
        user_id: the login id at the interactive application.
        market_token: None when the market-data login failed; trading goes on without it.
        market_problem: why there is no market token; "" when there is one.
        expires_at: UTC, from the token's claims or 24 hours after login.
        client_codes: the clients that the login named as mapped under a dealer; may be empty.
        interactive_base: address at which a host lookup put the interactive application; "" where it has its usual one.
        market_root: first part of the path under which the market-data application answered; "" if it never did.
        exits: all calls with it serve an exit, so that they may use the reserve of the budget of logins.
    """

    user_id: str
    account: Account
    interactive_token: str = field(repr=False)
    market_token: str | None = field(repr=False)
    expires_at: datetime
    market_user_id: str = ""
    market_problem: str = ""
    client_codes: tuple[str, ...] = ()
    interactive_base: str = ""
    market_root: str = ""
    exits: bool = field(default=False, compare=False)

    def is_over(self, now: datetime) -> bool:
        """Whether its time has passed, so that it takes a new login."""
        return self.expires_at <= now


def account_for(choice: AccountChoice, *, is_investor: bool, client_codes: tuple[str, ...]) -> Account:
    """Return the account of a login, from the server's answer and the settings.

    A contradiction keeps the account readable and gives the reason why it must not trade: an order booked to the wrong
    client is worse than none.

    Args:
        choice: account kind and client of the settings; a client that is None or blank is none.
        is_investor: whether the server calls the login an investor.
        client_codes: clients mapped under a dealer; may be empty.
    """
    configured = choice.kind
    if is_investor:
        barrier = "" if configured is AccountKind.INVESTOR else f"settings say {configured}, the login is an investor"
        return Account(AccountKind.INVESTOR, None, barrier)
    if configured is AccountKind.INVESTOR:
        return Account(AccountKind.NORMAL, None, "settings say INVESTOR, the login is a dealer")
    if configured not in choice.rules.kinds:
        return Account(AccountKind.NORMAL, None, f"the broker has no {configured} accounts")
    if configured is AccountKind.PRO:
        return Account(AccountKind.PRO, choice.rules.pro_client)
    return _normal_dealer(choice, client_codes)


def name_key(name: object) -> str:
    """Return a client's name as it is compared, whatever its case and blanks."""
    return "" if name is None else str(name).strip().casefold()


def clients_of_others(session: Session) -> frozenset[str]:
    """Return the keys of the clients mapped under a dealer whom the session does not act for."""
    return frozenset(map(name_key, session.client_codes)) - {name_key(session.account.client_id)}


def is_of_another(session: Session, name: object, shown: Set[str]) -> bool:
    """Whether an event of the order socket, which brings those of all clients of a dealer, is about another account.

    One that is left out wrongly costs reads: the feed then does not show our orders, and is not decided by.

    Args:
        session: of the socket.
        name: the client that the event names.
        shown: keys of the names in the order books of this account.
    """
    account, key = session.account, name_key(name)
    if not key or not account.kind.is_dealer or key in {name_key(account.client_id), *shown}:
        return False
    if account.kind is AccountKind.NORMAL:
        return account.client_id is not None
    return key in set(map(name_key, session.client_codes)) - {name_key(session.user_id)}


def acts_for_another(session: Session, other: Session) -> bool:
    """Whether a session would trade on another book than one that may trade.

    What was read for one client must not be answered with an order for another, although both are the same dealer's:
    a login says anew which clients are his.
    """
    mine, its = session.account, other.account
    return not mine.trading_barrier and (mine.kind, mine.client_id) != (its.kind, its.client_id)


def acting_for(session: Session, choice: AccountChoice) -> Session:
    """Return a stored session with the account of these settings; processes can share a login and differ in client."""
    is_investor = session.account.kind is AccountKind.INVESTOR
    return replace(session, account=account_for(choice, is_investor=is_investor, client_codes=session.client_codes))


def _normal_dealer(choice: AccountChoice, client_codes: tuple[str, ...]) -> Account:
    client, rules = choice.client_id, choice.rules
    if client and client == rules.pro_client:
        return Account(AccountKind.NORMAL, None, f"{client} is a PRO dealer: a NORMAL dealer names a client")
    if client:
        known = not client_codes or client in client_codes
        return Account(
            AccountKind.NORMAL, client, "" if known else "the configured client is not mapped under this dealer"
        )
    if len(client_codes) == 1:
        return Account(AccountKind.NORMAL, client_codes[0])
    remedy = f": set {rules.client_setting}" if rules.client_setting else ""
    return Account(AccountKind.NORMAL, None, f"a NORMAL dealer must name its client{remedy}")
