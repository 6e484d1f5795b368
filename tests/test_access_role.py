"""Roles and their scopes."""

import pytest

from access.role import Role, at_least, available_to_developers, scopes_of
from db.scope import Scope

WITHHELD = {Scope.API_KEYS_CREATE, Scope.API_KEYS_UPDATE, Scope.API_KEYS_DELETE}


def test_values_are_the_names_of_the_contract():
    assert [role.value for role in Role] == ["OWNER", "ADMIN", "DEVELOPER"]


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_owners_and_admins_hold_every_scope(role):
    assert scopes_of(role) == set(Scope)
    assert len(scopes_of(role)) == 20


def test_developers_hold_every_scope_but_those_that_change_keys():
    assert set(Scope) - scopes_of(Role.DEVELOPER) == WITHHELD


def test_what_is_available_to_developers_is_what_they_hold():
    assert {scope for scope in Scope if available_to_developers(scope)} == scopes_of(Role.DEVELOPER)


def test_roles_are_ranked():
    ranked = {(role, needed) for role in Role for needed in Role if at_least(role, needed)}
    assert ranked == {
        (Role.OWNER, Role.OWNER),
        (Role.OWNER, Role.ADMIN),
        (Role.OWNER, Role.DEVELOPER),
        (Role.ADMIN, Role.ADMIN),
        (Role.ADMIN, Role.DEVELOPER),
        (Role.DEVELOPER, Role.DEVELOPER),
    }
