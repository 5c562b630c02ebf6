"""Take a position to the size that a signal asks for; the difference to what is held is traded."""

import jainam_prop


def signal() -> int:
    """Return the position that is wanted, in signed units; yours would come from a model."""
    return 10


with jainam_prop.connect() as broker:
    try:
        print(broker.smart("NSE:SBIN", signal()))
    except jainam_prop.OutcomeUnknownError as error:
        print("an order may be live, do not send it again:", error)
