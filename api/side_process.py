"""The process at the other end of a lane: a line of JSON in, a head and bytes out, until the input ends."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any, BinaryIO, Final

import orjson

DONE: Final = b"done"
FAILED: Final = b"failed"
_SHOWN: Final = 2_000


def serve(
    reading: BinaryIO,
    writing: BinaryIO,
    answer: Callable[[dict[str, Any]], bytes],
    expected: tuple[type[Exception], ...],
) -> None:
    r"""Answer until the input ends; a request that fails ends only that request.

    Args:
        reading: One request a line.
        writing: Takes ``done`` or ``failed``, the number of bytes, and the bytes.
        answer: Makes the answer.
        expected: Errors that end one request; any other ends the process, and the lane starts a new one.

    Example:
        >>> from io import BytesIO
        >>> out = BytesIO()
        >>> serve(BytesIO(b'{"n": 2}\n{}\n'), out, lambda asked: b"x" * asked["n"], (KeyError,))
        >>> out.getvalue()
        b"done 2\nxxfailed 13\nKeyError('n')"
    """
    for line in reading:
        try:
            state, body = DONE, answer(orjson.loads(line))
        except expected as error:
            state, body = FAILED, repr(error).encode("utf-8", "replace")[:_SHOWN]
        writing.write(b"%s %d\n" % (state, len(body)))
        writing.write(body)
        writing.flush()


def run(answer: Callable[[dict[str, Any]], bytes], expected: tuple[type[Exception], ...]) -> None:
    """Serve standard input and output, stepping back as far as the first argument says.

    Ctrl+C and a service manager send their signals to every process of the service at once. This one goes on:
    the service decides what may still be finished, and then closes the input.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(int(sys.argv[1]))
    serve(sys.stdin.buffer, sys.stdout.buffer, answer, expected)
