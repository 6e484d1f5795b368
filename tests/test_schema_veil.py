"""What is seen of an object whose type the caller may not read."""

import pytest

from access.errors import MissingScope
from db.notification import Notification
from db.organization import Organization
from db.product import Product
from db.scope import Scope
from schema.veil import Veiled, seen_by
from tests.test_access_caller import caller, known

READER = caller(known({Scope.PRODUCTS_READ}))
STRANGER = caller(known({Scope.INVOICES_READ}))
ROWS = {
    kind: type("Row", (), {"NOUN": kind.NOUN, "typeid": "id", "name": "Tea"})()
    for kind in (
        Product,
        Organization,
        Notification,
    )
}


def test_who_may_read_the_type_sees_the_object():
    assert seen_by(READER, ROWS[Product]) is ROWS[Product]
    assert seen_by(STRANGER, ROWS[Organization]) is ROWS[Organization]
    assert seen_by(STRANGER, None) is None


def test_others_see_its_type_and_its_id_alone():
    veiled = seen_by(STRANGER, ROWS[Product])

    assert (type(veiled), veiled.NOUN, veiled.typeid) == (Veiled, "Product", "id")
    with pytest.raises(MissingScope) as caught:
        _ = veiled.name
    assert str(caught.value) == "Product.name needs the scope products.read."
    assert caught.value.missing == (Scope.PRODUCTS_READ,)


def test_a_veil_is_nothing_that_libraries_take_it_for():
    assert not hasattr(seen_by(STRANGER, ROWS[Notification]), "__await__")
