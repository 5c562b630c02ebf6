"""The morning: login, instruments, funds."""

from collections import Counter
from decimal import Decimal
from typing import Final

from returns.pipeline import is_successful
from rich.console import Group
from rich.text import Text

from jainam_prop.adapters.simulator.catalogue.universe import SPREAD, index_list
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES
from jainam_prop.application.instruments.sync import SyncReport
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.entrypoints.cli.demo.environment import ACCOUNT, Check, DemoEnvironment, StepOutcome, Watch, check
from jainam_prop.entrypoints.cli.views.instruments import SyncBar, sync_view
from jainam_prop.entrypoints.cli.views.tables import Facts, grouped, rupees
from jainam_prop.entrypoints.openalgo.auth_api import BROKER, authenticate_broker
from jainam_prop.entrypoints.openalgo.funds import get_margin_data

_SHARED: Final = 2885
"""RELIANCE at NSE; the exchange uses the number again at BSE."""

_CASH: Final = (Exchange.NSE, Exchange.BSE)
_VENUE: Final = {Exchange.NSE_INDEX: Exchange.NSE, Exchange.BSE_INDEX: Exchange.BSE}
_TEST: Final = "NSETEST"


def log_in(env: DemoEnvironment, _watch: Watch) -> StepOutcome:
    """Log in twice, as two processes would: the second takes the first one's session over."""
    auth, *_, problem = authenticate_broker(BROKER)
    env.auth = auth or ""
    again, *_ = authenticate_broker(BROKER)
    live = Counter((session.login.user_id, session.application) for session in env.simulator.sessions.live())
    login = next(login for login in env.simulator.config.logins if ACCOUNT in login.clients)
    logins = env.exchange.requests["login"] + env.exchange.requests["market_login"]
    status = env.app.sessions.status()
    account = f"{status.account} dealer: trades on the desk's own book, clientID {ACCOUNT}"
    view = Facts("", [("User", status.user_id), ("Account", account)])
    return StepOutcome(
        "login, twice",
        f"{sum(live.values())} live sessions",
        (
            check("the login is accepted without a complaint", (bool(auth), problem), (True, None)),
            check(
                "one interactive and one market-data session live at the exchange",
                live,
                Counter({(login.user_id, "interactive"): 1, (login.user_id, "market"): 1}),
            ),
            check("the second login took the first one's session over: two logins in all, not four", logins, 2),
            Check("both got the same key to it", holds=auth == again),
        ),
        view,
    )


def funds(env: DemoEnvironment, _watch: Watch) -> StepOutcome:
    """Read the limits before anything is traded."""
    reported = get_margin_data(env.auth)
    truth = env.exchange.books.limits(ACCOUNT)
    cash = Decimal(reported["availablecash"])
    return StepOutcome(
        "the limits",
        f"{rupees(truth.cash - truth.utilised)} rupees free",
        (check("available cash is what the exchange keeps", cash, truth.cash - truth.utilised),),
        Facts(
            "",
            [("Available", f"{rupees(cash)} rupees"), ("Utilised", f"{rupees(Decimal(reported['utiliseddebits']))}")],
        ),
    )


def sync(env: DemoEnvironment, watch: Watch) -> StepOutcome:
    """Download every segment, and follow the tokens that more than one exchange uses."""
    bar = SyncBar()
    watch(bar.bar)
    outcome = env.app.sync_instruments(on_progress=bar.move)
    if not is_successful(outcome):
        return StepOutcome("all segments", "unchanged", (Check(outcome.failure().message, holds=False),))
    rows = _rows(env)
    shared = [keys for keys in _keys_by_token(env).values() if len(keys) > 1]
    wrong = [key for keys in shared for key in keys if not _leads_home(env, key)]
    return StepOutcome(
        "six segments",
        f"{grouped(sum(rows.values()))} instrument rows",
        (
            check(
                "every row of the exchange's lists is in, or left out for a reason", _accounted(outcome.unwrap()), rows
            ),
            check(
                f"all {grouped(len(shared))} tokens that two exchanges share lead to the right contract on each",
                wrong,
                [],
            ),
        ),
        Group(sync_view(outcome.unwrap()), "", _example(env)),
    )


def _rows(env: DemoEnvironment) -> dict[Exchange, int]:
    """Return how many rows the exchange lists, indices included."""
    return {
        exchange: len(env.exchange.universe.tokens(segment)) + len(index_list(segment) or ())
        for segment, exchange in EXCHANGES.items()
    }


def _accounted(report: SyncReport) -> dict[Exchange, int]:
    """Return how many rows of each exchange a sync took in or left out."""
    taken = Counter({exchange: sum(reasons.values()) for exchange, reasons in report.dropped.items()})
    for exchange, count in report.counts.items():
        taken[_VENUE.get(exchange, exchange)] += count
    return dict(taken)


def _keys_by_token(env: DemoEnvironment) -> dict[int, list[InstrumentKey]]:
    keys: dict[int, list[InstrumentKey]] = {}
    for segment, exchange in EXCHANGES.items():
        for token in env.exchange.universe.tokens(segment):
            keys.setdefault(token, []).append(InstrumentKey(exchange, token))
    return keys


def _leads_home(env: DemoEnvironment, key: InstrumentKey) -> bool:
    """Whether a number leads to the contract that the exchange itself has under it; test rows lead nowhere."""
    listing, found = env.exchange.universe.find(key), env.app.instruments.find_key(key)
    if listing is None or found is None:
        return listing is not None and found is None and (listing.kind == SPREAD or _TEST in listing.name)
    return found.broker_symbol == listing.description


def _example(env: DemoEnvironment) -> Text:
    found = (env.app.instruments.find_key(InstrumentKey(exchange, _SHARED)) for exchange in _CASH)
    names = " and ".join(f"{one.symbol} on {one.exchange}" for one in found if one)
    return Text(f"Token {_SHARED}, for one, is {names}.")
