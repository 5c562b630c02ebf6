"""How many runs random campaigns make: a few as a rule, ``JAINAM_CAMPAIGN=1000`` of each for a campaign."""

import os


def runs(few: int) -> range:
    """Return the seeds of a campaign; each is an id of its test, so that one run can be made again."""
    return range(int(os.environ.get("JAINAM_CAMPAIGN", few)))  # noqa: TID251 (a switch of the tests)
