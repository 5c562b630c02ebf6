"""Why a row of the instruments master gives no instrument."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a row gives no instrument."""

    SPREAD = "spread"
    TEST_INSTRUMENT = "test instrument"
    REPEATED = "repeated row"
    FOREIGN = "malformed: row of another segment"
    SHORT = "malformed: too few cells"
    KIND = "malformed: instrument type"
    NAME = "malformed: name"
    NUMBER = "malformed: token"
    FREEZE_QUANTITY = "malformed: freeze quantity"
    TICK_SIZE = "malformed: tick size"
    LOT_SIZE = "malformed: lot size"
    MULTIPLIER = "malformed: multiplier"
    EXPIRY = "malformed: expiry"
    STRIKE = "malformed: strike"
    OPTION_TYPE = "malformed: option type"

    @property
    def is_malformed(self) -> bool:
        """Whether such a row should not be in a master at all."""
        return self.startswith("malformed")


class RowDropped(Exception):  # noqa: N818 (a spread or a test instrument is no error)
    """A row that gives no instrument."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason
