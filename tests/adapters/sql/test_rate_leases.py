"""The ledger of leased turns in PostgreSQL: machines, processes, and a database that is slow or gone."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from jainam_prop.adapters.sql.database import open_database
from jainam_prop.adapters.sql.rate_leases import SqlRateLeases, machine_id
from jainam_prop.domain.rate_leases import LeaseRequest
from jainam_prop.domain.rate_limit import CallFamily, Rate
from tests.children import start_child
from tests.e2e.troubles import eventually

ORDER = CallFamily.ORDER
TEN = Rate(10, 1.0)

CALLING = """
import json, sys, time
from pathlib import Path
from jainam_prop.adapters.sql.database import open_database
from jainam_prop.adapters.sql.rate_leases import SqlRateLeases
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.throttle import PacedThrottle
from jainam_prop.domain.rate_limit import CallFamily, Rate
url, folder, calls = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
leases = SqlRateLeases(open_database(url), "many", folder)
throttle = PacedThrottle({CallFamily.ORDER: Rate(10, 0.2)}, SystemClock(), folder, leases)
moments = []
for _ in range(calls):
    assert throttle.wait(CallFamily.ORDER, 30.0)
    moments.append(time.clock_gettime(time.CLOCK_MONOTONIC))
print(json.dumps(moments))
"""


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = open_database(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def opened(engine: Engine, tmp_path: Path) -> Iterator[Callable[[str, str], SqlRateLeases]]:
    """Opens the way of a machine to an account's ledger."""
    with ExitStack() as stack:

        def open_leases(owner: str, machine: str) -> SqlRateLeases:
            leases = SqlRateLeases(engine, owner, tmp_path / machine)
            stack.callback(leases.close)
            return leases

        yield open_leases


def request(leases: SqlRateLeases, wanted: int) -> LeaseRequest:
    return LeaseRequest(leases.machine, leases.machine, wanted)


def test_machines_lease_from_one_ledger(opened: Callable[[str, str], SqlRateLeases]) -> None:
    one, other, foreign = opened("desk", "a"), opened("desk", "b"), opened("another desk", "a")
    answers = [each.lease(ORDER, TEN, request(each, 9)) for each in (one, other, foreign)]

    assert [answer and answer.turns for answer in answers] == [9, 0, 9]


def test_one_that_asks_meanwhile_waits_for_the_other_s_answer(opened: Callable[[str, str], SqlRateLeases]) -> None:
    leases = [opened("crowd", name) for name in "abcd"]
    turns: list[int] = []

    def ask(each: SqlRateLeases) -> None:
        answer = each.lease(ORDER, TEN, request(each, 4))
        turns.append(-1 if answer is None else answer.turns)

    threads = [threading.Thread(target=ask, args=(each,)) for each in leases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert min(turns) >= 0
    assert 4 <= sum(turns) <= 9


def test_a_ledger_that_another_holds_gives_no_answer_in_time(
    engine: Engine, opened: Callable[[str, str], SqlRateLeases], caplog: pytest.LogCaptureFixture
) -> None:
    leases = opened("held", "a")
    leases.lease(ORDER, TEN, request(leases, 1))
    with engine.begin() as sql, caplog.at_level(logging.WARNING):
        sql.execute(text("SELECT * FROM jainam_rate_ledgers WHERE owner = 'held' FOR UPDATE"))
        answer = leases.lease(ORDER, TEN, request(leases, 1))

    assert answer is None
    assert caplog.messages == ["no turns could be leased: OperationalError"]


def test_a_database_that_cannot_be_reached_gives_no_answer(tmp_path: Path) -> None:
    engine = open_database("postgresql+psycopg://jainam:canary@/postgres?host=/nowhere")
    leases = SqlRateLeases(engine, "desk", tmp_path)

    assert leases.lease(ORDER, TEN, request(leases, 1)) is None


def test_a_thread_that_asks_after_the_end_gets_no_turns_and_logs_nothing(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A question that waits at another's lock ends with the connections; a later one is not asked."""
    leases = SqlRateLeases(engine, "late", tmp_path)
    leases.lease(ORDER, TEN, request(leases, 1))
    with engine.begin() as sql, caplog.at_level(logging.WARNING), ThreadPoolExecutor(1) as pool:
        sql.execute(text("SELECT * FROM jainam_rate_ledgers WHERE owner = 'late' FOR UPDATE"))
        waiting = pool.submit(leases.lease, ORDER, TEN, request(leases, 1))
        assert eventually(lambda: _waits_for_the_lock(engine))
        leases.close()
        answers = [waiting.result(), leases.lease(ORDER, TEN, request(leases, 1))]

    assert (answers, caplog.messages) == ([None, None], [])


def _waits_for_the_lock(engine: Engine) -> bool:
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%jainam_rate_ledgers%'"
    )
    with engine.connect() as sql:
        return bool(sql.execute(text(asked)).scalar())


def test_the_processes_of_a_machine_have_one_id(tmp_path: Path) -> None:
    first = machine_id(tmp_path / "new")

    assert [machine_id(tmp_path / "new"), [path.name for path in (tmp_path / "new").iterdir()]] == [first, ["machine"]]


def test_a_machine_without_a_place_for_its_id_has_one_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    assert len(machine_id(tmp_path / "file")) == 16


def test_two_processes_on_each_of_three_machines_never_exceed_the_rate(postgres_url: str, tmp_path: Path) -> None:
    programs = [
        start_child(CALLING, postgres_url, str(tmp_path / machine), "12") for machine in "abc" for _ in range(2)
    ]
    moments = sorted(moment for program in programs for moment in json.loads(program.communicate()[0]))

    assert [program.returncode for program in programs] == [0] * 6
    assert len(moments) == 72
    assert max(sum(start <= each < start + 0.2 for each in moments) for start in moments) <= 10
