"""What every object with an id has in common."""

from typing import Any

import strawberry


@strawberry.interface
class Node:
    typeid: strawberry.ID = strawberry.field(
        name="id", description="Unique everywhere; its prefix tells the type."
    )

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        """Rows are shown by the type that has the name of their noun."""
        return getattr(value, "NOUN", None) == cls.__name__


def goes_by_noun(check: Any, kind: type[Any]) -> bool:
    """Whether the check says yes to all objects of a Python class, since the class has the noun."""
    by_noun = getattr(check, "__func__", None) is vars(Node)["is_type_of"].__func__
    return by_noun and getattr(kind, "NOUN", None) == check.__self__.__name__
