"""Questions are repeated while it can help and there is time; commands never are."""

import gzip
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Final

import httpx
import pytest
from returns.result import Failure, Result, Success

from jainam_prop.adapters.system.throttle import PacedThrottle
from jainam_prop.adapters.xts.http.client import XtsClient
from jainam_prop.adapters.xts.http.connections import LONGEST_REPLY, Call, PackedReplyError
from jainam_prop.adapters.xts.http.outcomes import command_outcome, never
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.adapters.xts.wire.replies.envelope import Envelope
from jainam_prop.domain.errors import BrokerError, NotSent, OutcomeUnknown, RateLimited, SessionExpired, Unreadable
from jainam_prop.domain.rate_limit import CallFamily
from tests.adapters.xts.http.scripted import Answer, ScriptedServer, client_of, error, page, rate_limit, success
from tests.fakes.clock import FakeClock
from tests.fakes.throttle import OpenThrottle

QUESTION: Final = Call("GET", "https://xts.example.invalid/interactive/orders", "pretend-token")
CUT_OFF: Final = httpx.Response(200, content=b'{"type":"succ')

LIMITED: Final = Failure(RateLimited("Rate limit exceeded (e-apirl-0004)"))


def command(client: XtsClient, call: Call) -> Result[Envelope, BrokerError]:
    return command_outcome(client.exchange(call, client.deadline(10.0)))


def ask(
    client: XtsClient, call: Call, seconds: float, is_empty: Callable[[Envelope], bool] = never
) -> Result[object, BrokerError]:
    return client.ask(call, client.deadline(seconds), is_empty)


def lost(kind: type[httpx.TransportError]) -> httpx.TransportError:
    return kind("at https://xts.example.invalid?token=pretend")


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(lost(httpx.ConnectError), id="no connection"),
        pytest.param(lost(httpx.ConnectTimeout), id="no connection in time"),
        pytest.param(lost(httpx.PoolTimeout), id="pool exhausted"),
        pytest.param(lost(httpx.ReadTimeout), id="no answer in time"),
        pytest.param(lost(httpx.ReadError), id="reset while reading"),
        pytest.param(lost(httpx.WriteError), id="reset while writing"),
        pytest.param(lost(httpx.RemoteProtocolError), id="hung up"),
        pytest.param(page(500), id="page of a failing server"),
        pytest.param(page(502), id="page of a gateway"),
        pytest.param(error("e-x-0001", "failing", 503), id="failing with an envelope"),
        pytest.param(CUT_OFF, id="cut off"),
    ],
)
def test_a_question_without_an_answer_is_asked_again(trouble: Answer) -> None:
    clock = FakeClock()
    server = ScriptedServer([trouble, trouble, trouble, success([1])])

    assert ask(client_of(server, clock), QUESTION, 10.0) == Success([1])
    assert clock.slept == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(page(404), id="no such page"),
        pytest.param(error("e-orders-0009", "refused"), id="refused"),
        pytest.param(error("e-session-0007", "Invalid Token"), id="dead token"),
        pytest.param(success([]), id="success"),
    ],
)
def test_an_answer_that_would_stay_the_same_is_not_asked_for_again(answer: httpx.Response) -> None:
    clock = FakeClock()
    server = ScriptedServer([answer])

    ask(client_of(server, clock), QUESTION, 10.0)

    assert clock.slept == []


def test_the_last_trouble_is_what_the_caller_hears() -> None:
    server = ScriptedServer([lost(httpx.ConnectError), page(500), CUT_OFF, lost(httpx.ReadError)])

    assert ask(client_of(server), QUESTION, 10.0) == Failure(Unreadable("the connection broke"))


def test_a_repetition_that_would_begin_after_the_deadline_is_not_made() -> None:
    clock = FakeClock()
    server = ScriptedServer([page(500), page(500), page(500)])

    outcome = ask(client_of(server, clock), QUESTION, 3.0)

    assert outcome == Failure(Unreadable("HTTP 500 with something else than an XTS answer"))
    assert clock.slept == [1.0]  # a further 2 s would end at the deadline
    assert len(server.requests) == 2


def test_time_that_an_attempt_takes_counts() -> None:
    clock = FakeClock()

    def slow(_request: httpx.Request) -> httpx.Response:
        clock.advance(9.5)
        return page(500)

    server = ScriptedServer([slow])
    ask(client_of(server, clock), QUESTION, 10.0)

    assert len(server.requests) == 1


