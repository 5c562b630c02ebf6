"""A source of instruments that lists what a test says."""

from returns.result import Failure, Result, Success

from jainam_prop.application.ports.instruments import InstrumentList
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.exchange import Exchange


class CannedInstrumentSource:
    """Answers with the given lists, in their order; ``answers`` may be changed between downloads."""

    def __init__(self, *lists: InstrumentList) -> None:
        self.answers: dict[Exchange, InstrumentList | BrokerError] = {each.exchange: each for each in lists}
        self.asked: list[Exchange] = []

    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(self.answers)

    def download(self, exchange: Exchange) -> Result[InstrumentList, BrokerError]:
        self.asked.append(exchange)
        answer = self.answers.get(exchange, Unreadable("not asked for"))
        return Success(answer) if isinstance(answer, InstrumentList) else Failure(answer)
