"""Ctrl+C: this process ends with one sentence, and the processes it began are stopped by it.

A terminal sends the signal to all of them at once. Each would end in the middle of something and say so, in
English and over many lines; therefore only this one hears it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any, Final

INTERRUPTED: Final = 130


@contextmanager
def deaf() -> Iterator[None]:
    """Begin processes that do not hear Ctrl+C; this one hears it when they have begun.

    What a process blocks, its children block for good; where the system knows no such thing, nothing changes.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # whoever begins it unblocks the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let the first Ctrl+C raise KeyboardInterrupt and a second one end this process at once.

    From the first one on, until this process has ended, threads are silent: those that wait for stopped
    processes find less than they left.
    """
    if threading.current_thread() is not threading.main_thread():  # nobody else may handle signals
        yield
        return

    def interrupt(*_: Any) -> None:  # noqa: ANN401
        threading.excepthook = lambda _: None
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is interrupt:  # else this process is ending
            signal.signal(signal.SIGINT, before)
