"""The base of the pydantic models of replies, and how an answer is read as one."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer


class ReplyModel(BaseModel):
    """What is used of an answer; the rest of it is left out, and an error shows no value."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


_Model = TypeVar("_Model", bound=ReplyModel)


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
