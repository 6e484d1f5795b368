"""Fields that lead on: nothing is loaded past a guard that doesn't say yes."""

import pytest
from strawberry.permission import BasePermission

from schema.nested import Nested


class Unsure(BasePermission):
    """Says something that counts as true, as a coroutine would."""

    message = "not sure"

    def has_permission(self, source, info, **kwargs):
        return object()


async def test_nothing_but_true_lets_anybody_load():
    form = Nested(Unsure(), id, None, None, follows_types=False)
    with pytest.raises(Exception, match="not sure"):
        await form.load([1], None)
