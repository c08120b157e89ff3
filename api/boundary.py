"""The outermost layer, pure ASGI: request id, security headers, HEAD, no exception without a problem body."""

from __future__ import annotations

import logging
import re
import secrets
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = logging.getLogger("api")

SECURITY: Final = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        b"frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}\Z")


class Boundary:
    """Wraps the application.

    Args:
        app: The application inside.
        on_crash: Answers a request whose handler raised; must not raise itself.
    """

    def __init__(self, app: ASGIApp, on_crash: ASGIApp) -> None:
        self._app = app
        self._on_crash = on_crash

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; HEAD is a GET whose body stays here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        identity = request_id(scope)
        head = scope["method"] == "HEAD"
        inner = {**scope, "request_id": identity, "method": "GET" if head else scope["method"]}
        extra = (*SECURITY, (b"x-request-id", identity.encode("ascii")))
        started = False

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": [*message.get("headers", ()), *extra]}
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self._app(inner, receive, dressed)
        except Exception:  # the last line: log it, answer with a problem
            LOG.exception("Anfrage %s gescheitert", identity)
            if not started:
                await self._on_crash(inner, receive, dressed)


def request_id(scope: dict[str, Any] | Scope) -> str:
    """Return the caller's X-Request-ID if it is a plain word, else a fresh one."""
    for name, value in scope.get("headers", ()):
        if name == b"x-request-id" and _REQUEST_ID.match(value):
            return str(value.decode("ascii"))
    return secrets.token_hex(8)
