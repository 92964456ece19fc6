"""The lines of the link: how a request and its answer are written, read and served, one JSON object a line."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from stratus.errors import BadInput, NodeUnreachable, NotFound, StratusError, from_wire

_log = logging.getLogger(__name__)

# What an agent says in its first line, with the oldest protocol that it still speaks under the name by which releases
# before the second knew their only one. 1: that alone. 2: the newest is told as well.
PROTOCOL = 2
OLDEST_PROTOCOL = 1  # two releases that follow each other work together, whichever is older
MAX_LINE_BYTES = 16 * 2**20
SERVE_COMMAND = ("serve", "--stdio")  # the agent's sub-command that speaks all this
CHUNK_BYTES = 64 * 2**10

Method = Callable[[dict[str, Any]], dict[str, Any]]


def encode(document: Mapping[str, Any]) -> bytes:
    """One line, newline included. Raises TypeError or ValueError for what JSON cannot carry (NaN among it)."""
    return json.dumps(document, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """The object in a line; BadInput if it is anything else."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"not a line of JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadInput(f"a JSON object was expected, not {type(document).__name__}")
    return document


def hello(version: str, pid: int) -> dict[str, Any]:
    """The first line of an agent."""
    return {"hello": {"protocol": OLDEST_PROTOCOL, "newest": PROTOCOL, "version": version, "pid": pid}}


def check_spoken(node: str, hello: Mapping[str, Any]) -> None:
    """Raise NodeUnreachable, with the end that is to be renewed, unless the agent speaks a protocol that we speak."""
    oldest, newest = hello.get("protocol"), hello.get("newest", hello.get("protocol"))
    if isinstance(oldest, int) and isinstance(newest, int) and oldest <= PROTOCOL and newest >= OLDEST_PROTOCOL:
        return
    is_newer = isinstance(oldest, int) and oldest > PROTOCOL
    theirs, ours = _from_to(oldest, newest), _from_to(OLDEST_PROTOCOL, PROTOCOL)
    raise NodeUnreachable(
        f"{node}: its agent (release {hello.get('version')}) speaks protocol {theirs}, this front end speaks {ours}",
        hint="it is the newer one: bring this front end to its release" if is_newer else f"stratus node update {node}",
    )


def _from_to(oldest: object, newest: object) -> str:
    return f"{oldest}" if oldest == newest else f"{oldest} to {newest}"


def split_lines(read: Callable[[int], bytes], max_line_bytes: int = MAX_LINE_BYTES) -> Iterator[bytes | None]:
    """Each non-empty line that `read` brings until it brings nothing, without its newline; None for one too long.

    A last line without a newline is a torn one and is dropped.
    """
    held = bytearray()
    dropping = False  # inside a line that is too long
    while chunk := read(CHUNK_BYTES):
        *whole, rest = chunk.split(b"\n")
        for piece in whole:
            line = bytes(held + piece)
            held.clear()
            if dropping or len(line) > max_line_bytes:
                dropping = False
                yield None
            elif line.strip():
                yield line
        held += rest
        if len(held) > max_line_bytes:
            held.clear()
            dropping = True


def answer_request(methods: Mapping[str, Method], request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of one of `methods` to a request, whatever happens in it; ready to be encoded."""
    request_id = request_id_of(request)
    try:
        return {"id": request_id, "result": _perform(methods, request)}
    except StratusError as error:
        return error_answer(request_id, error)
    except Exception as error:
        # The agent lives on after any bug in one of its methods; the caller learns its type and text.
        _log.exception("request %s: a bug in %s", request_id, request.get("method"))
        return bug_answer(request_id, error)


def _perform(methods: Mapping[str, Method], request: Mapping[str, Any]) -> dict[str, Any]:
    name, params = request.get("method"), request.get("params", {})
    if request_id_of(request) is None:
        raise BadInput("a request needs an id, a number or a string")
    if not isinstance(name, str) or not isinstance(params, dict):
        raise BadInput("a request needs a method, which is a name, and params, which is an object")
    if name not in methods:
        raise NotFound(f"the agent has no method {name!r}", hint="install the same release on both ends")
    result = methods[name](params)
    if not isinstance(result, dict):
        raise TypeError(f"{name} gave a {type(result).__name__}, not an object")
    return result


def request_id_of(request: Mapping[str, Any]) -> int | str | None:
    """The id of a request or an answer, None if it has none that can be used."""
    request_id = request.get("id")
    return request_id if isinstance(request_id, int | str) else None


def error_answer(request_id: int | str | None, error: StratusError) -> dict[str, Any]:
    """The answer that carries an error."""
    return {"id": request_id, "error": {"code": error.code, "message": error.message, "hint": error.hint}}


def bug_answer(request_id: int | str | None, error: BaseException) -> dict[str, Any]:
    """The answer that carries an error that nobody expected."""
    return {"id": request_id, "error": {"code": "Bug", "message": f"{type(error).__name__}: {error}", "hint": ""}}


def outcome(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer says: its result, or its error raised as the same kind here."""
    error = answer.get("error")
    if isinstance(error, dict):
        code, message = str(error.get("code", "")), str(error.get("message", ""))
        if code == "Bug":
            raise StratusError(
                f"the agent met an error that nobody expected: {message}", hint="its log on the node has the details"
            )
        raise from_wire(code, message, str(error.get("hint", "")))
    result = answer.get("result")
    if not isinstance(result, dict):
        raise StratusError("the agent answered with neither a result nor an error")
    return result
