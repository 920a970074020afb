"""What the widget is made of, as the build left it in var/build: a small loader, and parts that it asks for."""

import re
from email.utils import formatdate
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

BUILD = Path(__file__).parents[3] / "var" / "build"
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.(js|txt)")
_TYPES = {
    "js": "text/javascript; charset=utf-8", "txt": "text/plain; charset=utf-8", "wasm": "application/wasm",
    "tflite": "application/octet-stream",
}
_ASK_AGAIN = "public, max-age=0, must-revalidate"  # the loader names the parts of this build
_SQUEEZED = (("br", "br"), ("gzip", "gz"))  # the smaller first; browsers take it over TLS and from this machine
FOR_EVER = "public, max-age=31536000, immutable"  # a part's name changes with its content


def build_widget_router(folder: Path = BUILD) -> APIRouter:
    """`/widget.js` and its parts under `/widget/`. Reads nothing before the first request."""
    router = APIRouter(include_in_schema=False)

    @router.get("/widget.js")
    def give_loader(request: Request) -> Response:
        return serve_built(folder / "widget.js", request, _ASK_AGAIN)

    @router.get("/widget/{name}")
    def give_part(name: str, request: Request) -> Response:
        if not _NAME.fullmatch(name):
            raise HTTPException(404)
        return serve_built(folder / "widget" / name, request, FOR_EVER)

    return router


def _read_codings(header: str) -> set[str]:
    """The codings that an Accept-Encoding takes; one of quality 0 is refused."""
    told = [each.replace(" ", "").lower().partition(";q=") for each in header.split(",")]
    return {coding for coding, _, quality in told if not re.fullmatch(r"0(\.0*)?", quality)}


def serve_built(path: Path, request: Request, caching: str) -> Response:
    """A built file, compressed where the build has it so and the browser takes it; 304 when the browser has it.

    HTTPException 404 where it was not built.
    """
    taken = _read_codings(request.headers.get("accept-encoding", ""))
    found = ((coding, path.with_name(f"{path.name}.{ending}")) for coding, ending in _SQUEEZED if coding in taken)
    coding, chosen = next((each for each in found if each[1].is_file()), ("", path))
    try:
        content = chosen.read_bytes()
        changed_at = chosen.stat().st_mtime
    except OSError as error:
        raise HTTPException(404, f"{path.name} is not built: scripts/setup.sh, or npm run build") from error
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {
        "ETag": etag, "Cache-Control": caching, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff",
        "Last-Modified": formatdate(changed_at, usegmt=True), "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if coding:
        headers["Content-Encoding"] = coding
    return Response(content, media_type=_TYPES[path.suffix[1:]], headers=headers)
