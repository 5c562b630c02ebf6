"""Dry runs: a command passes every check, is answered as if the broker had agreed, and is never sent.

`Dispatch`, through which every command passes, applies the rule; this module names what it answers.
"""

from typing import Final

_PREFIX: Final = "DRYRUN-"


def dry_run_id(subject: str) -> str:
    """Return the order id that a dry run answers with, made from an identifier or from the id of an order."""
    return f"{_PREFIX}{subject}"


def is_dry_run_id(order_id: str) -> bool:
    """Return whether an order id was made up by a dry run, so that no order exists under it."""
    return order_id.startswith(_PREFIX)
