"""Every field with a resolver carries a guard that says who may call it."""

import pytest
import strawberry
from graphql import parse
from strawberry.permission import BasePermission, PermissionExtension

from db.scope import Scope
from resolvers.root import api
from schema.guards import BY_ID, PUBLIC, SCOPE, guarded, marks_of, public
from schema.walk import Unguarded, must_be_guarded, resolved_fields
from tests.field_inputs import SCHEMA

# Every known caller may ask these; node asks for a scope by the id's prefix.
PUBLIC_FIELDS = {"Query.viewer", "Query.organization", "Query.scopes", "Query.node"}
# The parent's guard covers these.
COVERED_FIELDS = {
    "Invoice.lines",
    "Notification.subject",
    "WebhookDelivery.attempts",
    "WebhookDelivery.payload",
}


class EverybodyIn(BasePermission):
    def has_permission(self, source, info, **kwargs): ...


async def answer() -> int: ...


ANOTHER_CHECK = PermissionExtension([EverybodyIn()])
PLAIN = {
    "no marks": strawberry.field(answer),
    "a mark and no check": strawberry.field(answer, metadata={SCOPE: Scope.PRODUCTS_READ}),
    "a check that is another's": strawberry.field(
        answer, metadata={SCOPE: Scope.PRODUCTS_READ}, extensions=[ANOTHER_CHECK]
    ),
}


def made(name, kind=strawberry.type, **fields):
    return kind(type(name, (), fields))


def test_every_field_with_a_resolver_says_who_may_call_it():
    fields = dict(resolved_fields(api))
    scopes = {name: marks_of(field).get(SCOPE) for name, field in fields.items()}

    assert {name for name, field in fields.items() if marks_of(field).get(PUBLIC)} == PUBLIC_FIELDS
    assert {name for name, scope in scopes.items() if not scope} == PUBLIC_FIELDS | COVERED_FIELDS
    assert {name for name, field in fields.items() if marks_of(field).get(BY_ID)} == {"Query.node"}
    must_be_guarded(api)


def test_every_field_of_the_roots_has_a_resolver():
    found = {name for name, _ in resolved_fields(api)}
    for root in (SCHEMA.query_type, SCHEMA.mutation_type):
        assert {f"{root.name}.{name}" for name in root.fields} <= found


def test_every_scope_is_printed_and_described():
    printed = printed_scopes(api.as_str())
    guarded_by = {
        coordinate: (scope.name, field.description)
        for coordinate, field in resolved_fields(api)
        if (scope := marks_of(field).get(SCOPE))
    }

    assert printed == {coordinate: name for coordinate, (name, _) in guarded_by.items()}
    for name, description in guarded_by.values():
        assert description is not None
        assert description.endswith(f"Needs {Scope[name]}.")


def printed_scopes(sdl):
    """The scope that @requires names on each field of the printed schema."""
    return {
        f"{definition.name.value}.{field.name.value}": directive.arguments[0].value.value
        for definition in parse(sdl).definitions
        for field in getattr(definition, "fields", None) or ()
        for directive in field.directives or ()
        if directive.name.value == "requires"
    }


@pytest.mark.parametrize("field", PLAIN.values(), ids=PLAIN)
def test_a_field_without_its_guard_cannot_be_built(field):
    schema = strawberry.Schema(made("Query", bare=field))

    with pytest.raises(Unguarded, match=r"guarded, public or nested: Query\.bare\."):
        must_be_guarded(schema)


def test_a_field_of_a_root_needs_a_scope_or_is_public():
    covered = guarded(int, None)(answer)
    inner = made("Inner", covered=covered)
    fields = {"inner": public(inner)(answer), "covered": covered}

    with pytest.raises(Unguarded, match=r"nested: Query\.covered\."):
        must_be_guarded(strawberry.Schema(made("Query", **fields)))


def test_fields_of_interfaces_are_seen():
    bare = made("Bare", strawberry.interface, bare=strawberry.field(answer))
    query = made("Query", shown=public(bare)(answer))

    with pytest.raises(Unguarded, match=r"nested: Bare\.bare\."):
        must_be_guarded(strawberry.Schema(query))
