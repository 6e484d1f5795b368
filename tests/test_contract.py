"""What holds for all of the house: how the API is shaped, and that every finder has an owner."""

import importlib
import inspect
import pkgutil

from graphql import GraphQLNonNull, GraphQLObjectType, get_named_type

import db
from tests.field_inputs import SCHEMA

# What takes a connection and no organization, each with its reason.
WITHOUT_OWNER = {
    "api_key.exist": "asked before peppers are made, of all organizations together",
    "api_key.find_by_token_id": "a token is all that is known of its organization",
    "api_key_change.change": "the locked key has its organization",
    "api_key_change.revoke": "the locked key has its organization",
    "api_key_change.rotate": "the locked key has its organization",
    "api_key_usage.write": "each use has its organization",
    "host_secret.check_values": "secrets of the host are nobody's",
    "host_secret.note": "secrets of the host are nobody's",
    "invoice_change.expire_due": "the sweeper serves everybody",
    "migrate.status": "tables are nobody's",
    "operator.find_owner_of_key": "an operator names a key by its id alone",
    "organization.create": "it makes the owner",
    "organization.everyone": "for the operator",
    "organization.find_by_slug": "for the operator, who names organizations so",
    "reach.knows_letters": "about the server",
    "reach.tables_version": "tables are nobody's",
}


def functions():
    """The public functions of db/ that take a connection, by module and name."""
    for found in pkgutil.iter_modules(db.__path__):
        module = importlib.import_module(f"db.{found.name}")
        for name, value in inspect.getmembers(module, inspect.iscoroutinefunction):
            parameters = list(inspect.signature(value).parameters)
            own = value.__module__ == module.__name__ and not name.startswith("_")
            if own and parameters[:1] == ["connection"]:
                yield f"{found.name}.{name}", parameters[1:]


def test_the_organization_comes_first_after_the_connection():
    found = dict(functions())

    without = {name for name, parameters in found.items() if parameters[:1] != ["organization_id"]}

    assert without == set(WITHOUT_OWNER)
    assert found["product.find"] == ["organization_id", "id"]


def test_each_mutation_takes_one_input_and_gives_a_payload_of_its_own():
    for name, field in SCHEMA.mutation_type.fields.items():
        noun = name[0].upper() + name[1:]
        assert [str(argument.type) for argument in field.args.values()] == [f"{noun}Input!"]
        assert list(field.args) == ["input"]
        assert str(field.type) == f"{noun}Payload", name


def test_lists_are_never_null_and_finders_by_id_are():
    for name, field in SCHEMA.query_type.fields.items():
        if "first" in field.args:
            assert str(field.type) == f"{name[0].upper()}{name[1:-1]}Connection!"
            assert {"first", "after", "last", "before"} <= set(field.args)
        if "id" in field.args:
            assert not isinstance(field.type, GraphQLNonNull)


def test_every_object_with_an_id_is_a_node():
    node = SCHEMA.type_map["Node"]
    shown = [
        type_
        for type_ in SCHEMA.type_map.values()
        if isinstance(type_, GraphQLObjectType) and "id" in type_.fields
    ]

    assert {type_.name for type_ in shown if node not in type_.interfaces} == {"Actor", "IpRule"}


def test_no_type_shows_a_secret():
    words = {"digest", "pepper", "secret"}
    for type_ in SCHEMA.type_map.values():
        for name, field in getattr(type_, "fields", {}).items():
            assert not any(word in name.lower() for word in words), (type_.name, name)
            shows = get_named_type(field.type).name
            assert name != "token" or type_.name.endswith("Payload"), (type_.name, shows)
