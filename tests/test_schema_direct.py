"""A guard and a resolver without Strawberry around them: which fields, and what the guard says."""

from types import SimpleNamespace

import pytest
import strawberry
from strawberry.exceptions import StrawberryGraphQLError
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission, PermissionExtension

from db.scope import Scope
from resolvers.product import ProductMutations, ProductQueries
from schema.context import Info
from schema.direct import Direct, KnowingInfo, direct_form, reads_of
from schema.guards import guarded, public
from schema.once import Once


class Closed(BasePermission):
    message = "closed"

    def __init__(self, verdict=False):  # noqa: FBT002  # as guards answer
        self.verdict = verdict

    def has_permission(self, source, info, **kwargs):
        return self.verdict


class Slow(BasePermission):
    async def has_permission(self, source, info, **kwargs):
        """Whether it lets anybody in is known only later."""


class Other(FieldExtension):
    """Something around a resolver that isn't a guard."""


def fields_of(kind):
    return {field.python_name: field for field in kind.__strawberry_definition__.fields}


async def usual(self, info: Info) -> str:  # noqa: ARG001  # as resolvers are
    return "shown"


async def without_info(self) -> str:
    """Doesn't ask who asks."""


async def with_root(self, root: strawberry.Parent[str], info: Info) -> str:
    """Takes the object a second time."""


def not_async(self, info: Info) -> str:
    """Gives its answer at once."""


def test_root_fields_of_queries_are_called_directly():
    direct = direct_form(fields_of(ProductQueries)["products"])

    assert direct is not None
    assert direct.guard.scope is Scope.PRODUCTS_READ
    assert direct.resolver.__name__ == "products"


def test_changes_are_with_what_does_them_once_between_guard_and_resolver():
    own = fields_of(ProductMutations)["create_product"]
    direct = direct_form(own)

    assert direct is not None
    assert direct.guard.scope is Scope.PRODUCTS_CREATE
    assert direct.once is own.extensions[0]
    assert direct.resolver.__name__ == "create_product"


async def test_what_is_done_once_is_asked_after_the_guard():
    said = []

    class Told(Once):
        async def resolve_async(self, next_, source, info, **kwargs):
            said.append((info, kwargs))
            return await next_(source, info, **kwargs)

    async def resolver(source, *, info, name):
        return source, info, name

    direct = Direct(Closed(verdict=True), resolver, Told())
    refused = Direct(Closed(), resolver, Told())

    assert await direct.begun("source", "info", {"name": "Tea"}) == ("source", "info", "Tea")
    with pytest.raises(StrawberryGraphQLError, match="closed"):
        await refused.begun("source", "info", {"name": "Tea"})
    assert said == [("info", {"name": "Tea"})]


@pytest.mark.parametrize("resolver", [without_info, with_root, not_async])
def test_other_resolvers_are_not(resolver):
    assert direct_form(guarded(str, Scope.PRODUCTS_READ)(resolver)) is None


def test_other_fields_are_not():
    several = PermissionExtension([Closed(), Closed()], use_directives=False)
    none = PermissionExtension([], use_directives=False)
    slow = PermissionExtension([Slow()], use_directives=False)
    guard = public(str)(usual).extensions
    for own in (
        strawberry.field(usual, extensions=[none]),
        strawberry.field(usual, extensions=[slow]),
        strawberry.field(usual, extensions=[Other()]),
        strawberry.field(usual, extensions=[several]),
        strawberry.field(usual, extensions=[Once()]),
        strawberry.field(usual, extensions=[Other(), *guard]),
        strawberry.field(usual, extensions=[*guard, Once()]),
        strawberry.field(usual),
        strawberry.field(name="plain"),
    ):
        assert direct_form(own) is None


@pytest.mark.parametrize("verdict", [False, None, 1, "yes"])
async def test_nothing_but_true_lets_anybody_in(verdict):
    # There is no resolver that could be called.
    with pytest.raises(StrawberryGraphQLError, match="closed"):
        await Direct(Closed(verdict), None).begun(None, SimpleNamespace(), {})


async def test_who_may_ask_is_answered():
    direct = direct_form(public(str)(usual))
    caller = SimpleNamespace(must_be_at_an_allowed_address=lambda: None)
    info = SimpleNamespace(context=SimpleNamespace(caller=caller))

    assert direct is not None
    assert await direct.begun(None, info, {}) == "shown"


def test_only_who_was_told_knows_what_is_read():
    raw = SimpleNamespace(field_name="products")
    known = KnowingInfo("context", None, frozenset({"name"}), lambda: raw)

    assert (reads_of(known), known.context, known.field_name) == ({"name"}, "context", "products")
    assert reads_of(strawberry.Info(_raw_info=None, _field=None)) is None
