"""Validators and finished answers: the same question to the same release is answered once.

The ETag is ``"<snapshot>-<hash of path, canonical query, representation and code>"``, with ``-gzip`` for the
compressed bytes: equal tags mean equal bytes, and a new release changes every tag, so nothing has to be
thrown away by hand. The outermost layer (`api.boundary`) looks for answers before any routing.
`Last-Modified` only informs: after a rollback an older date would be the newer truth, so If-Modified-Since
decides nothing.

Source: RFC 9110, sections 8.8.3 (ETag), 12.5.3 (Accept-Encoding) and 13.1.2 (If-None-Match); RFC 8288 (Link).
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

if TYPE_CHECKING:
    from api.heads import Head
    from api.release import Release
    from api.service import Service

JSON: Final = "application/json"
HTML: Final = "text/html; charset=utf-8"
CACHE_CONTROL: Final = "public, max-age=300, stale-while-revalidate=86400"
IMMUTABLE: Final = "public, max-age=31536000, immutable"
PRIVATE: Final = "private, no-store"
VARY: Final = "Accept, Accept-Encoding"

HEAD_KEY: Final = "request_head"
QUESTION: Final = "question"
CHECKED: Final = "checked_against"
FINISH: Final = "finish"
ALONE: Final = "alone"
RELATED: Final = {
    "describedby": "/api/v1/measures",
    "service-desc": "/api/v1/openapi.json",
    "license": "/api/v1/sources",
}
_COMPRESS_FROM: Final = 1_000
_FIELDS_KEPT: Final = 256
_GZIP_LEVEL: Final = 6
_PACKED_INLINE: Final = 100_000
OVERHEAD: Final = 2_000  # headers, keys and objects of one answer, generously
_COMPRESSED_TYPES: Final = ("text/", "application/json", "application/x-ndjson", "application/ld+json")
_CONTROLS: Final = bytes({*range(32), 127} - {9})
_TAG = re.compile(r'(?:W/)?("[!#-~\x80-\xff]*")')

Headers = list[tuple[bytes, bytes]]
Question = tuple[str, bytes, bytes]
"""Path, query string, Accept."""


class Variant:
    """An answer as it leaves: status, headers and body, and the headers as bytes once somebody needs them."""

    __slots__ = ("_lines", "body", "headers", "status")

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body
        self._lines = b""

    @property
    def lines(self) -> bytes:
        """The headers as they stand on the wire, spelled once."""
        if not self._lines:
            self._lines = lines(self.headers)
        return self._lines


def lines(headers: Headers) -> bytes:
    """Return headers as they stand on the wire.

    Raises:
        ValueError: If one holds a line break or another control character.

    Example:
        >>> lines([(b"vary", b"Accept")]).splitlines()
        [b'vary: Accept']
    """
    text = b"".join([b"%b: %b\r\n" % header for header in headers])
    # each line ends as it should, and there is no control character beside these ends
    if len(text) - len(text.translate(None, _CONTROLS)) != 2 * len(headers):
        raise ValueError("control character in a header")
    return text


class Entry:
    """One finished answer: body, headers of its variants, compressed once when first asked for so.

    Args:
        release: Id of the release the bytes come from.
        tag: Strong validator of the plain bytes.
        body: The plain bytes.
        headers: All headers but ETag, Content-Length and Content-Encoding.
        pinned: The address names the release, so the answer outlives a swap.
        checked: Id of the release in force against which a release named by address was checked.
        compressible: Whether the media type is worth compressing.
    """

    __slots__ = (
        "_compressible", "_headers", "_packed", "_same", "body", "checked", "pinned", "plain", "questions",
        "release", "size", "tag",
    )  # fmt: skip

    def __init__(
        self,
        release: str,
        tag: str,
        body: bytes,
        headers: Headers,
        *,
        pinned: bool,
        compressible: bool,
        checked: str = "",
    ) -> None:
        self.release, self.tag, self.body, self.pinned = release, tag, body, pinned
        self.checked = checked or release
        self._headers = headers
        self._compressible = compressible and len(body) >= _COMPRESS_FROM
        # what it may hold: the compressed twin is kept only if it is at most half as large
        self.size = OVERHEAD + len(body) + (len(body) // 2 if self._compressible else 0)
        length = (b"content-length", b"%d" % len(body))
        self.plain = Variant(200, [(b"etag", tag.encode("latin-1")), length, *headers], body)
        self.questions: list[Question] = []  # what leads here, as long as the cache keeps it
        self._packed: Variant | None = None
        self._same: dict[bytes, Variant] = {}  # validator → its 304, made when first asked for

    @property
    def _tags(self) -> tuple[str, str]:
        """Validators of the plain and of the compressed bytes."""
        return self.tag, f'{self.tag[:-1]}-gzip"'

    @property
    def waits_for_packing(self) -> bool:
        """Whether compressing is still to be done and too long for the event loop."""
        return self._compressible and self._packed is None and len(self.body) > _PACKED_INLINE

    def pack(self) -> None:
        """Compress the body; one that hardly shrinks stays as it is for good."""
        packed = gzip.compress(self.body, _GZIP_LEVEL, mtime=0)
        if len(packed) > len(self.body) // 2:
            self._compressible = False
            return
        headers = [
            (b"etag", self._tags[1].encode("latin-1")),
            (b"content-length", str(len(packed)).encode()),
            (b"content-encoding", b"gzip"),
            *self._headers,
        ]
        self._packed = Variant(200, headers, packed)

    def _compressed(self) -> Variant | None:
        if self._packed is None:
            self.pack()
        return self._packed

    def choose(self, head: Head) -> Variant:
        """Return what one caller gets: 304, compressed or plain."""
        if head.plain:
            return self.plain
        if known := head.get(b"if-none-match"):
            if known in self._same:
                return self._same[known]
            if tag := self._match(known.decode("latin-1"), head):
                same = Variant(304, [(b"etag", tag.encode("latin-1")), *unchanged(self._headers)], b"")
                self._same[tag.encode("latin-1")] = same
                return same
        if self._compressible and head.takes_gzip and (packed := self._compressed()):
            return packed
        return self.plain

    def _match(self, known: str, head: Head) -> str:
        """Return the tag the caller already has, of either variant; empty if none."""
        if known in self._tags:
            return known
        if known.strip() == "*":
            return self._tags[1] if self._compressible and head.takes_gzip else self.tag
        found = set(_TAG.findall(known))
        return next((tag for tag in self._tags if tag in found), "")


def unchanged(headers: Headers) -> Headers:
    """Return the headers a 304 repeats: those that tell caches what to do, not those that describe a body."""
    return [(name, value) for name, value in headers if name in (b"cache-control", b"vary")]


class Cached(Response):
    """An entry as a response: chooses the variant when it is sent."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.status_code, self.background, self.body = 200, None, entry.body
        self.media_type = None
        self.raw_headers = entry.plain.headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send status, headers and body."""
        head = scope[HEAD_KEY]
        if self.entry.waits_for_packing and head.takes_gzip:
            await asyncio.to_thread(self.entry.pack)
        found = self.entry.choose(head)
        await send({"type": "http.response.start", "status": found.status, "headers": found.headers})
        await send({"type": "http.response.body", "body": found.body})


def etag(release_id: str, *parts: str) -> str:
    """Return a strong validator for one representation of a release."""
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return f'"{release_id}-{digest}"'


def matches(header: str, tag: str) -> bool:
    """Tell whether If-None-Match holds a tag; malformed tags match nothing.

    Example:
        >>> matches('W/"x", "abc"', '"abc"'), matches("*", '"abc"'), matches("abc", '"abc"')
        (True, True, False)
    """
    return header.strip() == "*" or tag in _TAG.findall(header)


def link_header(links: Mapping[str, str]) -> str:
    """Return relations as one Link header (RFC 8288).

    Example:
        >>> link_header({"next": "/api/v1/x?offset=5"})
        '</api/v1/x?offset=5>; rel="next"'
    """
    return ", ".join(f'<{target}>; rel="{relation}"' for relation, target in links.items())


def answer(
    request: Request,
    service: Service,
    release: Release,
    query: str,
    build: Callable[[], bytes],
    *,
    media_type: str = JSON,
    lang: str = "de",
    links: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    more: Headers | None = None,
    pinned: bool = False,
) -> Response:
    """Return 304, the cached bytes or freshly built ones.

    Args:
        request: The request; its path and the headers read by the outermost layer are looked at.
        service: Cache and code version.
        release: The release this request answers from.
        query: Canonical query: all that decides the answer beside path and media type.
        build: Makes the body; called only if needed.
        media_type: Representation.
        lang: For Content-Language.
        links: Relation → address for the Link header, for example next or alternate.
        headers: Further headers, for example Content-Disposition.
        more: Header lines of this answer alone: the others are shared with many, and spelled once.
        pinned: The address names the release: the answer never changes.
    """
    scope = request.scope
    tag = etag(release.id, scope["path"], query, media_type, lang, service.fingerprint)
    private = service.draft
    entry = None if private else service.cache.get(tag)
    if entry is None:
        control = PRIVATE if private else IMMUTABLE if pinned else CACHE_CONTROL
        fields = _shared_fields(service, release, media_type, lang, control, links or {}, headers or {})
        if more:
            fields = [*fields, *more]
        known = scope[HEAD_KEY].get(b"if-none-match").decode("latin-1")
        if known and (same := _known(known, tag)):
            return _not_modified(same, fields)
        entry = Entry(
            release.id, tag, build(), fields,
            pinned=pinned, compressible=media_type.startswith(_COMPRESSED_TYPES),
        )  # fmt: skip
    entry.checked = scope.get(CHECKED, release.id)
    if not private:
        service.cache.put(entry, scope.get(QUESTION))
    return Cached(entry)


def told(
    request: Request,
    body: bytes,
    lang: str,
    *,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return an answer that may change at any moment: kept nowhere unasked, with a validator of its bytes.

    Args:
        request: The request.
        body: The bytes.
        lang: For Content-Language.
        media_type: Representation.
        headers: Further headers, or others than usual.
    """
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    fields = {"Cache-Control": "no-cache", "Content-Language": lang, "Link": link_header(RELATED),
              **(headers or {}), "ETag": tag}  # fmt: skip
    if matches(request.scope[HEAD_KEY].get(b"if-none-match").decode("latin-1"), tag):
        kept = ("ETag", "Cache-Control", "Vary")
        return Response(status_code=304, headers={name: fields[name] for name in kept if name in fields})
    return Response(body, media_type=media_type, headers=fields)


