"""Synchronising the instrument master: every exchange is downloaded and checked before an old row is replaced."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, NamedTuple, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.instruments import InstrumentList, InstrumentSource, InstrumentStore
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.errors import BrokerError, Invalid, NotSent, RateLimited, SessionExpired, Unreadable
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.generation import (
    REQUIRED,
    contradiction,
    count_by_exchange,
    objections,
    resolve_clashes,
    venue,
)
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.market_data.calendar import is_over
from jainam_prop.domain.memo import collector_resting

_LOG: Final = logging.getLogger(__name__)
_STORING: Final = "storing"


class SyncProgress(NamedTuple):
    """How far a sync has come: ``step`` (an exchange, then ``storing``) begins when ``done`` of ``total`` are over."""

    step: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync brought in.

    Attributes:
        counts: instruments per exchange in the new generation; those that were kept are not among them.
        dropped: rows left out, per exchange that was asked for and by reason.
        ambiguous: contracts per exchange that share a symbol or number with others. They are not among the counts and
            cannot be ordered by their symbol; one with a number of its own can still be closed.
        expired: contracts per exchange that no longer trade, not among the counts.
        kept: exchanges that keep the instruments of the day before since their download failed, and why.
        seconds: from the first download to the last row.
    """

    counts: dict[Exchange, int]
    seconds: float
    dropped: dict[Exchange, dict[str, int]] = field(default_factory=dict)
    kept: dict[Exchange, str] = field(default_factory=dict)
    ambiguous: dict[Exchange, tuple[str, ...]] = field(default_factory=dict)
    expired: dict[Exchange, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many instruments came in."""
        return sum(self.counts.values())

    @property
    def empty(self) -> tuple[Exchange, ...]:
        """Exchanges that answered, but list nothing today."""
        return tuple(exchange for exchange in self.dropped if not self.counts.get(exchange))


@dataclass(slots=True)
class _Downloaded:
    """Instruments downloaded so far, with what was left out."""

    instruments: list[Instrument] = field(default_factory=list)
    dropped: dict[Exchange, dict[str, int]] = field(default_factory=dict)
    kept: dict[Exchange, str] = field(default_factory=dict)
    ambiguous: dict[Exchange, tuple[str, ...]] = field(default_factory=dict)


def _ignore(_progress: SyncProgress) -> None:
    return


@final
@dataclass(frozen=True, slots=True)
class SyncInstruments:
    """Replaces the stored instruments with those of today.

    Attributes:
        for_host: whether the table of the host gets them in the same step.
    """

    source: InstrumentSource
    store: InstrumentStore
    clock: Clock
    for_host: bool = False

    def __call__(
        self, *, force: bool = False, on_progress: Callable[[SyncProgress], None] = _ignore
    ) -> Result[SyncReport, BrokerError]:
        """Download every exchange, check the whole, and swap it in at once.

        A required exchange that cannot be had, and a whole that is not plausible, leave the present instruments as they
        are. Any other exchange that cannot be had keeps its own, and the report says so.

        Args:
            force: take over a generation even when an exchange lists less than two thirds of what it did.
            on_progress: called before each step.
        """
        with collector_resting():
            report = self._sync(on_progress, force=force)
        if is_successful(report):
            _log(report.unwrap())
        return report

    def _sync(self, on_progress: Callable[[SyncProgress], None], *, force: bool) -> Result[SyncReport, BrokerError]:
        started = self.clock.monotonic()
        downloaded = self._download(on_progress)
        if not is_successful(downloaded):
            return Failure(downloaded.failure())
        return self._take_over(downloaded.unwrap(), started, force=force, on_progress=on_progress)

    def _download(self, on_progress: Callable[[SyncProgress], None]) -> Result[_Downloaded, BrokerError]:
        exchanges = self.source.exchanges()
        downloaded = _Downloaded()
        for done, exchange in enumerate(exchanges):
            on_progress(SyncProgress(exchange, done, len(exchanges) + 1))
            listed = self.source.download(exchange).bind(_resolved)
            if is_successful(listed):
                instruments, clashes = listed.unwrap()
                downloaded.instruments.extend(instruments.instruments)
                downloaded.dropped[exchange] = instruments.dropped
                downloaded.ambiguous |= clashes
            elif exchange in REQUIRED:
                return Failure(_about(exchange, listed.failure()))
            else:
                downloaded.kept[exchange] = listed.failure().message
        on_progress(SyncProgress(_STORING, len(exchanges), len(exchanges) + 1))
        return Success(downloaded)

    def _take_over(
        self, downloaded: _Downloaded, started: float, *, force: bool, on_progress: Callable[[SyncProgress], None]
    ) -> Result[SyncReport, BrokerError]:
        present = self.store.generation()
        series = Counter((each.exchange, each.expiry) for each in downloaded.instruments)
        counts = Counter[Exchange]()
        for (exchange, _), count in series.items():
            counts[exchange] += count
        keep = frozenset(listed for exchange in downloaded.kept for listed in venue(exchange))
        before = {} if present is None or force else _without(present.counts, keep)
        problems = tuple(objections(before, counts))
        if problems:
            return Failure(Invalid(problems))
        self.store.replace(downloaded.instruments, keep, for_host=self.for_host)
        total = len(self.source.exchanges()) + 1
        on_progress(SyncProgress(_STORING, total, total))
        seconds = self.clock.monotonic() - started
        expired = self._unoffered(downloaded, series, counts)
        return Success(
            SyncReport(dict(counts), seconds, downloaded.dropped, downloaded.kept, downloaded.ambiguous, expired)
        )

    def _unoffered(
        self, downloaded: _Downloaded, series: Counter[tuple[Exchange, date | None]], counts: Counter[Exchange]
    ) -> dict[Exchange, int]:
        """Take contracts that are not offered out of the counts; return how many of them have expired."""
        now = self.clock.now()
        over = {each for each in series if is_over(*each, now)}
        expired = Counter[Exchange]()
        for exchange, expiry in over:
            expired[exchange] += series[exchange, expiry]
        counts.subtract(expired)
        for each in downloaded.instruments if downloaded.ambiguous else ():
            if each.exchange in downloaded.ambiguous and each.is_ambiguous and (each.exchange, each.expiry) not in over:
                counts[each.exchange] -= 1
        return dict(expired)


def _resolved(listed: InstrumentList) -> Result[tuple[InstrumentList, dict[Exchange, tuple[str, ...]]], BrokerError]:
    """Make symbols and numbers unique; a list in which every tenth contract is ambiguous is no master."""
    instruments, clashes = resolve_clashes(listed.instruments)
    problem = contradiction(len(listed.instruments), clashes)
    if problem is not None:
        return Failure(Unreadable(problem))
    return Success((replace(listed, instruments=instruments), clashes))


def _about(exchange: Exchange, error: BrokerError) -> BrokerError:
    """Let the error say which exchange it is about, where its kind has a place for that."""
    if isinstance(error, Unreadable | NotSent | SessionExpired | RateLimited):
        return replace(error, reason=f"{exchange}: {error.reason}")
    return error


def _without(counts: Mapping[Exchange, int], exchanges: frozenset[Exchange]) -> dict[Exchange, int]:
    return {exchange: count for exchange, count in counts.items() if exchange not in exchanges}


def _log(report: SyncReport) -> None:
    _LOG.info("%s instruments in %s s: %s", report.total, round(report.seconds, 1), dict(report.counts))
    for exchange, reason in report.kept.items():
        _LOG.warning("%s keeps the instruments of the day before: %s", exchange, reason)
    for exchange in report.empty:
        _LOG.warning("%s lists no instruments today", exchange)
    _log_clashes(report.ambiguous)


def _log_clashes(ambiguous: Mapping[Exchange, tuple[str, ...]]) -> None:
    for exchange, texts in ambiguous.items():
        for text in texts:
            _LOG.warning("%s %s; no order can name them", exchange, text)


def replace_instruments(
    store: InstrumentStore, instruments: Sequence[Instrument], *, force: bool = False, for_host: bool = False
) -> Result[int, Invalid]:
    """Check a whole generation of instruments, swap it in, all or none, and return how many there are now.

    Args:
        store: what is replaced.
        instruments: the whole generation.
        force: take over even when an exchange lists less than two thirds of what it did.
        for_host: whether the table of the host gets them in the same step.
    """
    present = store.generation()
    before = {} if present is None or force else present.counts
    resolved, clashes = resolve_clashes(instruments)
    problem = contradiction(len(instruments), clashes)
    problems = (*([] if problem is None else [problem]), *objections(before, count_by_exchange(resolved)))
    if problems:
        return Failure(Invalid(problems))
    _log_clashes(clashes)
    return Success(store.replace(resolved, for_host=for_host))