def test_every_attempt_has_what_is_left_of_the_time() -> None:
    server = ScriptedServer([page(500), success([])])

    ask(client_of(server), QUESTION, 10.0)

    assert [request.extensions["timeout"] for request in server.requests] == [
        {"connect": 5.0, "pool": 5.0, "read": 10.0, "write": 10.0},
        {"connect": 5.0, "pool": 5.0, "read": 9.0, "write": 9.0},
    ]
    assert [request.extensions["deadline"] for request in server.requests] == [10.0, 10.0]


def test_a_short_call_connects_within_its_time() -> None:
    server = ScriptedServer([success([])])

    ask(client_of(server), QUESTION, 0.5)

    assert server.requests[0].extensions["timeout"] == {"connect": 0.5, "pool": 0.5, "read": 0.5, "write": 0.5}


def test_a_rate_limit_is_waited_out() -> None:
    clock = FakeClock()
    server = ScriptedServer([rate_limit(), rate_limit("5"), success([1])])

    assert ask(client_of(server, clock), QUESTION, 10.0) == Success([1])
    assert clock.slept == [1.0, 5.0]


BOOK: Final = replace(QUESTION, family=CallFamily.POSITIONS)


@pytest.mark.parametrize("trouble", [lost(httpx.ReadError), page(502), rate_limit()])
def test_a_repetition_has_a_turn_of_its_own(trouble: Answer) -> None:
    clock = FakeClock()
    throttle = PacedThrottle(JAINAM.rates, clock)
    throttle.wait(CallFamily.POSITIONS, 0.0)
    began = clock.monotonic()

    assert ask(client_of(ScriptedServer([trouble, success([1])]), clock, throttle), BOOK, 10.0) == Success([1])
    assert clock.monotonic() - began > JAINAM.rates[CallFamily.POSITIONS].seconds


def test_reads_that_arrive_late_arrive_no_closer_together_than_the_chart_allows() -> None:
    clock, arrived = FakeClock(), []
    throttle = PacedThrottle(JAINAM.rates, clock)

    def after(seconds: float) -> Answer:
        def answer(_request: httpx.Request) -> httpx.Response:
            clock.advance(seconds)
            arrived.append(clock.monotonic())
            return success([1])

        return answer

    client = client_of(ScriptedServer([after(seconds) for seconds in (0.3, 0.0, 0.7, 0.02)]), clock, throttle)
    for _ in range(4):
        assert throttle.wait(CallFamily.POSITIONS, 10.0)
        assert client.ask(BOOK, client.deadline(10.0)) == Success([1])

    gaps = [later - earlier for earlier, later in pairwise(arrived)]
    assert min(gaps) >= JAINAM.rates[CallFamily.POSITIONS].seconds - 1e-9


def test_a_repetition_without_a_turn_in_time_is_not_made() -> None:
    throttle = OpenThrottle(closed=frozenset({CallFamily.POSITIONS}))
    server = ScriptedServer([page(500)])

    outcome = ask(client_of(server, throttle=throttle), BOOK, 10.0)

    assert outcome == Failure(Unreadable("HTTP 500 with something else than an XTS answer"))
    assert len(server.requests) == 1


def test_a_rate_limit_of_one_question_slows_its_whole_family() -> None:
    throttle = OpenThrottle()

    ask(client_of(ScriptedServer([rate_limit("3"), success([])]), throttle=throttle), BOOK, 10.0)

    assert throttle.slowed == [(CallFamily.POSITIONS, 3.0)]


def test_a_rate_limit_longer_than_the_call_is_told() -> None:
    server = ScriptedServer([rate_limit("60")])

    assert ask(client_of(server), QUESTION, 10.0) == Failure(
        RateLimited("Rate limit exceeded (e-apirl-0004)", retry_after_seconds=60.0)
    )


def test_a_rate_limit_until_the_end_is_told() -> None:
    assert ask(client_of(ScriptedServer([rate_limit()] * 4)), QUESTION, 10.0) == LIMITED


