"""What a message of a client must be, and how those of the server are written."""

from datetime import UTC, datetime

import orjson
import pytest

from execution.request import Sent
from execution.socket_close import Close, Ending
from execution.socket_message import (
    NO_PAYLOAD,
    Complete,
    Init,
    Ping,
    Pong,
    Subscribe,
    read,
    written,
)

SUBSCRIBE = {"type": "subscribe", "id": "1", "payload": {"query": "{ a }"}}
TYPE = "`type` must be one that a client sends, such as subscribe."
ID = "`id` must be a string, and not empty."
PAYLOAD = "`payload` must be an object."


def sent(**members):
    return orjson.dumps(members).decode()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"type": "connection_init"}, Init(frozenset())),
        ({"type": "connection_init", "id": 1, "more": 2}, Init(frozenset())),
        (
            {
                "type": "connection_init",
                "payload": {"authorization": "bearer  a ", "AUTHORIZATION": "Bearer b"},
            },
            Init(frozenset("ab")),
        ),
        (
            {"type": "connection_init", "payload": {"TOLLHOUSE-cost": "1"}},
            Init(frozenset(), asks_cost=True),
        ),
        ({"type": "connection_init", "payload": {"Tollhouse-Cost": "0"}}, Init(frozenset())),
        ({"type": "connection_init", "payload": {"Tollhouse-Cost": None}}, Init(frozenset())),
        ({"type": "ping"}, Ping(NO_PAYLOAD)),
        ({"type": "ping", "payload": {"a": 1}}, Ping({"a": 1})),
        ({"type": "pong", "payload": {}}, Pong()),
        ({"type": "complete", "id": "é"}, Complete("é")),
        (SUBSCRIBE, Subscribe("1", Sent("{ a }", {}, None))),
        (
            {
                **SUBSCRIBE,
                "payload": {
                    "query": "{ a }",
                    "variables": {"x": [1]},
                    "operationName": "A",
                    "extensions": {},
                },
            },
            Subscribe("1", Sent("{ a }", {"x": [1]}, "A")),
        ),
        (
            {**SUBSCRIBE, "payload": {"query": "{ a }", "variables": None, "operationName": None}},
            Subscribe("1", Sent("{ a }", {}, None)),
        ),
    ],
)
def test_what_a_client_may_send_is_read(members, message):
    assert read(sent(**members)) == message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "A message must be JSON."),
        ("{", "A message must be JSON."),
        ("NaN", "A message must be JSON."),
        ('{"type": "ping"} x', "A message must be JSON."),
        ("[" * 2000, "A message must be JSON."),
        ("[]", "A message must be a JSON object."),
        ('"ping"', "A message must be a JSON object."),
        (sent(), TYPE),
        (sent(type=None), TYPE),
        (sent(type=["ping"]), TYPE),
        (sent(type="PING"), TYPE),
        (sent(type="start", id="1", payload={"query": "{ a }"}), TYPE),
        (sent(type="connection_ack"), TYPE),
        (sent(type="next", id="1", payload={}), TYPE),
        (sent(type="error", id="1", payload=[]), TYPE),
        (sent(type="connection_init", payload=[]), PAYLOAD),
        (
            sent(type="connection_init", payload={"authorization": 1}),
            "`payload.authorization` must be a string.",
        ),
        (
            sent(type="connection_init", payload={"Organization": ["a"]}),
            "`payload.Organization` must be a string.",
        ),
        (
            sent(type="connection_init", payload={"tollhouse-COST": ["a"]}),
            "`payload.tollhouse-COST` must be a string.",
        ),
        (sent(type="ping", payload="x"), PAYLOAD),
        (sent(type="pong", payload=1), PAYLOAD),
        (sent(type="complete"), ID),
        (sent(type="complete", id=1), ID),
        (sent(type="complete", id=""), ID),
        (sent(**{**SUBSCRIBE, "id": None}), ID),
        (sent(**{**SUBSCRIBE, "payload": "{ a }"}), PAYLOAD),
        (
            sent(type="subscribe", id="1"),
            "payload: `query` must be a string with the GraphQL document.",
        ),
        (
            sent(type="subscribe", id="1", payload={"query": ["{ a }"]}),
            "payload: `query` must be a string with the GraphQL document.",
        ),
        (
            sent(type="subscribe", id="1", payload={"query": "{ a }", "variables": [1]}),
            "payload: `variables` must be an object.",
        ),
        (
            sent(type="subscribe", id="1", payload={"query": "{ a }", "operationName": 1}),
            "payload: `operationName` must be a string.",
        ),
    ],
)
def test_anything_else_ends_the_socket(text, reason):
    with pytest.raises(Ending) as ending:
        read(text)

    assert (ending.value.code, ending.value.reason) == (Close.INVALID_MESSAGE, reason)


def test_what_the_server_sends_is_written_as_answers_are():
    assert written("connection_ack") == '{"type":"connection_ack"}'
    assert written("complete", id="é") == '{"type":"complete","id":"é"}'
    assert written("pong", payload=None) == '{"type":"pong","payload":null}'
    time = datetime(2026, 11, 24, 12, 0, 0, 5, UTC)
    assert written("next", id="1", payload={"data": {"at": time}}) == (
        '{"type":"next","id":"1","payload":{"data":{"at":"2026-11-24T12:00:00.000005Z"}}}'
    )
