"""Documents by id over the real server: by GET and POST, over a socket, and nothing but them."""

import pytest

from db import trusted_document
from db.api_key import BY_TOKEN
from db.scope import Scope
from db.trusted_document import FIND, New, hashed
from execution.library import NOT_FOUND, UNTRUSTED
from execution.negotiate import GRAPHQL, JSON
from tests.shop import CREATE_PRODUCT, MADE_UP, TEA

VIEWER = "query A { viewer { ip } } query B($id: ID!) { product(id: $id) { id } }"
ANSWER = {"viewer": {"ip": "127.0.0.1"}}


@pytest.fixture
async def key(house):
    await trust(house, New("mine", VIEWER, ["A", "B"]))
    return await house.key()


@pytest.fixture
async def strict(closed_house):
    closed_house.only_trusted = True
    house = await closed_house.open()
    await trust(house, New("mine", VIEWER, ["A", "B"]))
    return house


async def trust(house, *documents):
    async with house.database.transaction() as connection:
        await trusted_document.add(connection, documents, house.clock())


async def post(house, key, media=GRAPHQL, **members):
    headers = {"Authorization": f"Bearer {key.token}", "Accept": media}
    return await house.send("POST", json=members, headers=headers)


async def get(house, key, **parameters):
    headers = {"Authorization": f"Bearer {key.token}", "Accept": GRAPHQL}
    return await house.send("GET", params=parameters, headers=headers)


def by_hash(text):
    hash = hashed(text).removeprefix("sha256:")
    return {"persistedQuery": {"version": 1, "sha256Hash": hash}}


@pytest.mark.parametrize("id", ["mine", hashed(VIEWER)])
async def test_a_document_is_run_by_its_id(house, key, id):
    assert (await post(house, key, documentId=id, operationName="A")).data == ANSWER
    assert (await get(house, key, documentId=id, operationName="A")).data == ANSWER


async def test_a_document_is_run_by_its_hash_as_apollo_names_it(house, key):
    sent = {"operationName": "A", "extensions": by_hash(VIEWER)}

    assert (await post(house, key, **sent)).data == ANSWER


async def test_variables_and_scopes_are_as_ever(house, key):
    wanted = {"documentId": "mine", "operationName": "B"}

    missing = await post(house, key, **wanted)
    refused = await post(house, await house.key(scopes=[Scope.WEBHOOKS_READ]), **wanted)
    found = await post(house, key, **wanted, variables={"id": f"prod_{MADE_UP}"})

    assert missing.codes == ["GRAPHQL_VALIDATION_FAILED"]
    assert (refused.status, refused.codes) == (403, ["MISSING_SCOPE"])
    assert found.data == {"product": None}


async def test_a_known_document_costs_one_statement_for_ten_seconds(house, key):
    with house.counting() as statements:
        for _ in range(3):
            await post(house, key, documentId="mine", operationName="A")

    assert statements == [BY_TOKEN.sql, FIND.sql]


@pytest.mark.parametrize(("media", "status"), [(GRAPHQL, 400), (JSON, 200)])
async def test_an_unknown_document_is_said_in_apollos_words(house, key, media, status):
    answer = await post(house, key, media, extensions=by_hash("{ a }"))

    assert (answer.status, answer.body) == (
        status,
        {
            "errors": [
                {"message": NOT_FOUND, "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}},
            ]
        },
    )


async def test_a_document_that_was_sent_once_is_known_by_its_hash(house, key):
    text = "{ viewer { ip } }"
    first = await post(house, key, query=text, extensions=by_hash(text))

    assert first.data == ANSWER
    assert (await post(house, key, documentId=hashed(text))).data == ANSWER
    assert (await post(house, key, query=None, extensions=by_hash(text))).data == ANSWER


async def test_a_hash_of_another_text_is_refused(house, key):
    answer = await post(house, key, query="{ __typename }", documentId=hashed(VIEWER))

    assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])


@pytest.mark.parametrize("query", [0, False, [], {}, " "])
async def test_an_id_does_not_excuse_a_query_that_is_none(house, key, query):
    answer = await post(house, key, query=query, documentId="mine", operationName="A")

    assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])


async def test_a_mutation_by_get_is_refused_by_id_as_well(house, key):
    await trust(house, New("create", CREATE_PRODUCT, [""]))

    answer = await get(house, key, documentId="create")

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_a_stranger_leads_to_no_document(house):
    with house.counting() as statements:
        answer = await house.send("POST", json={"documentId": "mine"})

    assert (answer.status, statements) == (401, [])


async def test_where_only_trusted_ones_are_run_others_are_refused(strict):
    key = await strict.key()
    refused = [
        await post(strict, key, query=CREATE_PRODUCT, variables={"input": TEA}),
        await post(strict, key, query=VIEWER + " ", operationName="A"),
        await post(strict, key, documentId="other"),
        await post(strict, key, extensions=by_hash("{ a }")),
        await get(strict, key, query="{ __typename }"),
        await post(strict, key, JSON, query="{ __typename }", extensions=by_hash("{ __typename }")),
    ]

    assert [(each.status, each.codes) for each in refused] == [(403, ["DOCUMENT_NOT_TRUSTED"])] * 6
    assert refused[0].error["message"] == UNTRUSTED
    async with strict.database.reading() as connection:
        sql = "SELECT count(*) FROM product WHERE organization_id = $1"
        assert await connection.fetchval(sql, key.organization) == 0


async def test_where_only_trusted_ones_are_run_they_are_by_id_and_by_text(strict):
    key = await strict.key()

    for named in ({"documentId": "mine"}, {"query": VIEWER}, {"extensions": by_hash(VIEWER)}):
        assert (await post(strict, key, **named, operationName="A")).data == ANSWER


async def test_a_socket_is_no_way_around(strict):
    key = await strict.key()
    said = []
    async with strict._session.ws_connect(
        strict.url(), protocols=["graphql-transport-ws"]
    ) as socket:
        payload = {"authorization": f"Bearer {key.token}"}
        await socket.send_json({"type": "connection_init", "payload": payload})
        await socket.receive_json()
        for id, sent in (("1", {"query": "{ __typename }"}), ("2", {"documentId": "mine"})):
            payload = {**sent, "operationName": "A" if id == "2" else None}
            await socket.send_json({"type": "subscribe", "id": id, "payload": payload})
            said.append(await socket.receive_json())

    assert said[0] == {
        "type": "error",
        "id": "1",
        "payload": [{"message": UNTRUSTED, "extensions": {"code": "DOCUMENT_NOT_TRUSTED"}}],
    }
    assert said[1] == {"type": "next", "id": "2", "payload": {"data": ANSWER}}


async def test_a_removed_document_is_run_no_longer(strict, monkeypatch):
    key = await strict.key()
    monkeypatch.setattr("execution.library.KEPT_SECONDS", 0)
    assert (await post(strict, key, documentId="mine", operationName="A")).data == ANSWER
    async with strict.database.transaction() as connection:
        await trusted_document.remove(connection, ["mine"])

    answer = await post(strict, key, documentId="mine", operationName="A")

    assert answer.codes == ["DOCUMENT_NOT_TRUSTED"]
