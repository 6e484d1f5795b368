"""Lists in variables: refused for their length before anything is made of their items."""

from collections.abc import Mapping
from typing import Any, Final, cast

from db.errors import Fault

# More than any input takes; making an input of each item costs some 40 us, in every field.
MOST_ITEMS: Final = 1_000


def too_long(variables: Mapping[str, Any]) -> list[Fault]:
    """Every list that has too many items.

    JSON is at most 1,024 levels deep here, and is walked without recursion.
    """
    faults: list[Fault] = []
    waiting: list[tuple[str, Any]] = list(variables.items())
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            members = cast("dict[str, Any]", value)
            waiting += [(f"{path}.{name}", inner) for name, inner in members.items()]
        elif isinstance(value, list):
            items = cast("list[Any]", value)
            if len(items) > MOST_ITEMS:
                message = f"has {len(items)} items, no list may have more than {MOST_ITEMS}"
                faults.append(Fault(path, message))
            else:
                waiting += [(f"{path}.{place}", item) for place, item in enumerate(items)]
    return faults
