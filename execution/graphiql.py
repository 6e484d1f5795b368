"""GraphiQL at /graphiql, out of the files that graphiql/ was built into."""

from pathlib import Path
from typing import Final

import structlog
from aiohttp import web

from execution.whole import Answer

BUILT: Final = Path(__file__).parent.parent / "graphiql" / "dist"
PATH: Final = "/graphiql"
START: Final = "index.html"
UNBUILT: Final = "GraphiQL isn't built here: run `make graphiql`, then start the server again."
# Said here, because what a machine's own tables say of these differs.
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}
# The editors write their styles into the page; some fonts and images lie within a style sheet.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self';"
    " style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FENCE: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# All but the page itself have a hash of what they hold in their names.
FOREVER: Final = "public, max-age=31536000, immutable"
ASK_FIRST: Final = "no-cache"

log = structlog.get_logger()


def pages(folder: Path = BUILT) -> dict[str, Answer]:
    """The page and its files, for everybody: they hold nothing that needs a key."""
    answer = answering(files_in(folder))
    return {PATH: answer, f"{PATH}/": answer}


def files_in(folder: Path) -> dict[str, Path]:
    """By name, all that may be served: what isn't here can't be reached by any spelling."""
    paths = [path for path in folder.rglob("*") if path.suffix in TYPES and path.is_file()]
    for path in paths:
        if path.is_symlink():
            raise ValueError(f"{path} is a link that leads out of what was built: remove it.")
    return {path.relative_to(folder).as_posix(): path for path in paths}


def answering(files: dict[str, Path]) -> Answer:
    if START not in files:
        log.warning(UNBUILT)

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        name = request.path.removeprefix(PATH).removeprefix("/") or START
        path = files.get(name)
        if path is None:
            return absent(UNBUILT if name == START else "There is no such file.")
        return web.FileResponse(path, headers=headers_of(name, path.suffix))

    return answer


def absent(reason: str) -> web.Response:
    headers = FENCE | {"Cache-Control": "no-store"}
    return web.Response(status=404, text=f"{reason}\n", headers=headers)


def headers_of(name: str, suffix: str) -> dict[str, str]:
    kept = FOREVER if name.startswith("assets/") else ASK_FIRST
    return FENCE | {"Cache-Control": kept, "Content-Type": TYPES[suffix]}
