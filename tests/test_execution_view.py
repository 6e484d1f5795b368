"""Who calls, and from where: what the endpoint makes of headers, peers and proxies."""

import re
from ipaddress import ip_network

import pytest

import execution.view
from access.networks import Rules
from access.token import mint
from db.api_key import BY_TOKEN
from execution.negotiate import GRAPHQL, JSON
from tests.keys import DELETE

MEDIA = [GRAPHQL, JSON]
NAME = "{ __typename }"
WHERE = "{ viewer { ip } }"
HOW_TO_CALL = (
    "Send the token of an API key in the header Authorization: Bearer th_... "
    "(no token, or one that was not copied whole)."
)
PROXIES = Rules(frozenset(map(ip_network, ("127.0.0.0/8", "10.0.0.0/8", "2001:db8:1::/48"))))


async def seen_from(house, key, *forwarded):
    headers = [
        ("Authorization", f"Bearer {key.token}"),
        ("Content-Type", JSON),
        *(("X-Forwarded-For", line) for line in forwarded),
    ]
    return await house.send("POST", json={"query": WHERE}, headers=headers)


def must_be_unknown(answer, message, media=GRAPHQL):
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="tollhouse"'
    assert answer.headers["Content-Type"] == f"{media}; charset=utf-8"
    assert answer.body == {
        "errors": [{"message": message, "extensions": {"code": "UNAUTHENTICATED"}}]
    }


def must_be_nowhere(answer):
    assert (answer.status, answer.codes) == (403, ["IP_NOT_ALLOWED"])
    assert answer.error["message"] == "The address that this request comes from can't be told."
    assert set(answer.body) == {"errors"}


@pytest.mark.parametrize(
    "written",
    ["Bearer {}", "bearer {}", "BEARER {}", "Bearer   {}", "Bearer {}  ", "bEARER {} "],
)
async def test_the_scheme_is_taken_in_any_case(house, written):
    key = await house.key()

    answer = await house.ask(None, NAME, headers={"Authorization": written.format(key.token)})

    assert answer.data == {"__typename": "Query"}


@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize(
    "written",
    [
        "",
        "{}",
        "Bearer",
        "Bearer ",
        "Bearer{}",
        "Bearer\t{}",
        "Bearer {} x",
        "Bearer {}é",
        "Bearer {}a",
        "Bearer {},",
        "Bearer Bearer {}",
        "Basic {}",
    ],
)
async def test_other_authorization_is_none(house, written, media):
    key = await house.key()
    headers = {"Authorization": written.format(key.token), "Accept": media}
    with house.counting() as statements:
        answer = await house.ask(None, NAME, headers=headers)

    must_be_unknown(answer, HOW_TO_CALL, media)
    assert statements == []


@pytest.mark.parametrize("media", MEDIA)
async def test_a_request_without_authorization_is_refused(house, media):
    with house.counting() as statements:
        answer = await house.ask(None, NAME, headers={"Accept": media})

    must_be_unknown(answer, HOW_TO_CALL, media)
    assert statements == []


async def test_several_authorizations_are_none(house):
    key, other = await house.key(), await house.key()
    for second in (other.token, key.token, ""):
        sent = [("Authorization", f"Bearer {token}") for token in (key.token, second)]
        answer = await house.send("POST", json={"query": NAME}, headers=sent)
        must_be_unknown(answer, HOW_TO_CALL, JSON)


@pytest.mark.parametrize("kind", ["text/plain", JSON])
async def test_who_calls_is_asked_before_what_they_send(house, kind):
    answer = await house.send("POST", data=b"{", headers={"Content-Type": kind})

    must_be_unknown(answer, HOW_TO_CALL, JSON)


async def test_a_key_must_work_still_when_a_slow_body_has_come(house, monkeypatch):
    monkeypatch.setattr(execution.view, "SLOW_SECONDS", 0)
    admin = await house.key()
    key = await house.key(admin.organization)

    async def body():
        yield b'{"query": '
        await house.ask(admin, DELETE, input={"id": key.id})
        yield b'"{ __typename }"}'

    headers = {"Authorization": f"Bearer {key.token}", "Content-Type": JSON}
    answer = await house.send("POST", data=body(), headers=headers)

    must_be_unknown(answer, "This API key is revoked.", JSON)
    assert {use.api_key_id for use in house.usage.take()} == {admin.uuid}


@pytest.mark.parametrize("given", ["a", "Req-1.2_3", "x" * 64])
async def test_a_plain_request_id_is_kept(house, given):
    key = await house.key()

    for token in (key, None):
        answer = await house.ask(token, NAME, headers={"X-Request-Id": given})
        assert answer.headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", [None, "", "x" * 65, "a b", "a,b", "ä", "a;b", "<b>"])
async def test_any_other_request_id_is_made_anew(house, given):
    key = await house.key()
    headers = {} if given is None else {"X-Request-Id": given}

    answers = [await house.ask(token, NAME, headers=headers) for token in (key, key, None)]

    ids = {answer.headers["X-Request-Id"] for answer in answers}
    assert len(ids) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", id) for id in ids)


@pytest.mark.parametrize("media", MEDIA)
async def test_no_answer_may_be_cached(house, media):
    key = await house.key()

    for token in (key, None):
        answer = await house.ask(token, NAME, headers={"Accept": media})
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Vary"] == "Accept"


@pytest.mark.parametrize("forwarded", [(), ("203.0.113.9",), ("unknown",), ("",)])
async def test_without_a_proxy_the_peer_calls_whatever_it_says(house, forwarded):
    key = await house.key()

    assert (await seen_from(house, key, *forwarded)).data == {"viewer": {"ip": "127.0.0.1"}}


