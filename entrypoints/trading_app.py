"""The trading app: one account's use cases and stores, wired; what the entrypoints call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from jainam_prop.application.close_all.close_all import CloseAllPositions
from jainam_prop.application.instruments.sync import SyncInstruments
from jainam_prop.application.market_data.read_prices import ReadHistory, ReadQuotes
from jainam_prop.application.orders.bracket import CancelBracket, ModifyBracket
from jainam_prop.application.orders.cancel import CancelAllOrders, CancelOrder
from jainam_prop.application.orders.cover import ExitCover, PlaceCover
from jainam_prop.application.orders.follow import FollowOrders
from jainam_prop.application.orders.history import OrderHistory
from jainam_prop.application.orders.modify import ModifyOrder
from jainam_prop.application.orders.place import PlaceOrder
from jainam_prop.application.orders.place_bracket import PlaceBracket
from jainam_prop.application.ports.books import RawBooks
from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.application.ports.journal import OrderJournal
from jainam_prop.application.ports.market_data import MarketFeed
from jainam_prop.application.positions.convert import ConvertPosition
from jainam_prop.application.positions.native_square_off import NativeSquareOff
from jainam_prop.application.positions.open_position import OpenPosition
from jainam_prop.application.positions.read_account import ReadFunds, ReadHoldings
from jainam_prop.application.positions.read_books import ReadBooks
from jainam_prop.application.positions.read_margin import ReadMargin
from jainam_prop.application.positions.smart_order import SmartOrder
from jainam_prop.application.recovery import Recovery
from jainam_prop.application.resolve_open_orders import ResolveOpenOrders
from jainam_prop.application.sessions.service import LoginService
from jainam_prop.entrypoints.book_rows import BookRows


@final
@dataclass(frozen=True, slots=True)
class TradingApp:
    """One account's use cases, with the stores that a person may look into.

    Attributes:
        open_market_feed, follow_orders: each call makes a new feed, which is its caller's to close.
    """

    keeper: LoginService
    instruments: InstrumentStore
    journal: OrderJournal
    raw_books: RawBooks
    rows: BookRows
    sync_instruments: SyncInstruments
    sync_for_host: SyncInstruments
    place_order: PlaceOrder
    smart_order: SmartOrder
    modify_order: ModifyOrder
    cancel_order: CancelOrder
    cancel_all_orders: CancelAllOrders
    close_all_positions: CloseAllPositions
    open_position: OpenPosition
    read_books: ReadBooks
    read_funds: ReadFunds
    read_holdings: ReadHoldings
    read_margin: ReadMargin
    read_quotes: ReadQuotes
    read_history: ReadHistory
    resolve_open_orders: ResolveOpenOrders
    order_history: OrderHistory
    place_cover: PlaceCover
    exit_cover: ExitCover
    place_bracket: PlaceBracket
    modify_bracket: ModifyBracket
    cancel_bracket: CancelBracket
    convert_position: ConvertPosition
    native_square_off: NativeSquareOff
    open_market_feed: Callable[[], MarketFeed]
    follow_orders: Callable[[], FollowOrders]
    recovery: Recovery
