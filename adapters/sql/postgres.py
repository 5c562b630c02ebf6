"""PostgreSQL through psycopg, with a limit on every wait: a server that says nothing must not stop an exit.

The limits of PostgreSQL itself are kept by the server, which a frozen one does not do; libpq waits for ever. Here the
client keeps them. A server that let one call wait in vain is left alone by all calls of the process until a probe in
the background has had an answer, so that an exit waits for it once and not at every step.
"""

import os
import select
import threading
import time
from collections.abc import Generator
from functools import lru_cache
from typing import Any, Final, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError

_Value = TypeVar("_Value")

PATIENCE_SECONDS: Final = 2.0
"""How long one statement may take; who does more work at once says so, by the execution option ``patience``."""

_PROBE_SECONDS: Final = 0.5


class SilentServerError(psycopg.OperationalError):
    """The server does not answer.

    Attributes:
        reason: that, without address or account.
    """

    reason = "the database does not answer"


class PostgresServer:
    """One server as this process knows it: whether it answers; safe to use from many threads."""

    def __init__(self) -> None:
        """Trust a server until a call waits in vain."""
        self._target: tuple[tuple[Any, ...], dict[str, Any]] = ((), {})
        self._lock = threading.Lock()
        self._probed_by = 0

    @property
    def is_silent(self) -> bool:
        """Whether a call waited in vain, and no probe was answered since; a forked child finds out by itself."""
        return self._probed_by == os.getpid()

    def connect(self, *words: Any, **options: Any) -> "BoundedConnection":  # noqa: ANN401 (the driver's own options)
        """Open a connection; `SilentServerError` at once while the server is known to be silent."""
        if self.is_silent:
            raise SilentServerError
        self._target = words, options
        try:
            made = BoundedConnection.connect(*words, **options)
        except psycopg.errors.ConnectionTimeout:
            self.was_silent()
            raise SilentServerError from None
        made.server = self
        return made

    def was_silent(self) -> None:
        """Note that a call waited in vain, and begin to probe."""
        with self._lock:
            starts, self._probed_by = not self.is_silent, os.getpid()
        if starts:
            threading.Thread(target=self._probe, name="jainam-database-probe", daemon=True).start()

    def _probe(self) -> None:
        """Try until the server answers, or refuses at once, which is an answer too."""
        words, options = self._target
        while True:
            time.sleep(_PROBE_SECONDS)
            try:
                with psycopg.connect(*words, **options):
                    break
            except psycopg.errors.ConnectionTimeout:
                continue
            except psycopg.Error:
                break
        with self._lock:
            self._probed_by = 0


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed when the server does not answer in time.

    Attributes:
        patience: seconds that each of the next statements may take.
        silence: seconds of it without a byte from the server.
        server: who knows whether the server answers.
    """

    patience: float = PATIENCE_SECONDS
    silence: float = PATIENCE_SECONDS
    server: PostgresServer | None = None

    def __del__(self, *_nothing: object) -> None:
        """Leave it to the driver to close what a pool forgets, as after a set-up that failed; a fork's stays open."""

    @property
    def has_ended(self) -> bool:
        """Whether the connection has ended, as seen without a round trip: a server says nothing unasked but that."""
        return self.closed or _has_word(self.fileno())

    def wait(self, gen: Generator[Any, Any, _Value], *args: Any, **more: Any) -> _Value:  # noqa: ANN401
        """Wait for the server; `SilentServerError` when it is silent, or slow, for longer than the patience."""
        if self.server is not None and self.server.is_silent:
            self.pgconn.finish()
            raise SilentServerError
        return super().wait(self._bounded(gen), *args, **more)

    def _bounded(self, gen: Generator[Any, Any, _Value]) -> Generator[Any, Any, _Value]:
        began = heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                wanted = gen.send(ready)
                now = time.monotonic()
                heard = now if ready else heard
                if now - heard >= self.silence or now - began >= self.patience:
                    gen.close()
                    self._give_up()
        except StopIteration as ended:
            value: _Value = ended.value
            return value

    def _give_up(self) -> None:
        self.pgconn.finish()
        if self.server is not None:
            self.server.was_silent()
        raise SilentServerError


def _has_word(number: int) -> bool:
    """Whether something can be read; where there is `poll`, also from a descriptor above 1,023."""
    if not hasattr(select, "poll"):  # as on Windows, and with eventlet, whose own `select` takes any
        return bool(select.select([number], [], [], 0)[0])
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))


@lru_cache(maxsize=16)
def _server(_url: str) -> PostgresServer:
    return PostgresServer()


def open_postgres(url: URL, **options: Any) -> Engine:  # noqa: ANN401 (options of SQLAlchemy's create_engine)
    """Open an engine of which no call waits longer than its patience; all engines of a URL share what is known."""
    engine = create_engine(url.set(drivername="postgresql+psycopg"), **options)
    server = _server(url.set(drivername="postgresql").render_as_string(hide_password=False))

    def connect(_dialect: object, _record: object, words: tuple[Any, ...], parameters: dict[str, Any]) -> object:
        # A cluster that was made in the C locale names no encoding, and psycopg leaves its text as bytes.
        ours = {"connect_timeout": int(PATIENCE_SECONDS), "client_encoding": "utf8"}
        return server.connect(*words, **ours | parameters)

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "begin", _be_patient)
    event.listen(engine, "checkout", _refuse_ended)
    return engine


def _refuse_ended(driver: object, _record: object, _proxy: object) -> None:
    if isinstance(driver, BoundedConnection) and driver.has_ended:
        raise DisconnectionError  # the pool opens another one


def _be_patient(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    if isinstance(driver, BoundedConnection):
        options = connection.get_execution_options()
        driver.patience = options.get("patience", PATIENCE_SECONDS)
        driver.silence = PATIENCE_SECONDS if options.get("in_bulk") else driver.patience
