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
    if not _has_long(variables):
        return []
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


def _has_long(variables: Mapping[str, Any]) -> bool:
    """The same without places, which takes two fifths of the time."""
    # Variables that the operation doesn't have are nobody's affair, so there may be any number.
    waiting: list[Any] = [each for each in variables.values() if isinstance(each, dict | list)]
    while waiting:
        value = waiting.pop()
        is_list = isinstance(value, list)
        if len(value) > (MOST_ITEMS if is_list else MOST_MEMBERS):
            return True
        within = cast("Any", value) if is_list else value.values()
        waiting += [each for each in within if isinstance(each, dict | list)]
    return False
