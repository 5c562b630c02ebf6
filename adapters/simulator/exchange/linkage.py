"""Which orders wait for another one to fill, and which cancel each other: cover and bracket orders."""

from collections import defaultdict, deque
from collections.abc import Callable

from jainam_prop.adapters.simulator.exchange.records import SimOrder
from jainam_prop.domain.orders.order import OrderState


class Linkage:
    """Sets off what a complete fill sets off, but only once the market that filled it has settled."""

    def __init__(self, admit: Callable[[SimOrder], None], withdraw: Callable[[SimOrder], None]) -> None:
        self._admit = admit
        self._withdraw = withdraw
        self._followers: defaultdict[int, list[SimOrder]] = defaultdict(list)
        self._rivals: dict[int, SimOrder] = {}
        self._due: deque[Callable[[], None]] = deque()

    def link(self, entry: SimOrder, followers: list[SimOrder]) -> None:
        """Keep orders back until their entry has filled; of two, the first to fill cancels the other."""
        self._followers[entry.order_id] = followers
        if len(followers) > 1:
            first, second = followers
            self._rivals |= {first.order_id: second, second.order_id: first}

    def followers(self, entry_id: int) -> list[SimOrder]:
        """Return the orders linked to an entry."""
        return list(self._followers.get(entry_id, ()))

    def note_fill(self, order: SimOrder) -> None:
        """Remember what a fill sets off."""
        if order.state is not OrderState.FILLED:
            return
        for follower in self._followers.get(order.order_id, ()):
            self._due.append(_bound(self._admit, follower))
        rival = self._rivals.get(order.order_id)
        if rival is not None:
            self._due.append(_bound(self._withdraw, rival))

    def run(self) -> None:
        """Do what has been set off."""
        while self._due:
            self._due.popleft()()


def _bound(action: Callable[[SimOrder], None], order: SimOrder) -> Callable[[], None]:
    return lambda: action(order)
