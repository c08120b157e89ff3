"""The outermost layer, pure ASGI: finished answers before any routing, limits, headers, HEAD and OPTIONS.

No request leaves without an id, the headers that protect its reader, and a body that says what went wrong.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from fastapi import Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.caching import ALONE, FINISH, HEAD_KEY, QUESTION, Cached, Entry, Headers, Question, lines
from api.cors import Origins
from api.deprecation import NOTICES, Notice
from api.drafts import PREFIX as DRAFTS
from api.drafts import Drafts
from api.heads import Head
from api.limits import MAX_BODY_BYTES, RateLimiter, bounded, too_large
from api.logs import Access
from api.metrics import Metrics
from api.pages.versions import SCRIPTED
from api.problems import ENDING, INTERNAL, MEDIA, TOO_MANY, Problem
from api.service import Service

LOG = logging.getLogger("api")

NOSNIFF: Final = (b"x-content-type-options", b"nosniff")
DATA: Final[Headers] = [(b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"), NOSNIFF]
PAGE: Final[Headers] = [
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        b"frame-ancestors 'none'",
    ),
    NOSNIFF,
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
_DATA_LINES: Final = lines(DATA)
# a page with a choice, or with charts to explore, runs scripts of this server and asks it for what they show;
# nothing else
SCRIPTING: Final[Headers] = [
    (PAGE[0][0], PAGE[0][1] + b"; script-src 'self'; connect-src 'self'"),
    *PAGE[1:],
]
# a PDF brings no script and no style of ours; what a viewer shows it with is not ours to forbid
PAPER: Final[Headers] = [(b"content-security-policy", b"frame-ancestors 'none'"), NOSNIFF]
_ACCEPT_LIMIT: Final = 256  # longer ones are not worth remembering
EMBEDDED: Final = "/embed/"
_READING: Final = ("GET", "HEAD")
EVERY_METHOD: Final = "GET, HEAD, POST, OPTIONS"
_SERVER: Final = ("", "*")  # OPTIONS of no address in particular: RFC 9110, section 9.3.7
RESTARTED: Final = {"Retry-After": "10", "Connection": "close"}
_NOBODY: Final = ("", 0)

Endpoint = Callable[[Request], Awaitable[Response]]
Caller = Callable[[Scope, bytes], str]


@dataclass(frozen=True, slots=True)
class Ways:
    """How the boundary reaches what lies inside.

    Args:
        direct: Exact path → function that answers GET; saves the routing of the hottest addresses.
        methods: Path → what may be asked there, for example ``GET, HEAD, OPTIONS``; empty if unknown.
        refuse: Turns a problem into the response this address gives.
        instant: Exact path → function that answers a plain question at once, or None.
    """

    direct: Mapping[str, Endpoint]
    methods: Callable[[str], str]
    refuse: Callable[[Problem, Request], Response]
    instant: Mapping[str, Callable[[Request], Response | None]] = field(default_factory=dict)


class Boundary:
    """Wraps the application.

    Args:
        app: The application inside.
        service: Finished answers and the release in force.
        drafts: Snapshots behind a key.
        ways: How to reach what lies inside.
        metrics: What counts requests.
        access: What logs them.
        limiter: Requests a minute.
        origins: Web sites that may read answers.
        embedding: Web sites that may show the views made for it in a frame.
        notices: Addresses that will go.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: Service,
        drafts: Drafts,
        ways: Ways,
        metrics: Metrics,
        access: Access,
        limiter: RateLimiter,
        origins: Origins,
        embedding: Sequence[str] = (),
        notices: Mapping[str, Notice] = NOTICES,
    ) -> None:
        self._app = app
        self._service = service
        self._drafts = drafts
        self._ways = ways
        self._metrics = metrics
        self._access = access
        self._limiter = limiter
        self._origins = origins
        self._embedded = framed_by(embedding)
        self._notices = notices
        self._routes = {path: route_name(path) for path in ways.direct}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; HEAD is a GET whose body stays here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        head = Head(scope["headers"])
        identity = head.new_id()
        extra = [*self._protection(scope["path"]), (b"x-request-id", identity)]
        if self._origins.vary:
            extra += self._origins.headers(head.get(b"origin"))
        if self._notices and (notice := self._notices.get(scope["path"])):
            extra += notice.headers()
        left = 0
        if self._limiter.limit:
            left, seconds = self._limiter.count((scope.get("client") or _NOBODY)[0])
            extra += self._limiter.headers(left, seconds)
        accept = b"" if head.plain else head.accept
        question = (scope["path"], scope["query_string"], accept) if len(accept) < _ACCEPT_LIMIT else None
        entry = None
        if question is not None and left >= 0 and scope["method"] in _READING:
            entry = self._service.cache.find(question, self._service.release_id)
        if entry is not None and not (entry.waits_for_packing and head.takes_gzip):
            found = entry.choose(head)
            status, body = found.status, b"" if scope["method"] == "HEAD" else found.body
            await send({"type": "http.response.start", "status": status, "headers": found.headers + extra})
            await send({"type": "http.response.body", "body": body})
        else:
            inner = {**scope, "request_id": identity.decode("ascii"), HEAD_KEY: head, QUESTION: question}
            status = await self._slow(inner, receive, send, extra, left)
        elapsed = perf_counter() - started
        route = self._routes.get(scope["path"]) or route_name(scope["path"])
        self._metrics.request(route, status, elapsed, hit=entry is not None)
        if self._access.wants(status, elapsed):
            self._access.write(scope, status, elapsed, identity.decode("ascii"))

    def at_hand(self, scope: Scope, caller: Caller) -> tuple[int, bytes, bytes] | None:
        """Return status, header lines and body if the answer is finished and nothing about it is special.

        Pages, and addresses that will go, take the ordinary way.

        Args:
            scope: The request.
            caller: Says who asks, from what a proxy sent along.
        """
        started = perf_counter()
        path, method = scope["path"], scope["method"]
        if self._notices or method not in _READING or not path.startswith("/api/"):
            return None
        head = Head(scope["headers"])
        accept = b"" if head.plain else head.accept
        if len(accept) >= _ACCEPT_LIMIT:
            return None
        question = (path, scope["query_string"], accept)
        entry = self._service.cache.find(question, self._service.release_id)
        hit = entry is not None
        who = caller(scope, head.forwarded_for) if self._limiter.limit else ""
        if entry is None:
            entry = self._built(scope, head, question, who)
        if entry is None or (entry.waits_for_packing and head.takes_gzip):
            return None
        own = b""
        if self._limiter.limit:
            left, seconds = self._limiter.count(who)
            if left < 0:
                return None
            own = self._limiter.lines(left, seconds)
        if self._origins.vary:
            own = lines(self._origins.headers(head.get(b"origin"))) + own
        identity = head.new_id()
        found = entry.choose(head)
        text = b"%b%bx-request-id: %b\r\n%b" % (found.lines, _DATA_LINES, identity, own)
        elapsed = perf_counter() - started
        self._metrics.request(self._routes.get(path) or route_name(path), found.status, elapsed, hit=hit)
        if self._access.wants(found.status, elapsed):
            self._access.write(scope, found.status, elapsed, identity.decode("ascii"))
        return found.status, text, b"" if method == "HEAD" else found.body

    def _built(self, scope: Scope, head: Head, question: Question, who: str) -> Entry | None:
        """Return the answer to a plain question that is quickly built; None for all that needs more.

        Only the first request that arrives together with others is built here: a queue of them would keep
        everybody else waiting.
        """
        build = self._ways.instant.get(question[0])
        if (
            build is None
            or not scope.get(ALONE)
            or scope["method"] != "GET"
            or head.has_body
            or self._limiter.exhausted(who)
        ):
            return None
        scope[HEAD_KEY], scope[QUESTION] = head, question
        try:
            response = build(Request(scope))
        except Exception:  # noqa: BLE001  (the ordinary way meets it again, and says what it is)
            return None
        return response.entry if type(response) is Cached else None

    def _protection(self, path: str) -> Headers:
        """Return the headers that protect whoever reads an address."""
        if path.startswith("/api/"):
            return DATA
        if path.startswith(EMBEDDED):
            return self._embedded
        if path in SCRIPTED:
            return SCRIPTING
        return PAPER if path.endswith(".pdf") else PAGE

    async def _slow(self, scope: Scope, receive: Receive, send: Send, extra: Headers, left: int) -> int:
        """Answer what is not at hand; return the status."""
        head_only = scope["method"] == "HEAD"
        if head_only:
            scope["method"] = "GET"
            scope.pop(FINISH, None)
        status = 0

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), *extra]}
            elif head_only and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            status = await self._inside(scope, bounded(receive), dressed, left, extra) or status
        except asyncio.CancelledError:
            # the server ends before the answer is ready: said here, else it says so in plain text
            if status:
                raise
            problem = Problem(ENDING, headers=RESTARTED)
            await self._ways.refuse(problem, Request(scope))(scope, receive, dressed)
        except Exception as error:  # the last line: log it, answer with a problem
            if not isinstance(error, Problem):
                self._metrics.add("crashes_total")
                LOG.exception("Anfrage %s gescheitert", scope["request_id"])
            if not status:
                problem = error if isinstance(error, Problem) else Problem(INTERNAL)
                await self._ways.refuse(problem, Request(scope))(scope, receive, dressed)
        return status

    async def _inside(self, scope: Scope, receive: Receive, send: Send, left: int, extra: Headers) -> int:
        """Answer; return the status of what went to the connection directly, else 0."""
        self._check(scope[HEAD_KEY], left, scope)
        method, path = scope["method"], scope["path"]
        if method == "OPTIONS" and (methods := EVERY_METHOD if path in _SERVER else self._ways.methods(path)):
            headers = self._origins.options(scope[HEAD_KEY], methods)
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return 0
        if path.startswith(DRAFTS) and (draft := await self._drafts.enter(scope)) is not None:
            with self._service.answering_from(draft):
                return await self._dispatch(scope, receive, send, extra)
        return await self._dispatch(scope, receive, send, extra)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send, extra: Headers) -> int:
        endpoint = self._ways.direct.get(scope["path"]) if scope["method"] == "GET" else None
        if endpoint is None:
            await self._app(scope, receive, send)
            return 0
        response = await endpoint(Request(scope, receive))
        if type(response) is Cached and (finish := scope.get(FINISH)) is not None:
            entry, head = response.entry, scope[HEAD_KEY]
            if not (entry.waits_for_packing and head.takes_gzip):
                found = entry.choose(head)
                if finish(found.status, found.lines + lines(extra), found.body):
                    return found.status
        await response(scope, receive, send)
        return 0

    def _check(self, head: Head, left: int, scope: Scope) -> None:
        """Refuse too many requests, bodies that are too large, and compressed ones.

        Raises:
            Problem: 429, 413 or 415.
        """
        if left < 0:
            self._metrics.add("refused_total")
            _, seconds = self._limiter.count((scope.get("client") or _NOBODY)[0])
            raise Problem(TOO_MANY, headers={"Retry-After": str(seconds)})
        length = head.get(b"content-length")
        if length and (not length.isdigit() or len(length) > 15 or int(length) > MAX_BODY_BYTES):
            raise too_large()
        if head.get(b"content-encoding") not in (b"", b"identity"):
            raise Problem(MEDIA, headers={"Accept-Encoding": "identity"})


def framed_by(origins: Sequence[str]) -> Headers:
    """Return the headers of a view that some web sites, and this service, may show in a frame.

    Args:
        origins: Checked origins.

    Example:
        >>> framed_by(["https://www.hwk.example"])[0][1].split(b"; ")[-1]
        b"frame-ancestors 'self' https://www.hwk.example"
    """
    policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors"
    listed = " ".join(("'self'", *origins))
    return [
        (b"content-security-policy", f"{policy} {listed}".encode("ascii")),
        NOSNIFF,
        (b"referrer-policy", b"same-origin"),
        (b"x-robots-tag", b"noindex"),
    ]


def route_name(path: str) -> str:
    """Return what a request is counted under: the part after the version, ``health`` or ``page``.

    Example:
        >>> [route_name(path) for path in ("/api/v1/trades/A-24", "/health/ready", "/", "/api/v1")]
        ['trades', 'health', 'page', '']
    """
    if path.startswith("/api/v1"):
        return path[8:].partition("/")[0]
    return "health" if path.startswith("/health") else "metrics" if path == "/metrics" else "page"
