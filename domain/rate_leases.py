"""Rates that several machines share: turns of their own, and a ledger of turns that are leased for a moment.

Up to `MOST_MACHINES` machines get a slot with a fixed number of turns in every window, which they use without asking.
All other turns are leased by the processes in small blocks. A leased turn must be used within `LEASE_SECONDS`, so it
counts as used at the end of that time until its holder says when it was used, or that it was not. In any window of the
rate there are therefore never more calls than it allows, whatever of the ledger's answers gets lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from jainam_prop.domain.rate_limit import LONGEST_CLOSURE_SECONDS, RESERVATION_SECONDS, SLACK_SECONDS, Rate

MOST_MACHINES: Final = 4
"""Machines with turns of their own; further ones have leased turns alone, and none while the database is gone."""

LEASE_SECONDS: Final = 0.5

SLOT_SECONDS: Final = 36 * 3600.0
"""How long a slot stays that is not used: longer than a login, without which a cut-off machine cannot trade."""

_FEWEST: Final = 5
"""Calls a window from which on machines have turns of their own."""


def own_turns(rate: Rate) -> int:
    """Return how many calls a window each machine with a slot may make without asking."""
    return max(1, rate.calls // (2 * MOST_MACHINES)) if rate.calls >= _FEWEST else 0


def own_rate(rate: Rate) -> Rate | None:
    """Return the rate of a machine's own turns; None where it has none."""
    return Rate(own_turns(rate), rate.seconds) if own_turns(rate) else None


def safe_rate(rate: Rate) -> Rate:
    """Return the rate of one machine with a slot while the ledger is gone, so that all of them keep within the whole.

    Of a rate that is too small for turns of their own each has one call in as many windows as there are slots.
    """
    return own_rate(rate) or Rate(1, rate.seconds * MOST_MACHINES)


@dataclass(frozen=True, slots=True)
class LeaseRequest:
    """What a process asks for, and what it did with all turns that it was given before.

    Attributes:
        machine: id that the processes of a machine share.
        holder: id of the process.
        wanted: turns; zero only gives back.
        used: seconds since each use of an earlier turn; turns that are not among them were not used and never will be.
        reduces: it waits with a call that reduces risk.
        closes: seconds for which the broker wants no call.
    """

    machine: str
    holder: str
    wanted: int
    used: tuple[float, ...] = ()
    reduces: bool = False
    closes: float = 0.0


@dataclass(frozen=True, slots=True)
class Lease:
    """The answer to a request.

    Attributes:
        turns: each to be used within `LEASE_SECONDS` of the request's sending.
        wait: seconds after which more may be had; zero when there were enough.
        slot_in: seconds until the machine may use turns of its own, when all leases that did not reckon with them have
            ended; None where it has no slot.
        closed_for: seconds for which no machine may call.
    """

    turns: int
    wait: float = 0.0
    slot_in: float | None = None
    closed_for: float = 0.0


@dataclass(frozen=True, slots=True)
class Ledger:
    """The turns of one family, on the clock of the database; times are seconds.

    Attributes:
        taken: by holder, until when each of its turns counts.
        slots: by machine, when it got its slot and when it was last seen.
        closed_until: until then nobody gets a turn.
        reserved_until: until then only those that reduce risk get one.
    """

    taken: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    slots: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    closed_until: float = 0.0
    reserved_until: float = 0.0


def lease(ledger: Ledger, rate: Rate, request: LeaseRequest, now: float) -> tuple[Ledger, Lease]:
    """Answer a request at a moment, and return the ledger as it is afterwards."""
    span = rate.seconds + SLACK_SECONDS
    slots = _slots(ledger, request.machine, now)
    taken = {holder: tuple(end for end in ends if end > now) for holder, ends in ledger.taken.items()}
    mine = tuple(now - age + span for age in request.used if age < span)
    taken[request.holder] = mine
    closed = max(ledger.closed_until, now + min(request.closes, LONGEST_CLOSURE_SECONDS))
    free = rate.calls - own_turns(rate) * len(slots) - sum(map(len, taken.values()))
    opens = max(closed, 0.0 if request.reduces else ledger.reserved_until)
    turns = max(0, min(free, request.wanted)) if opens <= now else 0
    taken[request.holder] = (*mine, *(now + LEASE_SECONDS + span for _ in range(turns)))
    if turns < request.wanted and free <= turns:
        ends = sorted(end for each in taken.values() for end in each)
        opens = max(opens, ends[min(turns - free, len(ends) - 1)] if ends else now + span)
    reserves = request.reduces and request.wanted and not turns
    after = Ledger(
        {holder: each for holder, each in taken.items() if each},
        slots,
        closed,
        now + RESERVATION_SECONDS if reserves else ledger.reserved_until,
    )
    since = slots[request.machine][0] if request.machine in slots else None
    slot_in = None if since is None else max(0.0, since + LEASE_SECONDS + span - now)
    return after, Lease(turns, max(0.0, opens - now), slot_in, max(0.0, closed - now))


def _slots(ledger: Ledger, machine: str, now: float) -> dict[str, tuple[float, float]]:
    """Return the slots of the machines that were seen lately, with one for this machine where one is left."""
    slots = {name: times for name, times in ledger.slots.items() if now - times[1] < SLOT_SECONDS}
    if machine in slots or len(slots) < MOST_MACHINES:
        slots[machine] = (slots.get(machine, (now, now))[0], now)
    return slots
