"""A customer's endpoint in a thread of its own, for tests of whole processes."""

import threading
from collections import defaultdict
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

PATIENCE_SECONDS = 30
ENVIRONMENT = {"TOLLHOUSE_WEBHOOK_NETWORKS": "127.0.0.0/8"}
CREATE_WEBHOOK = """mutation {{ createWebhook(input: {{ url: "{}",
eventTypes: [PRODUCT_CREATED] }}) {{ webhook {{ id }} }} }}"""
CREATE_PRODUCT = """mutation {{ createProduct(input: {{ name: "{}",
price: {{ amount: "1", currency: "EUR" }} }}) {{ product {{ name }} }} }}"""


class Arrivals:
    """Which webhook-ids came for which product, by the product's name."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/hooks"
        self.ids: defaultdict[str, list[str]] = defaultdict(list)
        self.agents: set[str] = set()
        self._changed = threading.Condition()

    def note(self, body: Any, headers: Any) -> None:
        with self._changed:
            self.ids[body["data"]["name"]].append(headers["webhook-id"])
            self.agents.add(headers["user-agent"])
            self._changed.notify_all()

    def wait_for(self, names: set[str]) -> None:
        with self._changed:
            came = self._changed.wait_for(lambda: names <= self.ids.keys(), PATIENCE_SECONDS)
        assert came, names - self.ids.keys()


@contextmanager
def arriving():
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = orjson.loads(self.rfile.read(int(self.headers["content-length"])))
            arrivals.note(body, self.headers)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is told of requests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    arrivals = Arrivals(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield arrivals
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
