"""One process of a desk: four threads that log in and trade at once, when they are told to.

Reads the settings from the environment and the word from standard input; writes one line a thread, in JSON.
"""

import json
import sys
import threading

from jainam_prop.entrypoints.openalgo.auth_api import BROKER, authenticate_broker
from jainam_prop.entrypoints.openalgo.order_api import place_order_api
from jainam_prop.entrypoints.openalgo.runtime import trading_app

THREADS = 4
ORDER = {
    "symbol": "SBIN",
    "exchange": "NSE",
    "action": "BUY",
    "quantity": 1,
    "pricetype": "MARKET",
    "product": "MIS",
}


def main() -> None:
    """Get ready, wait for the word, and let all threads go."""
    trading_app()
    starting = threading.Barrier(THREADS)
    threads = [threading.Thread(target=work, args=(starting,)) for _ in range(THREADS)]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def work(starting: threading.Barrier) -> None:
    """Log in as OpenAlgo does, and place one order."""
    starting.wait(30)
    auth, _feed, user, error = authenticate_broker(BROKER)  # type: ignore[misc]
    reply, body, order_id = place_order_api(ORDER, auth or "")
    line = json.dumps({"user": user, "error": error, "http": reply.status, "id": order_id} | body)
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
