"""What an operator's monitoring asks, and what else the server has, which is nothing."""

import pytest


async def test_alive_needs_no_key_and_no_database(house):
    with house.counting() as statements:
        answer = await house.send("GET", "/healthz")

    assert (answer.status, answer.body) == (200, {"status": "alive"})
    assert answer.headers["Content-Type"].startswith("application/json")
    assert statements == []


async def test_ready_tells_what_is_lacking(house):
    ready = await house.send("GET", "/readyz")
    house.lacking += ["the database can't be reached", "migrations are due"]
    lacking = await house.send("GET", "/readyz")
    house.lacking.clear()
    again = await house.send("GET", "/readyz")

    assert (ready.status, ready.body) == (again.status, again.body) == (200, {"status": "ready"})
    assert ready.headers["Content-Type"].startswith("application/json")
    assert (lacking.status, lacking.body) == (
        503,
        {
            "status": "not ready",
            "lacking": ["the database can't be reached", "migrations are due"],
        },
    )


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_monitoring_only_reads(house, path):
    async with house._session.post(house.url(path)) as response:
        assert response.status == 405


@pytest.mark.parametrize("path", ["/graphql/", "/graphiql.html", "/metrics", "/GraphQL"])
async def test_there_is_nothing_else(house, path):
    async with house._session.get(house.url(path)) as response:
        assert response.status == 404


async def test_the_root_points_the_way(house):
    answer = await house.send("GET", "/")

    assert (answer.status, answer.body["graphql"]) == (200, "/graphql")
