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
