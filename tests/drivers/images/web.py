"""A web server on loopback that serves one content, and misbehaves as told."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Site:
    """What is served, and how. Tests change it while it runs."""

    content: bytes = b""
    etag: str = '"one"'
    last_modified: str = ""
    ranges: bool = True
    conditions: bool = True
    cut_after: list[int] = field(default_factory=list)  # bytes after which the next answers break off
    statuses: list[int] = field(default_factory=list)  # of the next answers
    length: int | None = None  # a lie
    say_length: bool = True
    chunked: bool = False
    redirect: str = ""
    slow_body: bool = False  # a byte now and then until the client leaves
    slow_headers: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    before_body: Callable[[], None] = lambda: None
    requests: list[dict[str, str]] = field(default_factory=list)
    base: str = ""

    @property
    def url(self) -> str:
        return f"{self.base}/image"

    def ranges_asked(self) -> list[str]:
        return [request.get("Range", "") for request in self.requests]


@contextlib.contextmanager
def serving(site: Site) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.requests.append(dict(self.headers.items()))
            self.close_connection = True
            with contextlib.suppress(ConnectionError):
                answer(self, site)

        def end_headers(self) -> None:
            # Said, not only done: a client that takes the connection for open may lose its next request.
            self.send_header("Connection", "close")
            super().end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answer(handler: BaseHTTPRequestHandler, site: Site) -> None:
    if site.slow_headers:
        drip(handler, b"HTTP/1.1 200 OK\r\n" + b"X-Slow: and slow\r\n" * 1000)
        return
    if site.redirect:
        handler.send_response(302)
        handler.send_header("Location", site.redirect)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    status, start = chosen_status(handler, site)
    body = site.content[start:] if status in (200, 206) else b""
    handler.send_response(status)
    send_headers(handler, site, status, start, len(body))
    if status in (200, 206):
        site.before_body()
        send_body(handler, site, body)


def chosen_status(handler: BaseHTTPRequestHandler, site: Site) -> tuple[int, int]:
    if site.statuses:
        return site.statuses.pop(0), 0
    asked = handler.headers
    same = site.etag and asked.get("If-None-Match") == site.etag
    same = same or (site.last_modified and asked.get("If-Modified-Since") == site.last_modified)
    if site.conditions and same:
        return 304, 0
    wanted = asked.get("Range", "")
    if site.ranges and wanted and asked.get("If-Range", "") in (site.etag, site.last_modified):
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        return (206, start) if start < len(site.content) else (416, 0)
    return 200, 0


def send_headers(handler: BaseHTTPRequestHandler, site: Site, status: int, start: int, length: int) -> None:
    total = len(site.content)
    fields = {"ETag": site.etag, "Last-Modified": site.last_modified, **site.headers}
    if status == 206:
        fields["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
    if status == 416:
        fields["Content-Range"] = f"bytes */{total}"
    if site.chunked and length:
        fields["Transfer-Encoding"] = "chunked"
    elif site.say_length and status != 304:
        fields["Content-Length"] = str(site.length if site.length is not None and status == 200 else length)
    for name, value in fields.items():
        if value:
            handler.send_header(name, value)
    handler.end_headers()


def send_body(handler: BaseHTTPRequestHandler, site: Site, body: bytes) -> None:
    if site.slow_body:
        drip(handler, body)
        return
    cut = site.cut_after.pop(0) if site.cut_after else len(body)
    if not site.chunked:
        handler.wfile.write(body[:cut])
        return
    for at in range(0, cut, 10000):
        piece = body[at : min(at + 10000, cut)]
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
    if cut >= len(body):
        handler.wfile.write(b"0\r\n\r\n")


def drip(handler: BaseHTTPRequestHandler, data: bytes) -> None:
    """Just enough that the connection does not seem dead."""
    for byte in data:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.02)
