"""Which order an acceptance is about.

Protocol reference, sections 5.1 to 5.3: an object, or on some servers an array of one, with ``AppOrderID``.
"""


def accepted_id(result: object, field: str = "AppOrderID") -> str | None:
    """Return the broker's order id as text; None when the acceptance names none.

    A cover order is accepted with two, ``EntryAppOrderID`` and ``ExitAppOrderID``.
    """
    row = result[0] if isinstance(result, list) and result else result
    value = row.get(field) if isinstance(row, dict) else None
    written = str(value) if type(value) is int else value
    return written if isinstance(written, str) and is_order_id(written) else None


def is_order_id(text: str) -> bool:
    """Whether a text is a number that XTS could have given to an order."""
    return text.isascii() and text.isdigit() and int(text) > 0
