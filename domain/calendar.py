"""India's market time."""

from datetime import timedelta, timezone
from typing import Final

IST: Final = timezone(timedelta(hours=5, minutes=30), "IST")
"""India has one zone and no summer time, so a fixed offset is exact."""
