"""One process of a crowd: many threads fire the same smart order at once, when they are told to.

Reads the settings from the environment, the number of threads and the target from the command line, and the word from
standard input; writes one line a thread, in JSON.
"""

import json
import sys
import threading

from jainam_prop.entrypoints.openalgo.auth_api import authenticate_broker
from jainam_prop.entrypoints.openalgo.order_api import place_smartorder_api

SIGNAL = {
    "symbol": "SBIN",
    "exchange": "NSE",
    "action": "BUY",
    "quantity": 0,
    "pricetype": "MARKET",
    "product": "MIS",
}


def main(threads: int, target: int) -> None:
    """Log in, wait for the word, and let all threads go."""
    auth = authenticate_broker(None)[0] or ""
    starting = threading.Barrier(threads)
    crowd = [threading.Thread(target=fire, args=(starting, auth, target)) for _ in range(threads)]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()


def fire(starting: threading.Barrier, auth: str, target: int) -> None:
    """Send the signal once."""
    starting.wait(30)
    reply, body, order_id = place_smartorder_api(SIGNAL | {"position_size": target}, auth)
    line = {"http": None if reply is None else reply.status, "id": order_id, "message": body["message"]}
    sys.stdout.write(f"{json.dumps(line)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
