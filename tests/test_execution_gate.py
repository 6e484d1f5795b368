"""Who lacks a scope is refused before anything runs: in words made once, by an error of their own.

The decision is made for each request.
"""

import pytest
from graphql import parse

from access.errors import MissingScope
from db.scope import Scope
from execution.gate import MOST_REFUSALS, must_hold_scopes
from tests.guarded import planned
from tests.test_access_caller import caller, known

TWO = "{ products { id } invoices { id } }"
SWITCHED = "query Run($x: Boolean!) { products @include(if: $x) { id } invoices { id } }"
READS = frozenset({Scope.PRODUCTS_READ, Scope.INVOICES_READ})
PRODUCTS = "Query.products needs the scope products.read."
INVOICES = "Query.invoices needs the scope invoices.read."


def refused(plan, held, variables=None):
    with pytest.raises(MissingScope) as caught:
        must_hold_scopes(plan, caller(known(held)), variables or {})
    return caught.value


def test_each_is_told_what_they_lack():
    plan = planned(parse(TWO))
    lacking = {Scope.PRODUCTS_READ: INVOICES, Scope.INVOICES_READ: PRODUCTS}

    for _ in range(2):
        for held, message in lacking.items():
            error = refused(plan, {held})
            assert str(error) == message
            missing = list(READS - {held})
            assert error.details == {"required": sorted(READS, key=list(Scope).index)} | {
                "missing": missing
            }


def test_who_has_been_refused_passes_once_they_hold_it():
    plan = planned(parse(TWO))
    refused(plan, {Scope.PRODUCTS_READ})

    must_hold_scopes(plan, caller(known(READS)), {})
    refused(plan, {Scope.PRODUCTS_READ})


def test_no_error_is_raised_twice():
    plan = planned(parse(TWO))
    errors = [refused(plan, {}) for _ in range(3)]

    assert len(set(map(id, errors))) == 3
    assert len({str(error) for error in errors}) == 1
    # What is kept has no trace, which would hold on to a request.
    assert [kept.__traceback__ for kept in plan.refusals.values()] == [None]
    errors[0].details["missing"].clear()
    assert errors[1].details["missing"] == errors[2].details["missing"] != []


def test_nothing_is_kept_where_variables_decide():
    plan = planned(parse(SWITCHED))

    assert str(refused(plan, {Scope.INVOICES_READ}, {"x": True})) == PRODUCTS
    must_hold_scopes(plan, caller(known({Scope.INVOICES_READ})), {"x": False})
    assert str(refused(plan, {Scope.PRODUCTS_READ}, {"x": False})) == INVOICES
    assert plan.refusals == {}


def test_few_are_kept(monkeypatch):
    monkeypatch.setattr("execution.gate.MOST_REFUSALS", 1)
    plan = planned(parse(TWO))

    for _ in range(2):
        assert str(refused(plan, {Scope.PRODUCTS_READ})) == INVOICES
        assert str(refused(plan, {Scope.INVOICES_READ})) == PRODUCTS
    assert len(plan.refusals) == 1 < MOST_REFUSALS
