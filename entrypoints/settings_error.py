"""What is wrong with the settings: names of theirs, never a value. Apart from the settings, which need pydantic."""

from collections.abc import Mapping


class SettingsError(ValueError):
    """Settings are missing or cannot be understood; ``names`` are theirs, and the text never holds a value."""

    def __init__(self, missing: tuple[str, ...], wrong: Mapping[str, str]) -> None:
        self.names = (*missing, *wrong)
        parts = [f"Missing settings: {', '.join(missing)}"] if missing else []
        super().__init__("; ".join([*parts, *(f"{name}: {problem}" for name, problem in wrong.items())]))
