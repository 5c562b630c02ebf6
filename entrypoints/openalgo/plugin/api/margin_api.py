"""The margin of a basket, before it is placed."""

from collections.abc import Mapping, Sequence
from typing import Any

from jainam_prop.entrypoints.openalgo import margin_api
from jainam_prop.entrypoints.openalgo.replies import Reply


def calculate_margin_api(positions: Sequence[Mapping[str, object]], auth: str) -> tuple[Reply, dict[str, Any]]:
    """Return what the broker would block for a basket, where its server has a calculator."""
    return margin_api.calculate_margin_api(positions, auth)
