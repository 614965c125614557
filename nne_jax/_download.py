"""Fetches one file whose size and SHA-256 are known, within limits, whole or not at all."""

import contextlib
import hashlib
import http.client
import os
import queue
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nne_jax._files import is_partial, reported

ANSWER_SECONDS = 10.0  # to look up the name, connect, be redirected and begin to answer
STALL_SECONDS = 20.0  # from one piece to the next
SLOWEST = 50_000  # bytes a second, on average
SPARE_SECONDS = 60.0  # that a whole transfer may take beyond this
_PIECE = 1 << 16  # bytes


class TransferError(Exception):
    """Why a file could not be fetched, in words for within a sentence."""


def fetch(url: str, path: Path, size: int, sha256: str) -> None:
    """Downloads a file into its folder; what is at ``path`` afterwards is whole and right.

    It takes at most SPARE_SECONDS + size / SLOWEST seconds. Processes that fetch the same file at
    the same time do so each for itself.

    Args:
      url: where it is; redirections are followed.
      path: where to put it.
      size: in bytes, as it is sent.
      sha256: of what is sent.

    Raises:
      TransferError: it cannot be fetched, or is not what it should be; nothing is left.
      StorageError: it cannot be written; nothing is left.
    """
    remedy = "make room or give permission, or put the files into $NNE_JAX_DATA_DIR"
    with reported(f"download into {path.parent}", remedy):
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(path.parent)
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
        digest = hashlib.sha256()
        try:
            with partial.open("xb") as file:
                for piece in _pieces(url, size):
                    file.write(piece)
                    digest.update(piece)
                file.flush()
                os.fsync(file.fileno())
            if digest.hexdigest() != sha256:
                raise TransferError(f"it sends another file, of SHA-256 {digest.hexdigest()[:12]}…")
            os.replace(partial, path)
        finally:
            with contextlib.suppress(OSError):
                partial.unlink()


def _remove_abandoned(folder: Path) -> None:
    """Removes what killed downloads left: a live one writes at least every STALL_SECONDS."""
    for path in filter(is_partial, folder.iterdir()):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > 10 * STALL_SECONDS:
                path.unlink()


def _pieces(url: str, size: int) -> Iterator[bytes]:
    """The ``size`` bytes that a server sends. A thread receives, so that no limit can be missed:
    neither looking up a name nor bytes that come one by one have a time-out of their own."""
    received: queue.Queue = queue.Queue(maxsize=8)
    threading.Thread(target=_receive, args=(url, received), daemon=True).start()
    last = time.monotonic() + SPARE_SECONDS + size / SLOWEST
    _check(_next(received, ANSWER_SECONDS, last, "no answer"), size)
    got = 0
    while piece := _next(received, STALL_SECONDS, last, f"nothing more after {got} bytes"):
        got += len(piece)
        if got > size:
            raise TransferError(f"it sends more than the {size} bytes of the file")
        yield piece
    if got < size:
        raise TransferError(f"it ended after {got} of {size} bytes")


def _receive(url: str, received: queue.Queue) -> None:
    """Puts a server's answer into a queue, then the pieces, then an empty one; or an exception."""
    import requests

    def put(item: Any) -> None:
        received.put(item, timeout=2 * STALL_SECONDS)  # nobody takes it: the limit is over

    try:
        headers = {"Accept-Encoding": "identity"}  # a packed file as it is
        limits = 2 * ANSWER_SECONDS, 2 * STALL_SECONDS  # ends the thread that nobody waits for
        with requests.get(url, headers=headers, stream=True, timeout=limits) as answer:
            answer.raw.enforce_content_length = False  # too little is counted and said by _pieces
            put(answer)
            while piece := answer.raw.read(_PIECE):
                put(piece)
            put(b"")
    except queue.Full:
        pass
    except Exception as error:  # of requests, urllib3 and the system: all are reported
        with contextlib.suppress(queue.Full):
            put(error)


def _next(received: queue.Queue, seconds: float, last: float, late: str) -> Any:
    """What is received within some seconds, and before the last moment."""
    try:
        item = received.get(timeout=max(0.0, min(seconds, last - time.monotonic())))
    except queue.Empty:
        if time.monotonic() >= last:
            raise TransferError(f"slower than {SLOWEST / 1000:g} kB/s") from None
        raise TransferError(f"{late} in {seconds:g} s") from None
    if isinstance(item, Exception):
        raise TransferError(f"the connection failed: {type(item).__name__}") from item
    return item


def _check(answer: Any, size: int) -> None:
    """Refuses an answer that cannot be the file."""
    if answer.status_code != http.client.OK:
        meaning = http.client.responses.get(answer.status_code, "")
        raise TransferError(f"it answers {answer.status_code} {meaning}".rstrip())
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        raise TransferError(f"{urlsplit(answer.url).netloc} sends a web page: is a login needed?")
    length = answer.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) != size:
        raise TransferError(f"it offers {length[:20]} bytes instead of {size}")