def test_an_empty_answer_can_come_as_an_error() -> None:
    server = ScriptedServer([error("e-orders-0005", "Data Not Available")])

    assert ask(client_of(server), QUESTION, 10.0, lambda envelope: envelope.code == "e-orders-0005") == Success([])


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        pytest.param(lost(httpx.ConnectError), Failure(NotSent("no connection")), id="no connection"),
        pytest.param(lost(httpx.ConnectTimeout), Failure(NotSent("no connection in time")), id="connect timeout"),
        pytest.param(lost(httpx.PoolTimeout), Failure(NotSent("all connections were busy")), id="pool exhausted"),
        pytest.param(lost(httpx.UnsupportedProtocol), Failure(NotSent("the address is not one of HTTP")), id="no HTTP"),
        pytest.param(lost(httpx.ReadTimeout), Failure(OutcomeUnknown("no answer in time")), id="read timeout"),
        pytest.param(
            lost(httpx.WriteTimeout),
            Failure(OutcomeUnknown("the request could not be written in time")),
            id="write timeout",
        ),
        pytest.param(lost(httpx.ReadError), Failure(OutcomeUnknown("the connection broke")), id="read error"),
        pytest.param(lost(httpx.WriteError), Failure(OutcomeUnknown("the connection broke")), id="write error"),
        pytest.param(lost(httpx.ProxyError), Failure(NotSent("the proxy refused the connection")), id="proxy"),
        pytest.param(lost(httpx.RemoteProtocolError), Failure(OutcomeUnknown("the connection broke")), id="hung up"),
        pytest.param(
            PackedReplyError("bad gzip"), Failure(OutcomeUnknown("the answer cannot be unpacked")), id="undecodable"
        ),
        pytest.param(rate_limit(), LIMITED, id="rate limit"),
        pytest.param(
            error("e-session-0007", "Invalid Token"),
            Failure(SessionExpired("Invalid Token (e-session-0007)")),
            id="dead token",
        ),
    ],
)
def test_a_command_is_sent_once(trouble: Answer, outcome: Result[object, BrokerError]) -> None:
    clock = FakeClock()
    server = ScriptedServer([trouble])

    assert command(client_of(server, clock), QUESTION) == outcome
    assert clock.slept == []


@pytest.mark.parametrize(
    ("trouble", "ended"),
    [
        (httpx.ReadTimeout, False),
        (httpx.WriteTimeout, False),
        (httpx.ReadError, True),
        (httpx.RemoteProtocolError, True),
    ],
)
def test_only_after_silence_a_command_may_still_arrive(trouble: type[httpx.TransportError], *, ended: bool) -> None:
    failure = command(client_of(ScriptedServer([lost(trouble)])), QUESTION).failure()

    assert isinstance(failure, OutcomeUnknown)
    assert failure.has_ended is ended


def test_a_token_that_no_header_can_carry_is_still_sent_as_one() -> None:
    server = ScriptedServer([error("e-session-0007", "Invalid Token")])

    command(client_of(server), Call("GET", QUESTION.url, "tök…en"))

    assert server.requests[0].headers["authorization"] == "t?k?en"


def test_a_call_shows_neither_token_nor_client_nor_body() -> None:
    call = Call("POST", "https://xts.example.invalid/x", "canary-token", {"clientID": "canary-id"}, b"canary-body")

    assert "canary" not in repr(call)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_and_proves_nothing(status: int) -> None:
    server = ScriptedServer(
        [
            httpx.Response(
                status, headers={"Location": "https://elsewhere.invalid"}, json={"type": "success", "result": 7}
            )
        ]
        * 2
    )

    assert command(client_of(server), QUESTION) == Failure(OutcomeUnknown(f"HTTP {status}: redirects are not followed"))
    assert ask(client_of(server), QUESTION, 10.0) == Failure(Unreadable(f"HTTP {status}: redirects are not followed"))
    assert [request.url.host for request in server.requests] == ["xts.example.invalid"] * 2


def packed(content: bytes) -> httpx.Response:
    """Return a reply as a server sends it, packed."""
    return httpx.Response(
        200,
        headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
        stream=httpx.ByteStream(gzip.compress(content)),
    )


def test_a_packed_reply_that_is_small_is_read() -> None:
    assert ask(client_of(ScriptedServer([packed(b'{"type":"success","result":[1]}')])), QUESTION, 10.0) == Success([1])


def test_a_reply_that_unpacks_to_more_than_any_reply_has_is_cut_off_and_not_asked_for_again() -> None:
    clock, server = FakeClock(), ScriptedServer([packed(b" " * (LONGEST_REPLY + 1))])

    assert ask(client_of(server, clock), QUESTION, 10.0) == Failure(Unreadable("the answer is too long"))
    assert (len(server.requests), clock.slept) == (1, [])


def test_a_packed_bomb_takes_no_more_memory_than_the_longest_reply() -> None:
    bomb = packed(b" " * (40 * LONGEST_REPLY))
    tracemalloc.start()
    outcome = command(client_of(ScriptedServer([bomb])), QUESTION)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert outcome == Failure(OutcomeUnknown("the answer is too long"))
    assert peak < 4 * LONGEST_REPLY
