"""Checking an answer against its pydantic model."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer

_Model = TypeVar("_Model", bound=BaseModel)


def understood(model: type[_Model], answer: object) -> _Model:
    """Read an answer as a model.

    Raises:
        UnreadableAnswer: it does not fit; the message names the fields and shows no value, since tokens are among them.
    """
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, problem["loc"])) or "the whole" for problem in error.errors()}))
    message = f"the answer is not understood: {fields}"
    raise UnreadableAnswer(message)
