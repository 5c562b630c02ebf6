"""The trading app: one account's use cases and stores, wired; what the entrypoints call."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jainam_prop.application.close_all.close_all import CloseAllPositions
    from jainam_prop.application.close_all.native_square_off import NativeSquareOff
    from jainam_prop.application.instruments.sync import SyncInstruments
    from jainam_prop.application.journal import ProcessJournal
    from jainam_prop.application.market_data.read_prices import ReadHistory, ReadQuotes
    from jainam_prop.application.orders.bracket import BracketOrders
    from jainam_prop.application.orders.cancel import CancelOrders
    from jainam_prop.application.orders.cover import CoverOrders
    from jainam_prop.application.orders.follow import FollowOrders
    from jainam_prop.application.orders.modify import ModifyOrder
    from jainam_prop.application.orders.place import PlaceOrder
    from jainam_prop.application.orders.pre_trade import PreTradeChecks
    from jainam_prop.application.ports.books import RawBooks
    from jainam_prop.application.ports.instruments import InstrumentStore
    from jainam_prop.application.ports.journal import StoreMaintenance
    from jainam_prop.application.ports.market_data import MarketFeed
    from jainam_prop.application.positions.convert import ConvertPosition
    from jainam_prop.application.positions.read import ReadAccount, ReadBooks
    from jainam_prop.application.positions.smart_order import SmartOrder
    from jainam_prop.application.recovery import Recovery
    from jainam_prop.application.risk import TradingSwitch
    from jainam_prop.application.sessions.service import LoginService
    from jainam_prop.domain.market_data.calendar import TradingCalendar
    from jainam_prop.entrypoints.book_rows import BookRows

_FEEDS = frozenset({"open_market_feed", "follow_orders"})
"""Parts that are made anew at each call."""


@final
class TradingApp:
    """One account's use cases, with the stores that a person may look into; each is built when it is first used.

    Attributes:
        open_market_feed, follow_orders: each call makes a new feed, which is its caller's to close.
    """

    sessions: LoginService
    instruments: InstrumentStore
    journal: ProcessJournal
    trading_calendar: TradingCalendar
    raw_books: RawBooks
    rows: BookRows
    sync_instruments: SyncInstruments
    sync_for_host: SyncInstruments
    checks: PreTradeChecks
    place_order: PlaceOrder
    smart_order: SmartOrder
    modify_order: ModifyOrder
    cancel_orders: CancelOrders
    cover_orders: CoverOrders
    bracket_orders: BracketOrders
    close_all_positions: CloseAllPositions
    read_books: ReadBooks
    read_account: ReadAccount
    read_quotes: ReadQuotes
    read_history: ReadHistory
    convert_position: ConvertPosition
    native_square_off: NativeSquareOff
    open_market_feed: Callable[[], MarketFeed]
    follow_orders: Callable[[], FollowOrders]
    trading_switch: TradingSwitch
    store: StoreMaintenance
    recovery: Recovery

    def __init__(self, parts: Mapping[str, Callable[[], object]]) -> None:
        self._parts = parts
        self._building = threading.RLock()

    if not TYPE_CHECKING:  # a type checker knows the attributes above and no other

        def __getattr__(self, name: str) -> object:
            """Build a part and keep it; two threads never build the same one."""
            if name.startswith("_") or name not in self._parts:
                raise AttributeError(name)
            with self._building:
                if name not in self.__dict__:
                    part = self._parts[name]
                    self.__dict__[name] = part if name in _FEEDS else part()
            return self.__dict__[name]

    def build(self) -> TradingApp:
        """Build every part now, as a host does, and return this app."""
        for name in self._parts:
            getattr(self, name)
        return self
