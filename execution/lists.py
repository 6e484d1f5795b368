"""Lists and objects in variables: refused for their length before anything is made of them."""

from collections.abc import Mapping
from typing import Any, Final, cast

from db.errors import Fault

# More than any input takes; making an input of each item costs some 40 us, in every field.
MOST_ITEMS: Final = 1_000
# The same of an object: of each member that an input hasn't, graphql-core tells the whole object,
# so that 40,000 of them held a process for minutes.
MOST_MEMBERS: Final = 1_000


def too_long(variables: Mapping[str, Any]) -> list[Fault]:
    """Every list that has too many items, and every object that has too many members.

    JSON is at most 1,024 levels deep here, and is walked without recursion.
    """
    faults: list[Fault] = []
    waiting: list[tuple[str, Any]] = list(variables.items())
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            members = cast("dict[str, Any]", value)
            if len(members) > MOST_MEMBERS:
                message = f"has {len(members)} members, no object may have more than {MOST_MEMBERS}"
                faults.append(Fault(path, message))
                continue
            waiting += [(f"{path}.{name}", inner) for name, inner in members.items()]
        elif isinstance(value, list):
            items = cast("list[Any]", value)
            if len(items) > MOST_ITEMS:
                message = f"has {len(items)} items, no list may have more than {MOST_ITEMS}"
                faults.append(Fault(path, message))
            else:
                waiting += [(f"{path}.{place}", item) for place, item in enumerate(items)]
    return faults
