"""GraphiQL's files: what is served, as what, and fenced by which headers."""

import gzip
import json
import re
from unittest.mock import Mock

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import RawTestServer
from graphql import parse, validate
from structlog.testing import capture_logs
from yarl import URL

from execution.front import Front
from execution.graphiql import BUILT, pages
from execution.whole import awaited
from resolvers.root import api
from tests.embedded_parts import ROOT

EXAMPLES = sorted((ROOT / "graphiql" / "examples").glob("*.graphql"))
LOCKS = ["graphiql/package-lock.json", "tests/browser/package-lock.json"]
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "connect-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self' data:",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
}
FENCE = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
FILES = {
    "index.html": b"<title>page</title>",
    "index.html.gz": gzip.compress(b"<title>page</title>"),
    "assets/a-1.js": b"let a",
    "assets/a-1.css": b"a {}",
    "assets/a-1.svg": b"<svg/>",
    "assets/a-1.ttf": b"font",
    "assets/a-1.map": b"not for the public",
    "licenses.md": b"MIT",
}


no_entrance = Mock(side_effect=AssertionError("nobody asks for /graphql"))


def handler(front):
    """What the front answers, for a server that always awaits it."""
    return lambda request: awaited(front.answer(request))


@pytest.fixture
def built(tmp_path):
    """A folder as the build leaves it, beside something that is nobody's business."""
    (tmp_path / "secret.js").write_text("secret")
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
async def asking(built):
    """How to send a request to a server of that folder, with what its path is byte for byte."""
    front = Front(no_entrance, pages(built))
    async with (
        RawTestServer(handler(front)) as server,
        ClientSession(auto_decompress=False) as session,
    ):

        async def ask(path, method="GET", encoding="gzip, br", **headers):
            url = URL(f"http://{server.host}:{server.port}{path}", encoded=True)
            headers = {"Accept-Encoding": encoding} | headers
            async with session.request(method, url, headers=headers) as answer:
                return answer, await answer.read()

        yield ask


@pytest.mark.parametrize("path", ["/graphiql", "/graphiql/", "/graphiql/index.html"])
async def test_the_page_is_asked_for_anew_each_time(asking, path):
    answer, body = await asking(path, encoding="identity")
    again, nothing = await asking(path, **{"If-None-Match": answer.headers["ETag"]})
    packed, bytes_ = await asking(path)

    assert (answer.status, body) == (200, b"<title>page</title>")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert (again.status, nothing) == (200, FILES["index.html.gz"])
    assert (packed.headers["Content-Encoding"], bytes_) == ("gzip", FILES["index.html.gz"])
    unchanged, nothing = await asking(path, **{"If-None-Match": packed.headers["ETag"]})
    assert (unchanged.status, nothing) == (304, b"")


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("assets/a-1.js", "text/javascript; charset=utf-8"),
        ("assets/a-1.css", "text/css; charset=utf-8"),
        ("assets/a-1.svg", "image/svg+xml"),
        ("assets/a-1.ttf", "font/ttf"),
    ],
)
async def test_what_has_a_hash_in_its_name_is_kept(asking, name, type_):
    answer, body = await asking(f"/graphiql/{name}")

    assert (answer.status, body) == (200, FILES[name])
    assert answer.headers["Content-Type"] == type_
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/graphiql", "/graphiql/assets/a-1.js", "/graphiql/nothing"])
async def test_every_answer_is_fenced(asking, path):
    answer, _ = await asking(path)

    assert set(answer.headers["Content-Security-Policy"].split("; ")) == POLICY
    assert {name: answer.headers[name] for name in FENCE} == FENCE


@pytest.mark.parametrize(
    "name",
    [
        "../secret.js",
        "%2e%2e/secret.js",
        "..%2fsecret.js",
        "assets/..%2f..%2fsecret.js",
        "assets/%2e%2e/%2e%2e/secret.js",
        "..%5csecret.js",
        "//secret.js",
        "assets/",
        "assets/a-1.js%00",
        "assets/a-1.map",
        "index.html.gz",
        "ASSETS/A-1.JS",
    ],
)
async def test_nothing_else_can_be_reached(asking, name):
    answer, body = await asking(f"/graphiql/{name}")

    assert answer.status == 404
    assert b"secret" not in body


async def test_a_link_that_leads_out_is_not_followed(built):
    (built / "assets" / "b-1.js").symlink_to(built.parent / "secret.js")

    with pytest.raises(ValueError, match="leads out"):
        pages(built)


async def test_it_only_reads(asking):
    head, nothing = await asking("/graphiql", "HEAD", encoding="identity")
    post, _ = await asking("/graphiql", "POST")

    assert (head.status, head.headers["Content-Length"], nothing) == (200, "19", b"")
    assert (post.status, post.headers["Allow"]) == (405, "GET, HEAD")


async def test_where_it_is_not_built_the_log_and_the_page_say_how(tmp_path):
    with capture_logs() as logged:
        front = Front(no_entrance, pages(tmp_path / "dist"))
    async with (
        RawTestServer(handler(front)) as server,
        ClientSession() as session,
        session.get(server.make_url("/graphiql")) as answer,
    ):
        said = await answer.text()

    sentence = "GraphiQL isn't built here: run `make graphiql`, then start the server again."
    assert logged == [{"event": sentence, "log_level": "warning"}]
    assert (answer.status, answer.headers["Cache-Control"]) == (404, "no-store")
    assert said == f"{sentence}\n"


async def test_the_house_serves_it_to_anybody(house):
    async with house._session.get(house.url("/graphiql")) as answer:
        page = await answer.text()

    assert (answer.status, answer.content_type) == (200, "text/html")
    for name in re.findall(r'(?:src|href)="([^"]+)"', page):
        async with house._session.get(house.url(name)) as answer:
            assert answer.status == 200, name


def test_the_licenses_of_what_is_bundled_go_with_it():
    assert "## graphiql - " in (BUILT / "licenses.md").read_text()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_example_is_valid(path):
    assert validate(api._schema, parse(path.read_text())) == []


def test_all_nouns_have_examples():
    for noun in ("product", "invoice", "key", "webhook", "notification"):
        assert [path for path in EXAMPLES if noun in path.stem], noun


@pytest.mark.parametrize("lock", LOCKS)
def test_what_npm_installs_has_hashes_and_no_addresses(lock):
    packages = json.loads((ROOT / lock).read_text())["packages"]
    del packages[""]

    assert [name for name, package in packages.items() if "integrity" not in package] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []
