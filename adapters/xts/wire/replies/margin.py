"""The answer of the margin calculator, spelled as in the documentation of 2026 (protocol reference, section 5)."""

from decimal import Decimal

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer, amount


def read_margin(answer: object) -> Decimal:
    """Read the rupees that would be blocked.

    Raises:
        UnreadableAnswer: there is no sum, or the server says that it could not be computed, with its reason.
    """
    details = answer.get("brokerageDeatils", answer.get("brokerageDetails")) if isinstance(answer, dict) else None
    if not isinstance(details, dict):
        message = "the answer holds no margin"
        raise UnreadableAnswer(message)
    required = amount(details.get("MarginRequired"))
    if details.get("IsValid") is not True or required is None:
        said = details.get("ErrorMessage")
        message = said if isinstance(said, str) and said else "the answer holds no margin"
        raise UnreadableAnswer(message)
    return required
