"""Historical bars: a seeded random walk that is the same however it is asked for."""

import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from jainam_prop.adapters.simulator.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.http_messages import Reply, success
from jainam_prop.adapters.simulator.quotes import Snapshot
from jainam_prop.adapters.simulator.routing import Call, Route, Routes
from jainam_prop.adapters.simulator.validation import FieldReader, unknown
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES, segment_name

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - bars carry an Indian wall clock counted as if it were UTC
_OPEN, _CLOSE = time(9, 15), time(15, 30)
_SATURDAY: Final = 5
_INTERVALS: Final = ("1", "60", "120", "180", "300", "600", "900", "1800", "3600", "D")
_MOST_BARS: Final = 20_000


@dataclass(frozen=True, slots=True)
class OhlcApi:
    """``/instruments/ohlc``."""

    exchange: SimulatedExchange

    def routes(self) -> Routes:
        """Return the endpoint."""
        return {("GET", "/instruments/ohlc"): Route("ohlc", "market", self.bars)}

    def bars(self, call: Call) -> Reply:
        """Show bars between two moments, under a key that the live server misspells."""
        reader = FieldReader(call.fields, "query")
        start, end = _moment(reader.required("startTime")), _moment(reader.required("endTime"))
        interval = reader.choice("compressionValue", _INTERVALS)
        token = reader.whole("exchangeInstrumentID", least=1)
        reader.check()
        segment = segment_name(call.fields.get("exchangeSegment"))
        if segment not in EXCHANGES or start is None or end is None:
            raise unknown(name="startTime" if segment else "exchangeSegment", location="query")
        try:
            price = Snapshot(self.exchange, segment, token).close
        except LookupError:
            text = ""
        else:
            stamps = _days(start, end) if interval == "D" else _stamps(start, end, int(interval))
            text = ",".join(_bar(token, stamp, price) for stamp in stamps)
        result = {
            "exchangeSegment": str(call.fields["exchangeSegment"]),
            "exchangeInstrumentID": str(token),
            "dataReponse": text,
        }
        return success("s-instrument-0002", "Data found", result)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%b %d %Y %H%M%S")  # noqa: DTZ007 - an Indian wall clock
    except ValueError:
        return None


def _stamps(start: datetime, end: datetime, seconds: int) -> list[datetime]:
    """Return the last second of every bar of trading hours."""
    found: list[datetime] = []
    step, moment = timedelta(seconds=seconds), datetime.combine(start.date(), _OPEN)
    while moment < end and len(found) < _MOST_BARS:
        if moment.time() >= _CLOSE:
            moment = datetime.combine(moment.date() + timedelta(days=1), _OPEN)
            continue
        if moment >= start and moment.weekday() < _SATURDAY:
            found.append(moment + step - timedelta(seconds=1))
        moment += step
    return found


def _days(start: datetime, end: datetime) -> list[datetime]:
    count = min((end.date() - start.date()).days + 1, _MOST_BARS)
    days = (datetime.combine(start.date(), time()) + timedelta(days=day) for day in range(count))
    return [day for day in days if day.weekday() < _SATURDAY]


def _bar(token: int, stamp: datetime, price: float) -> str:
    seconds = int((stamp - _EPOCH).total_seconds())
    chance = random.Random(token * 1_000_003 + seconds)  # noqa: S311
    opened, closed = (price * (1 + chance.uniform(-0.01, 0.01)) for _ in range(2))
    high, low = max(opened, closed) * 1.001, min(opened, closed) * 0.999
    volume = chance.randrange(1_000, 100_000)
    return f"{seconds}|{opened:.2f}|{high:.2f}|{low:.2f}|{closed:.2f}|{volume}|0|"
