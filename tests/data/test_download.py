"""One file from a server that does right, and from servers of every bad kind; limits made small."""

import hashlib
import http.server
import os
import threading
import time

import pytest

from nne_jax import _download
from nne_jax._download import TransferError, fetch
from nne_jax.errors import StorageError

CONTENT = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HALF = len(CONTENT) // 2


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def start(self, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def do_GET(self):
        self.server.requested.append(self.path)
        getattr(self, self.path.strip("/").partition("?")[0])()

    def right(self):
        self.start(Content_Length=len(CONTENT))
        self.wfile.write(CONTENT)

    def no_length(self):
        self.start()
        self.wfile.write(CONTENT)

    def moved(self):
        self.start(302, Location="/right")

    def round_and_round(self):
        self.start(302, Location="/round_and_round")

    def to_a_file(self):
        self.start(302, Location="file:///etc/hostname")

    def login(self):
        self.start(302, Location="/page?then=/right")

    def page(self):
        self.start(Content_Type="text/html; charset=utf-8")
        self.wfile.write(b"<html>please pay")

    def unavailable(self):
        self.start(503)

    def no_answer(self):
        self.server.over.wait(5)

    def stall(self):
        self.start(Content_Length=len(CONTENT))
        self.wfile.write(CONTENT[:HALF])
        self.server.over.wait(5)

    def drip(self):
        self.start(Content_Length=len(CONTENT))
        for index in range(len(CONTENT)):
            self.wfile.write(CONTENT[index : index + 1])
            if self.server.over.wait(0.02):
                break

    def slow(self):
        self.start(Content_Length=len(CONTENT))
        for start in range(0, len(CONTENT), 1 << 16):
            self.wfile.write(CONTENT[start : start + (1 << 16)])
            if self.server.over.wait(0.1):
                break

    def endless(self):
        self.start()
        while not self.server.over.is_set():
            self.wfile.write(CONTENT)

    def other_size(self):
        self.start(Content_Length=10**11)

    def other_content(self):
        self.start(Content_Length=len(CONTENT))
        self.wfile.write(CONTENT[::-1])

    def closes_early(self):
        self.start(Content_Length=len(CONTENT))
        self.wfile.write(CONTENT[:HALF])

    def nonsense(self):
        self.wfile.write(b"\x00\xff" * 100)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *args):  # a client that has had enough
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    for name, seconds in (("ANSWER_SECONDS", 0.3), ("STALL_SECONDS", 0.2), ("SPARE_SECONDS", 2.0)):
        monkeypatch.setattr(_download, name, seconds)
    with Server(("127.0.0.1", 0), Handler) as server:
        server.over, server.requested = threading.Event(), []
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        server.url = f"http://127.0.0.1:{server.server_port}"
        yield server
        server.over.set()
        server.shutdown()


@pytest.mark.parametrize("path", ["right", "no_length", "moved"])
def test_what_is_fetched_is_right_and_alone_in_its_new_folder(server, path, tmp_path):
    file = tmp_path / "cache" / "mnist" / "file.gz"
    fetch(f"{server.url}/{path}", file, len(CONTENT), SHA256)
    assert file.read_bytes() == CONTENT
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("unavailable", "it answers 503 Service Unavailable"),
        ("login", r"127\.0\.0\.1:\d+ sends a web page: is a login needed"),
        ("round_and_round", "the connection failed: TooManyRedirects|no answer in 0.3 s"),
        ("to_a_file", "the connection failed: InvalidSchema"),
        ("no_answer", "no answer in 0.3 s"),
        ("stall", r"nothing more after \d+ bytes in 0.2 s"),
        ("drip", "nothing more after 0 bytes in 0.2 s"),
        ("endless", "it sends more than the 256000 bytes of the file"),
        ("other_size", "it offers 100000000000 bytes instead of 256000"),
        ("other_content", "it sends another file, of SHA-256 "),
        ("closes_early", "it ended after 128000 of 256000 bytes"),
        ("nonsense", "the connection failed: ConnectionError"),
    ],
)
def test_bad_servers_end_in_words_soon_and_leave_nothing(server, path, message, tmp_path):
    start = time.monotonic()
    with pytest.raises(TransferError, match=message):
        fetch(f"{server.url}/{path}", tmp_path / "file.gz", len(CONTENT), SHA256)
    assert time.monotonic() - start < 1
    assert not list(tmp_path.iterdir())


def test_a_slow_transfer_ends_at_the_limit_of_all_of_it(server, monkeypatch, tmp_path):
    monkeypatch.setattr(_download, "SPARE_SECONDS", 0.1)
    monkeypatch.setattr(_download, "SLOWEST", len(CONTENT) * 10)
    with pytest.raises(TransferError, match="slower than 2560 kB/s"):
        fetch(f"{server.url}/slow", tmp_path / "file.gz", len(CONTENT), SHA256)
    assert not list(tmp_path.iterdir())


def test_nobody_there(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(TransferError, match="the connection failed: ConnectionError"):
        fetch("http://127.0.0.1:9/file", tmp_path / "file.gz", 1, SHA256)


def test_the_limits_are_short_enough_to_wait_for():
    assert _download.ANSWER_SECONDS + _download.STALL_SECONDS <= 30
    assert _download.SPARE_SECONDS + 26_421_880 / _download.SLOWEST < 600  # Fashion-MNIST's largest


def test_several_at_once_do_not_break_each_other(server, tmp_path):
    file, failed = tmp_path / "file.gz", []

    def one():
        try:
            fetch(f"{server.url}/right", file, len(CONTENT), SHA256)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=one) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert file.read_bytes() == CONTENT
    assert list(tmp_path.iterdir()) == [file]


def test_what_a_killed_download_left_is_removed_and_a_live_one_is_not(server, tmp_path):
    old, live, foreign = (tmp_path / name for name in (".a.gz.1.partial", ".b.gz.2.partial", "c"))
    for path in (old, live, foreign):
        path.write_bytes(b"x")
    for path in (old, foreign):
        os.utime(path, (0, 0))
    fetch(f"{server.url}/right", tmp_path / "file.gz", len(CONTENT), SHA256)
    assert {path.name for path in tmp_path.iterdir()} == {live.name, foreign.name, "file.gz"}


def test_a_place_that_cannot_be_written_is_a_sentence(server, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StorageError, match=r"download into .*file/mnist: .*; make room or give"):
        fetch(f"{server.url}/right", tmp_path / "file" / "mnist" / "a.gz", len(CONTENT), SHA256)
    assert not server.requested  # it is tried before the transfer

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left on device; make room"):
        fetch(f"{server.url}/right", tmp_path / "cache" / "a.gz", len(CONTENT), SHA256)
    assert not list((tmp_path / "cache").iterdir())
