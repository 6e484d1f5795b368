"""The media type of an answer is the one that the client likes best."""

import pytest

from execution.negotiate import EVENTS, GRAPHQL, JSON, negotiated, takes_events

BOTH = f"{GRAPHQL}, {JSON}"
LIKED = [
    (None, JSON),
    ("", JSON),
    (" ", JSON),
    (JSON, JSON),
    (GRAPHQL, GRAPHQL),
    ("*/*", JSON),
    ("application/*", JSON),
    (f"text/html, {GRAPHQL};charset=utf-8", GRAPHQL),
    ("APPLICATION/JSON ; Q=1", JSON),
    # What is liked equally: the narrower range, then the earlier one.
    (BOTH, GRAPHQL),
    (f"{JSON}, {GRAPHQL}", JSON),
    (f"*/*, {GRAPHQL}", GRAPHQL),
    (f"application/*, {GRAPHQL}, */*", GRAPHQL),
    (f"{GRAPHQL}, */*", GRAPHQL),
    # What is said of the narrowest range counts, whatever is said of wider ones.
    (f"{GRAPHQL};q=0.5, */*", JSON),
    (f"{GRAPHQL};q=0.9, */*;q=0.8", GRAPHQL),
    (f"{JSON};q=0, */*", GRAPHQL),
    (f"{GRAPHQL}, application/*;q=0, */*", GRAPHQL),
    (f"{JSON};q=0.2, {GRAPHQL};q=0.3", GRAPHQL),
    (f"{JSON};q=0.2, {JSON}, {GRAPHQL};q=0.3", GRAPHQL),
    (f"{JSON};q=0.3;v=1, {GRAPHQL};v=1;q=0.2", JSON),
    # A stream of events is for those only who name it, and like nothing better.
    (EVENTS, EVENTS),
    (f"{EVENTS}, */*", EVENTS),
    (f"{EVENTS}, {JSON}", EVENTS),
    (f"{BOTH}, {EVENTS}", GRAPHQL),
    (f"{EVENTS};q=0.9, {JSON}", JSON),
    (f"{EVENTS};q=0, {JSON}", JSON),
    # More than everything is everything.
    (f"{GRAPHQL}, {JSON};q=7", GRAPHQL),
]
UNFIT = [
    "text/html",
    "text/*",
    "*",
    ",",
    "application",
    "application/jsonp",
    "*/*;q=0",
    f"{JSON};q=0",
    f"{JSON};q=-1",
    f"{JSON};q=much",
    f"{JSON};q=0, {GRAPHQL};q=0.0, */*;q=0",
    "application/*;q=0, */*",
    f"{EVENTS};q=0",
]


@pytest.mark.parametrize(("accept", "media"), LIKED)
def test_the_media_type_is_the_one_that_is_liked_best(accept, media):
    assert negotiated(accept) == media


@pytest.mark.parametrize("accept", UNFIT)
def test_a_client_that_takes_neither_gets_none(accept):
    assert negotiated(accept) is None


@pytest.mark.parametrize(
    ("accept", "media"), [(None, JSON), (BOTH, GRAPHQL), (f"{JSON};q=0, */*", GRAPHQL)]
)
async def test_the_answer_has_the_negotiated_media_type(house, accept, media):
    key = await house.key()

    answer = await house.ask(key, "{ __typename }", headers={"Accept": accept or "*/*"})

    assert answer.headers["Content-Type"] == f"{media}; charset=utf-8"
    assert answer.data == {"__typename": "Query"}


@pytest.mark.parametrize("accept", UNFIT)
async def test_a_client_that_takes_neither_is_refused_in_json(house, accept):
    with house.counting() as statements:
        answer = await house.ask("any", "{ __typename }", headers={"Accept": accept})

    assert (answer.status, answer.codes) == (406, ["NOT_ACCEPTABLE"])
    assert answer.error["message"] == f"Accept {GRAPHQL}, {JSON} or {EVENTS}."
    assert answer.headers["Content-Type"] == f"{JSON}; charset=utf-8"
    assert statements == []


@pytest.mark.parametrize(
    ("accept", "takes"),
    [(f"{BOTH}, {EVENTS};q=0.1", True), (f"{EVENTS};q=0", False), ("*/*", False), (None, False)],
)
def test_events_are_taken_by_who_names_them(accept, takes):
    assert takes_events(accept) is takes
