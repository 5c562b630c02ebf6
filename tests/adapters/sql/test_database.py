"""Opening the database that all processes share."""

import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from returns.pipeline import is_successful
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import DatabaseError

from jainam_prop.adapters.sql.database import open_database
from jainam_prop.adapters.sql.order_journal import SqlOrderJournal
from tests.contracts.order_journal import FIRST
from tests.fakes.clock import FakeClock

AT_ONCE = 8


def test_all_who_open_a_new_database_at_the_same_moment_get_in(tmp_path: Path) -> None:
    for number in range(20):
        url = f"sqlite:///{tmp_path / f'{number}.db'}"
        starting = threading.Barrier(AT_ONCE)
        modes: list[object] = []

        def work(url: str = url, starting: threading.Barrier = starting, modes: list[object] = modes) -> None:
            engine = open_database(url)
            starting.wait(10)
            with engine.connect() as sql:
                modes.append(sql.exec_driver_sql("PRAGMA journal_mode").scalar())
            engine.dispose()

        threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert modes == ["wal"] * AT_ONCE


def test_a_connection_that_a_thread_gives_back_after_the_end_is_closed(tmp_path: Path) -> None:
    """Background reads outlive their container; Python 3.13 warns of each database file that stays open."""
    engine = open_database(f"sqlite:///{tmp_path / 'desk.db'}")
    late = engine.connect()
    driver = late.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)

    engine.dispose()
    late.close()

    with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
        driver.execute("SELECT 1")


def test_what_is_no_database_is_refused_and_not_held_open(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    path.write_bytes(b"this is no database" * 100)
    engine = open_database(f"sqlite:///{path}")

    with pytest.raises(DatabaseError, match="not a database"):
        engine.connect()
    engine.dispose()


def test_a_postgresql_that_was_made_without_an_encoding_keeps_text_as_it_is(postgres_url: str) -> None:
    server = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as sql:
        sql.exec_driver_sql("CREATE DATABASE ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    engine = open_database(make_url(postgres_url).set(database="ascii").render_as_string(hide_password=False))

    with engine.begin() as sql:
        sql.exec_driver_sql("CREATE TABLE said (words TEXT)")
        sql.execute(text("INSERT INTO said VALUES (:words)"), {"words": "Kurs über 5 ₹"})
        assert sql.exec_driver_sql("SELECT words FROM said").scalar() == "Kurs über 5 ₹"

    engine.dispose()
    with server.connect() as sql:
        sql.exec_driver_sql("DROP DATABASE ascii")
    server.dispose()


@pytest.fixture
def immutable(tmp_path: Path) -> Iterator[Engine]:
    """A database whose file cannot be written, nor its times be changed; skip where no file can be made so."""
    path = tmp_path / "desk.db"
    first = open_database(f"sqlite:///{path}")
    with first.begin() as sql:
        sql.exec_driver_sql("CREATE TABLE held (units INTEGER)")
    first.dispose()
    if subprocess.run(["chattr", "+i", path], check=False, capture_output=True).returncode:
        pytest.skip("no file can be made immutable here")
    try:
        engine = open_database(f"sqlite:///{path}")
        yield engine
        engine.dispose()
    finally:
        subprocess.run(["chattr", "-i", path], check=True)


def is_written(engine: Engine) -> bool:
    try:
        with engine.begin() as sql:
            sql.exec_driver_sql("INSERT INTO held VALUES (1)")
    except DatabaseError:
        return False
    return True


def test_a_file_that_can_be_written_again_is_by_those_who_opened_it_before(immutable: Engine, tmp_path: Path) -> None:
    """SQLite opens a file that cannot be written for reading, for the whole life of the connection."""
    journal = SqlOrderJournal(immutable, FakeClock(), "B-PRO")
    before = (is_written(immutable), is_successful(journal.begin((FIRST,))))
    subprocess.run(["chattr", "-i", tmp_path / "desk.db"], check=True)

    assert (before, is_written(immutable), is_successful(journal.begin((FIRST,)))) == ((False, False), True, True)


def test_a_process_that_starts_on_a_read_only_store_reads_it(immutable: Engine) -> None:
    with immutable.connect() as sql:
        assert sql.exec_driver_sql("SELECT count(*) FROM held").scalar() == 0
