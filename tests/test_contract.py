"""What holds for all of the house: how the API is shaped, and that every finder has an owner."""

import importlib
import inspect
import pkgutil
import re

from graphql import GraphQLNonNull, GraphQLObjectType, get_named_type

import db
from tests.field_inputs import SCHEMA

# What takes a connection and no organization, each with its reason.
WITHOUT_OWNER = {
    "api_key_notice.tell_expiring": "a clock serves everybody",
    "api_key_notice.tell_refused": "each refusal names its organization",
    "api_key.exist": "asked before peppers are made, of all organizations together",
    "webhook.exist": "asked before encryption keys are made, of all organizations together",
    "api_key.find_by_token_id": "a token is all that is known of its organization",
    "api_key_change.change": "the locked key has its organization",
    "api_key_change.revoke": "the locked key has its organization",
    "api_key_change.rotate": "the locked key has its organization",
    "api_key_usage.write": "each use has its organization",
    "delivery_queue.close": "each lane names its organization",
    "delivery_queue.due": "each lane names its organization",
    "delivery_queue.find": "a worker serves everybody",
    "delivery_queue.let_go": "each lane names its organization",
    "delivery_queue.settle": "each outcome names its organization",
    "delivery_queue.take": "each lane names its organization",
    "delivery_recovery.advance": "the recovery has its organization",
    "delivery_recovery.recover": "a worker goes on with anybody's",
    "host_secret.check_values": "secrets of the host are nobody's",
    "host_secret.note": "secrets of the host are nobody's",
    "idempotency.prune": "what a day has passed for is removed, whoever's it was",
    "invoice_change.expire_due": "the sweeper serves everybody",
    "mail_queue.claim": "whoever's is due is sent",
    "mail_queue.failed": "what is claimed names its organization",
    "mail_queue.prune": "what ended long ago is removed, whoever's it was",
    "mail_queue.put_back": "what is claimed names its organization",
    "mail_queue.retry": "what is claimed names its organization",
    "mail_queue.sent": "what is claimed names its organization",
    "migrate.status": "tables are nobody's",
    "operator.find_owner_of_key": "an operator names a key by its id alone",
    "organization.create": "it makes the owner",
    "organization.everyone": "for the operator",
    "organization.ids_after": "for what goes through all of them",
    "organization.find_by_slug": "for the operator, who names organizations so",
    "rate_budget.clear": "whoever owes nothing is forgotten",
    "rate_budget.spend": "each spending names its key's organization",
    "reach.knows_letters": "about the server",
    "reach.tables_version": "tables are nobody's",
    "trusted_document.add": "trusted documents are nobody's",
    "trusted_document.everything": "trusted documents are nobody's",
    "trusted_document.find": "trusted documents are nobody's",
    "trusted_document.remove": "trusted documents are nobody's",
    "webhook_change.change": "the locked webhook has its organization",
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
            noun = re.sub("ie$", "y", f"{name[0].upper()}{name[1:-1]}")
            assert str(field.type) == f"{noun}Connection!"
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
    told = {"previousSecretExpiresAt", "rotateWebhookSecret"}
    for type_ in SCHEMA.type_map.values():
        for name, field in getattr(type_, "fields", {}).items():
            once = name in {"secret", "token"} and type_.name.endswith("Payload")
            hidden = not any(word in name.lower() for word in {*words, "token"})
            shows = get_named_type(field.type).name
            harmless = name in told or shows == "DateTime" or name == "tokenHint"
            assert once or hidden or harmless, (type_.name, name, shows)
