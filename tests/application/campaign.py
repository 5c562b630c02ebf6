"""How many runs a random campaign makes: a few as a rule, 1,000 with ``JAINAM_SOAK=1``."""

import os
from typing import Final

SOAK: Final = bool(os.environ.get("JAINAM_SOAK"))  # noqa: TID251 (a switch of the tests)


def runs(few: int) -> range:
    """Return the seeds of a campaign; each is an id of its test, so that one run can be made again."""
    return range(1_000 if SOAK else few)