@pytest.mark.parametrize(
    ("forwarded", "ip"),
    [
        ((), "127.0.0.1"),
        (("203.0.113.9",), "203.0.113.9"),
        (("198.51.100.1, 203.0.113.9",), "203.0.113.9"),
        (("unknown, 203.0.113.9",), "203.0.113.9"),
        (("198.51.100.1,203.0.113.9 , 10.0.0.2,10.0.0.1",), "203.0.113.9"),
        (("198.51.100.1", "203.0.113.9", "10.0.0.1"), "203.0.113.9"),
        (("10.0.0.2, 10.0.0.1",), "10.0.0.2"),
        (("203.0.113.9:8080",), "203.0.113.9"),
        (("203.0.113.9, 10.0.0.1:443",), "203.0.113.9"),
        (("[2001:db8::1]:443",), "2001:db8::1"),
        (("2001:DB8:0::1, 2001:db8:1::7",), "2001:db8::1"),
        (("::ffff:203.0.113.9",), "203.0.113.9"),
        (("203.0.113.9, ::ffff:10.0.0.1",), "203.0.113.9"),
    ],
)
async def test_behind_a_proxy_the_first_other_address_from_the_right_calls(
    closed_house, forwarded, ip
):
    closed_house.trusted = PROXIES
    house = await closed_house.open()
    key = await house.key(ips=[ip, "192.0.2.1"])
    other = await house.key(ips=["192.0.2.1"])

    assert (await seen_from(house, key, *forwarded)).data == {"viewer": {"ip": ip}}
    refused = await seen_from(house, other, *forwarded)
    assert (refused.status, refused.codes) == (403, ["IP_NOT_ALLOWED"])
    assert refused.error["message"] == f"This API key can't be used from {ip}."


@pytest.mark.parametrize(
    "forwarded",
    [
        ("",),
        ("unknown",),
        ("203.0.113.9,",),
        ("203.0.113.9", ""),
        ("203.0.113.9, , 10.0.0.1",),
        ("203.0.113.9, unknown, 10.0.0.1",),
        ("203.0.113.09",),
        ("203.0.113.9:99999",),
        ("203.0.113.0/24",),
        ("[2001:db8::1",),
        ("2001:db8::1%eth0",),
        ("for=203.0.113.9",),
        (", ".join(["10.0.0.1"] * 65),),
    ],
)
async def test_an_address_that_can_not_be_told_is_refused_for_every_caller(closed_house, forwarded):
    closed_house.trusted = PROXIES
    house = await closed_house.open()
    key = await house.key()
    fenced = await house.key(ips=["203.0.113.0/24"])
    unknown = key._replace(token=mint().text)
    with house.counting() as statements:
        answers = [
            await seen_from(house, each, *forwarded)
            for each in (key, fenced, unknown, key._replace(token="none"))
        ]

    for answer in answers:
        must_be_nowhere(answer)
    assert statements == []


@pytest.mark.parametrize("media", MEDIA)
async def test_callers_who_fail_too_often_must_wait(house, media):
    key, known = await house.key(), await house.key()
    await house.ask(known, NAME)
    for _ in range(20):
        must_be_unknown(await house.ask(mint().text, NAME), "There is no API key with this token.")
    with house.counting() as statements:
        refused = [
            await house.ask(token, NAME, headers={"Accept": media})
            for token in (mint().text, key.token)
        ]
        malformed = await house.ask("none", NAME, headers={"Accept": media})
        still = await house.ask(known, NAME, headers={"Accept": media})

    for answer in refused:
        assert (answer.status, answer.codes) == (429, ["RATE_LIMITED"])
        assert answer.headers["Retry-After"] == "2"
        assert answer.headers["Content-Type"] == f"{media}; charset=utf-8"
        assert set(answer.body) == {"errors"}
        assert answer.error["message"] == (
            "Too many requests with tokens that aren't good from this address."
        )
    must_be_unknown(malformed, HOW_TO_CALL, media)
    assert still.data == {"__typename": "Query"}
    assert statements == []
    house.clock.advance(seconds=2)
    assert (await house.ask(key, NAME)).data == {"__typename": "Query"}


async def test_who_fails_is_told_apart_by_address(closed_house):
    closed_house.trusted = PROXIES
    house = await closed_house.open()
    key = await house.key()
    unknown = [key._replace(token=mint().text) for _ in range(21)]

    answers = [await seen_from(house, each, "203.0.113.9") for each in unknown]

    assert [answer.status for answer in answers] == [401] * 20 + [429]
    assert (await seen_from(house, key, "203.0.113.9")).status == 429
    assert (await seen_from(house, key, "203.0.113.10")).status == 200


async def test_the_same_bad_token_again_costs_nothing(house):
    token = mint().text
    with house.counting() as statements:
        answers = [await house.ask(token, NAME) for _ in range(30)]

    assert {answer.status for answer in answers} == {401}
    assert statements == [BY_TOKEN.sql]


async def test_use_is_noted_of_who_is_let_in_whatever_they_ask(house):
    key, fenced = await house.key(), await house.key(ips=["192.0.2.1"])
    await house.ask(fenced, NAME)
    await house.ask(mint().text, NAME)
    assert house.usage.take() == []

    await house.ask(key, "{")

    [use] = house.usage.take()
    assert (use.organization_id, use.api_key_id) == (key.organization, key.uuid)
    assert (use.last_used_at, str(use.last_used_ip)) == (house.clock.now, "127.0.0.1")
