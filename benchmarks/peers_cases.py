"""What is asked of which servers, and how far Tollhouse is to be beside them."""

from collections.abc import Mapping
from typing import NamedTuple

from benchmarks import peers_data
from benchmarks.peers_data import Prepared

NAMES = {
    "house": "Tollhouse",
    "by_hand": "by hand",
    "by_hand_joined": "by hand, one joined statement",
    "mercurius": "Mercurius, JIT and loaders",
    "yoga": "GraphQL Yoga, JIT",
    "apollo": "Apollo Server",
    "postgraphile": "PostGraphile 5",
    "stock": "Strawberry and SQLModel, stock",
    "bare": "bare aiohttp, the same bytes",
}
OTHERS = ("mercurius", "yoga", "apollo", "postgraphile", "stock")
BARE = ("house", "bare")
CASES = ("products", "nested", "viewer", "scope", "address", "crc", "invoice")


class Case(NamedTuple):
    """One operation; by what the goals are measured, the first of them in its table too."""

    name: str
    title: str
    kinds: tuple[str, ...]
    request: bytes
    goals: Mapping[str, float]
    graphile: bytes = b""
    status: int = 200
    is_repeatable: bool = True

    def request_of(self, kind: str) -> bytes:
        return self.graphile if kind == "postgraphile" else self.request


def cases(data: Prepared) -> list[Case]:
    asking, products = data.asking, peers_data.PRODUCTS
    aside = {"bare": 0.8}
    return [
        Case(
            "products",
            "products(first: 20), 9 fields",
            ("house", "by_hand", *OTHERS),
            asking(products),
            {"mercurius": 1.2, "by_hand": 0.9},
            asking(peers_data.GRAPHILE_PRODUCTS),
        ),
        Case(
            "nested",
            "invoices(first: 20), lines, products",
            ("house", "by_hand", "by_hand_joined", *OTHERS),
            asking(peers_data.NESTED),
            {"mercurius": 1.4, "by_hand": 0.9},
            asking(peers_data.GRAPHILE_NESTED),
        ),
        Case(
            "viewer",
            "viewer { organization { name } }",
            BARE,
            asking(peers_data.VIEWER),
            aside,
        ),
        Case(
            "scope",
            "refused for its scope",
            BARE,
            asking(products, data.narrow),
            aside,
            status=403,
        ),
        Case(
            "address",
            "refused for its address",
            BARE,
            asking(products, data.fenced),
            aside,
            status=403,
        ),
        Case(
            "crc",
            "token with a wrong CRC",
            BARE,
            asking(products, data.miscopied),
            aside,
            status=401,
        ),
        Case(
            "invoice",
            "createInvoice, 3 lines",
            ("house", "by_hand"),
            asking(peers_data.CREATE, data.seller, lines=data.lines),
            {"by_hand": 0.8},
            is_repeatable=False,
        ),
    ]
