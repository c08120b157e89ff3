"""Logs as one JSON object a line, without query strings, keys, addresses of callers or file paths of answers.

The access log is off for ordinary answers: writing a line costs more than the answer. It names failures and
slow requests; everything can be switched on.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any, Final, Literal

from starlette.types import Scope

LOG = logging.getLogger("api.access")
Mode = Literal["off", "errors", "all"]
MODES: Final[tuple[Mode, ...]] = ("errors", "all", "off")
SLOW_SECONDS: Final = 1.0
_SERVER_ERROR: Final = 500
_PATH_LIMIT: Final = 200
_SECRET: Final = re.compile(r"fkm_[0-9a-f]{8}_[A-Za-z0-9_-]+")


class JsonFormatter(logging.Formatter):
    """One line a record: time, level, logger, message, and what was handed over as `extra={"fields": …}`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON; anything that looks like a key is struck out."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return redacted(json.dumps(line, ensure_ascii=False))


def redacted(text: str) -> str:
    """Return a text without keys.

    Example:
        >>> redacted("Bearer fkm_0a1b2c3d_secret was sent")
        'Bearer fkm_… was sent'
    """
    return _SECRET.sub("fkm_…", text)


class Access:
    """Which requests are logged, and how.

    Args:
        mode: ``off``, ``errors`` (status 5xx and slow ones) or ``all``.
    """

    def __init__(self, mode: Mode = "errors") -> None:
        self._mode = mode

    def wants(self, status: int, seconds: float) -> bool:
        """Tell whether a request is logged."""
        if self._mode == "errors":
            return status >= _SERVER_ERROR or seconds > SLOW_SECONDS
        return self._mode == "all"

    def write(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        """Log one request; the query string stays out of it, some tools send keys there."""
        fields = {
            "method": scope["method"],
            "path": ascii(scope["path"])[1:-1][:_PATH_LIMIT],
            "status": status,
            "milliseconds": round(seconds * 1000, 2),
            "request_id": request_id,
        }
        level = logging.ERROR if status >= _SERVER_ERROR else logging.INFO
        LOG.log(level, "Anfrage beantwortet", extra={"fields": fields})


def configuration() -> dict[str, Any]:
    """Return the logging set-up of the process, also for the web server's own messages."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {name: {"level": "INFO"} for name in ("api", "uvicorn.error")},
    }