def _known(known: str, tag: str) -> str:
    """Return the validator the caller has, of either variant; empty if the body has to be built."""
    return next((one for one in (tag, f'{tag[:-1]}-gzip"') if matches(known, one)), "")


def _not_modified(tag: str, fields: Headers) -> Response:
    response = Response(status_code=304)
    response.raw_headers = [(b"etag", tag.encode("latin-1")), *unchanged(fields)]
    return response


def _shared_fields(
    service: Service,
    release: Release,
    media_type: str,
    lang: str,
    control: str,
    links: Mapping[str, str],
    headers: Mapping[str, str],
) -> Headers:
    """Return the headers all variants of an answer share; most answers share them with each other too."""
    if headers or len(links) > 1:
        return _fields(service, release, media_type, lang, control, links, headers)
    key = (release.id, media_type, lang, control, *links.items())
    found = service.fields.get(key)
    if found is None:
        if len(service.fields) >= _FIELDS_KEPT:
            service.fields.clear()
        found = _fields(service, release, media_type, lang, control, links, headers)
        service.fields[key] = found
    return found


def _fields(
    service: Service,
    release: Release,
    media_type: str,
    lang: str,
    control: str,
    links: Mapping[str, str],
    headers: Mapping[str, str],
) -> Headers:
    fields: Headers = [
        (b"content-type", media_type.encode("latin-1")),
        (b"content-language", lang.encode("latin-1")),
        (b"cache-control", control.encode("latin-1")),
        (b"vary", VARY.encode("latin-1")),
        (b"last-modified", service.last_modified(release)),
    ]
    related = dict(links)
    if media_type != HTML:
        related = {**RELATED, **related}
    if related:
        fields.append((b"link", link_header(related).encode("latin-1", "replace")))
    fields += [
        (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in headers.items()
    ]
    return fields
