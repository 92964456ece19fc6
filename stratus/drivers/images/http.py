"""One HTTP answer whose content is read as it comes; redirects are followed by our rules."""

import contextlib
import re
import threading
from collections.abc import Iterator
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from stratus.drivers.images.limits import Limits
from stratus.drivers.images.location import without_password
from stratus.drivers.images.public import NotPublic, keep_to_public
from stratus.errors import BadInput, Denied

if TYPE_CHECKING:
    import requests

_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 8


class Interrupted(Exception):
    """The transfer broke off. `passing`: another try may help."""

    def __init__(self, message: str, *, passing: bool = True) -> None:
        super().__init__(message)
        self.passing = passing


class Answer:
    """The server's answer: its status and headers, and its content piece by piece."""

    def __init__(self, response: "requests.Response") -> None:
        self._response = response
        self.status = response.status_code
        self.reason = response.reason or ""

    def header(self, name: str) -> str:
        """A header, or the empty text."""
        return str(self._response.headers.get(name, ""))

    @property
    def length(self) -> int:
        """What Content-Length says; 0 when it says nothing."""
        text = self.header("Content-Length")
        return int(text) if re.fullmatch(r"[0-9]{1,19}", text) else 0

    def content_range(self) -> tuple[int, int]:
        """First byte and length of the whole from Content-Range; (-1, 0) where it does not say."""
        found = re.fullmatch(r"bytes (?:([0-9]{1,19})-[0-9]{1,19}|\*)/([0-9]{1,19}|\*)", self.header("Content-Range"))
        if not found:
            return -1, 0
        start, total = found.groups()
        return int(start) if start else -1, int(total) if total != "*" else 0

    def read(self, size: int) -> bytes:
        """Up to `size` bytes as soon as there are some, as the server stores them; empty at the end.

        Raises Interrupted when the connection breaks or is silent for too long."""
        import urllib3

        try:
            # read1, not read: read would collect `size` bytes and hide a server that sends one each minute. Not
            # decoded: servers that say "Content-Encoding: gzip" of a .gz file mean the file.
            return bytes(self._response.raw.read1(size, decode_content=False))
        except (urllib3.exceptions.HTTPError, HTTPException, OSError) as error:
            raise Interrupted(_reason(error)) from error


@contextlib.contextmanager
def http_get(
    url: str, headers: dict[str, str], *, limits: Limits, allow_downgrade: bool, public_only: bool = False
) -> Iterator[Answer]:
    """The answer to a GET, redirects followed. Raises Interrupted, BadInput for a redirect that we do not follow, and
    Denied where it would come from a server that is not `public_only`."""
    import requests

    with requests.Session() as session:
        if public_only:
            keep_to_public(session)
        for _ in range(_MOST_REDIRECTS):
            response = _ask(session, url, headers, limits)
            try:
                if response.status_code not in _REDIRECTS or "Location" not in response.headers:
                    yield Answer(response)
                    return
                url = next_url(url, response.headers["Location"], allow_downgrade)
            finally:
                response.close()
    raise BadInput(f"{without_password(url)} redirects more than {_MOST_REDIRECTS} times")


def _ask(session: "requests.Session", url: str, headers: dict[str, str], limits: Limits) -> "requests.Response":
    """Send the request; give the answer when its headers are there.

    Time limits of sockets begin anew with every byte, so that a server could send its headers for days. Therefore a
    thread waits for them, and is left behind when it takes too long."""
    import requests

    outcome: list[requests.Response | Exception] = []
    abandoned = threading.Event()

    def ask() -> None:
        try:
            response = session.get(
                url,
                headers={"Accept-Encoding": "identity", "User-Agent": "stratus", **headers},
                stream=True,
                allow_redirects=False,
                timeout=(limits.connect_s, limits.answer_s),
            )
        except (requests.RequestException, OSError, ValueError) as error:
            outcome.append(error)
            return
        outcome.append(response)
        if abandoned.is_set():
            response.close()

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(limits.connect_s + limits.answer_s)
    abandoned.set()
    if not outcome:
        raise Interrupted(f"the server did not answer within {limits.connect_s + limits.answer_s:g} s")
    if isinstance(outcome[0], Exception):
        raise _refused(url, outcome[0]) from outcome[0]
    return outcome[0]


def _refused(url: str, error: Exception) -> Exception:
    import requests

    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return BadInput(f"this is not a URL that can be fetched: {without_password(url)}")
    cause = _innermost(error)
    if isinstance(cause, NotPublic):
        return Denied(
            f"{without_password(url)}: {cause}, and only the front end reaches it",
            hint="fetch it yourself and import the file, which is sent along",
        )
    return Interrupted(_reason(error), passing=not isinstance(error, requests.exceptions.SSLError))


def next_url(url: str, target: str, allow_downgrade: bool) -> str:
    """Where a redirect leads. Raises BadInput when we do not follow it there."""
    wanted = urljoin(url, target)
    scheme = urlsplit(wanted).scheme
    if scheme not in ("http", "https"):
        raise BadInput(f"{without_password(url)} redirects to {wanted!r}; only http and https are followed")
    if urlsplit(url).scheme == "https" and scheme == "http" and not allow_downgrade:
        raise BadInput(
            f"{without_password(url)} redirects from https to http, where anybody may change the image on its way",
            hint="give its checksum, or the address of another mirror",
        )
    return wanted


def _reason(error: Exception) -> str:
    """The innermost cause in one line."""
    return str(_innermost(error))[:300] or type(error).__name__


def _innermost(error: Exception) -> BaseException:
    cause: BaseException = error
    while inner := next((each for each in cause.args if isinstance(each, BaseException)), None):
        cause = inner
    reason = getattr(cause, "reason", None)
    return reason if isinstance(reason, BaseException) else cause
