"""Broken master rows, each in its own way; a reader must leave them out and keep everything else."""

from itertools import cycle, islice
from typing import Final

_CASH: Final = (
    "{0}|70000001|8|SHORTROW|SHORTROW-EQ",
    "{0}||8|NOTOKEN|NOTOKEN-EQ|EQ|NOTOKEN-EQ|1|1|1|1|0.05|1|1|NOTOKEN|X|1|1|NOTOKEN|0|-1|-1",
    "{0}|70000003|8|BADTICK|BADTICK-EQ|EQ|BADTICK-EQ|1|1|1|1|abc|1|1|BADTICK|X|1|1|BADTICK|0|-1|-1",
    "{0}|70000004|8|NOLOT|NOLOT-EQ|EQ|NOLOT-EQ|1|1|1|1|0.05|0|1|NOLOT|X|1|1|NOLOT|0|-1|-1",
    "{0}|70000005|99|ODDKIND|ODDKIND|XX|ODDKIND|1|1|1|1|0.05|1|1|ODDKIND|X|1|1|ODDKIND|0|-1|-1",
    "ELSEWHERE|70000006|8|OTHER|OTHER-EQ|EQ|OTHER-EQ|1|1|1|1|0.05|1|1|OTHER|X|1|1|OTHER|0|-1|-1",
    "",
)
_OPTION: Final = "|9|1|{}|{}|{}|1|-1|BROKEN|{}|{}|{}|BROKEN|1|1|BROKEN"
_LONG: Final = tuple(
    "{0}|" + head + _OPTION.format(*cells)
    for head, cells in (
        ("|2|NOTOKEN|NOTOKEN|XX|NOTOKEN|1", ("11", "0.05", "1", "2030-01-01T00:00:00", "10", "3")),
        ("70000003|2|BADTICK|BADTICK|XX|BADTICK|1", ("11", "abc", "1", "2030-01-01T00:00:00", "10", "3")),
        ("70000004|2|NOLOT|NOLOT|XX|NOLOT|1", ("11", "0.05", "0", "2030-01-01T00:00:00", "10", "3")),
        ("70000005|2|NOEXPIRY|NOEXPIRY|XX|NOEXPIRY|1", ("11", "0.05", "1", "soon", "10", "3")),
        ("70000006|2|NOSTRIKE|NOSTRIKE|XX|NOSTRIKE|1", ("11", "0.05", "1", "2030-01-01T00:00:00", "", "3")),
        ("70000007|2|NORIGHT|NORIGHT|XX|NORIGHT|1", ("11", "0.05", "1", "2030-01-01T00:00:00", "10", "9")),
    )
)
_DERIVATIVE: Final = ("{0}|70000001|2|SHORTROW|SHORTROW", *_LONG)


def malformed_rows(segment: str, count: int) -> list[str]:
    """Return so many broken rows of a segment, one kind after the other."""
    templates = _CASH if segment.endswith("CM") else _DERIVATIVE
    return [template.format(segment) for template in islice(cycle(templates), count)]
