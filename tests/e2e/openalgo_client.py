"""The `openalgo` client of PyPI, run by the host's own Python: takes calls as lines of JSON, answers in kind.

Started as ``python openalgo_client.py KEY HOST WS_URL``. A call is ``{"method": ..., "arguments": {...}}``; those
of the client's feed that take a callback are called with one that remembers, and ``heard`` returns what it remembers.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from openalgo import api

FEEDS = ("ltp", "quote", "depth")


def told(answer: Any) -> Any:  # noqa: ANN401 (whatever the client answers)
    """Write a table as rows, with its index as text; anything else stays as it is."""
    if not hasattr(answer, "to_dict"):
        return answer
    rows = answer.reset_index()
    for name in rows.select_dtypes(exclude="number").columns:
        rows[name] = rows[name].astype(str)
    return rows.to_dict("records")


def calls(client: api) -> dict[str, Callable[..., Any]]:
    """Return the calls that need more than the client's own method."""
    heard: list[Any] = []
    subscribing = {
        f"subscribe_{mode}": lambda instruments, mode=mode: getattr(client, f"subscribe_{mode}")(
            instruments, on_data_received=heard.append
        )
        for mode in FEEDS
    }

    def drained() -> list[Any]:
        seen = list(heard)
        del heard[: len(seen)]
        return seen

    return subscribing | {"heard": drained, "subscribe_orders": lambda: client.subscribe_orders(heard.append)}


def main(key: str, host: str, socket: str) -> None:
    """Answer calls until standard input ends; the client prints as it likes, so answers have a pipe of their own."""
    answers = sys.stdout
    sys.stdout = sys.stderr
    client = api(api_key=key, host=host, ws_url=socket, verbose=0)
    special = calls(client)
    for line in sys.stdin:
        call = json.loads(line)
        method = special.get(call["method"]) or getattr(client, call["method"])
        try:
            answer = {"answer": told(method(**call["arguments"]))}
        except Exception as error:
            answer = {"raised": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
