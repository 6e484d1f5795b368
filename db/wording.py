"""What pydantic finds wrong with a value, said in our words: its own speak of Python."""

import re
from typing import Final

NUMBER: Final = re.compile(r"-?\d+")
# By the kind of fault; what stands in braces is a number of pydantic's sentence, in its order.
WORDED: Final = {
    "string_too_short": "must have at least {0} characters",
    "string_too_long": "must have at most {0} characters",
    "string_unicode": "must be text, without halves of characters",
    "greater_than_equal": "must be at least {0}",
    "less_than_equal": "must be at most {0}",
    "too_short": "must have at least {0} items",
    "too_long": "must have at most {0} items",
}
OF_ONE: Final = {
    "string_too_short": "must not be empty",
    "too_short": "must have at least one item",
}
OURS: Final = "Value error, "


def worded(kind: str, message: str) -> str:
    """Our sentence for a fault of this kind; those of our own checks stay as they are."""
    # What has another type than the schema's was refused before: this can only be null.
    if kind.endswith("_type"):
        return "must not be null"
    numbers = NUMBER.findall(message)
    if numbers[:1] == ["1"] and kind in OF_ONE:
        return OF_ONE[kind]
    own = WORDED.get(kind)
    return own.format(*numbers) if own else message.removeprefix(OURS)
