"""Every kind of error has its word, its next step and its exit status."""

from typing import get_args

import pytest

from jainam_prop.domain.errors import (
    Blocked,
    BrokerError,
    Invalid,
    NotConfigured,
    NotSent,
    OutcomeUnknown,
    PartlyPlaced,
    RateLimited,
    Rejected,
    SessionExpired,
    Unreadable,
)
from jainam_prop.entrypoints.cli.answer import KIND_AND_NEXT_STEP, ExitStatus, failure

LOST = OutcomeUnknown("connection lost", "jp1")


def test_every_kind_of_error_has_a_word_and_a_next_step() -> None:
    assert set(KIND_AND_NEXT_STEP) == set(get_args(BrokerError))
    assert all(kind and step for kind, step in KIND_AND_NEXT_STEP.values())


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Invalid(("no",)), ExitStatus.REFUSED),
        (Rejected("no"), ExitStatus.REFUSED),
        (SessionExpired("no"), ExitStatus.REFUSED),
        (RateLimited("no"), ExitStatus.REFUSED),
        (NotSent("no"), ExitStatus.REFUSED),
        (Blocked("no"), ExitStatus.REFUSED),
        (Unreadable("no"), ExitStatus.REFUSED),
        (NotConfigured("no"), ExitStatus.REFUSED),
        (LOST, ExitStatus.UNKNOWN),
        (PartlyPlaced(("1",), 50, 100, Rejected("no")), ExitStatus.REFUSED),
        (PartlyPlaced(("1",), 50, 100, LOST), ExitStatus.UNKNOWN),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_what_may_be_live_ends_as_unknown(error: BrokerError, status: ExitStatus) -> None:
    answer = failure(error)

    assert (answer.status, answer.document["message"]) == (status, error.message)
    assert answer.message.startswith(error.message)


def test_half_an_order_names_what_is_live() -> None:
    answer = failure(PartlyPlaced(("11", "12"), 3600, 5400, LOST))

    assert {name: answer.document[name] for name in ("status", "kind", "orderids", "placed", "wanted", "cause")} == {
        "status": "unknown",
        "kind": "partly-placed",
        "orderids": ["11", "12"],
        "placed": 3600,
        "wanted": 5400,
        "cause": "outcome-unknown",
    }
