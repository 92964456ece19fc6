"""The wire of the gate: what a user's client and the front end say to each other, one JSON object a line.

    front end                                            client
    Welcome, at once                                ->
                                                    <-   Hello, then any number of Ask, and of Upload
    Progressed and Waiting, as often as they like   ->
    Answer (in pieces: `more`) or Refusal, per Ask  ->
                                                    <-   Upload, and `size` bytes behind its line
    Stored or Refusal, per Upload                   ->

Answers may come in another order than they were asked for. A Refusal without an id is the last line: the channel
ends. How requests and answers become values is in `model/carried.py`.
"""

import json
from collections.abc import Mapping
from typing import Any, cast

from stratus.errors import BadInput, StratusError, from_wire
from stratus.model import codec
from stratus.model.instance import Instance
from stratus.model.machine_type import MachineType
from stratus.model.role import Role
from stratus.model.values import dataclass

PROTOCOL = 1  # what this release speaks best
OLDEST = 1  # and what it still understands
MAX_ASK_BYTES = 4 << 20  # of a line to the front end, which has many clients
MAX_ANSWER_BYTES = 16 << 20  # of a line to the client
UPDATE = "ask the administrator to update the front end"


@dataclass(frozen=True)
class Spoken:
    """What one end speaks: its release, its protocol, and the oldest that it understands."""

    version: str
    protocol: int = PROTOCOL
    oldest: int = OLDEST


@dataclass(frozen=True)
class Site:
    """What a client must know of the site before it can ask."""

    types: tuple[MachineType, ...]
    default_type: str
    networks: tuple[str, ...]
    default_context_method: str = "one"
    guests: bool = True  # whether anything runs inside the instances
    name: str = ""  # what the site calls itself


@dataclass(frozen=True)
class Welcome:
    """The front end's first line, unasked, so that one round trip is enough."""

    spoken: Spoken
    user: str
    role: Role
    site: Site


@dataclass(frozen=True)
class Hello:
    """The client's first line."""

    spoken: Spoken


@dataclass(frozen=True)
class Ask:
    """One request; `model/carried.py` makes and reads it. The id is the client's choice, and is in all about it."""

    id: str
    request: Mapping[str, Any]
    wants_progress: bool = False


@dataclass(frozen=True)
class Upload:
    """Behind this line come `size` bytes, which later requests on the same channel may name as a location."""

    id: str
    name: str
    size: int
    sha256: str = ""  # in hex; "" = not known


@dataclass(frozen=True)
class Progressed:
    """How far one phase of long work has come."""

    id: str
    phase: str
    done: int
    of: int  # 0 = unknown


@dataclass(frozen=True)
class Waiting:
    """Which phase an instance that is waited for is in, and how long."""

    id: str
    phase: str
    instance: Instance
    seconds: float


@dataclass(frozen=True)
class Answer:
    """What a request came to, or a piece of it; read by `model/carried.py`."""

    id: str
    value: Any
    more: bool = False  # further pieces of the same list follow


@dataclass(frozen=True)
class Refusal:
    """Why a request was not done; "" for an id: why the channel ends."""

    id: str
    code: str
    cause: str
    fix: str = ""

    @property
    def error(self) -> StratusError:
        """The error as it was raised on the front end."""
        return from_wire(self.code, self.cause, self.fix)


@dataclass(frozen=True)
class Stored:
    """Where the bytes of an Upload are, until the channel ends."""

    id: str
    location: str


FromClient = Hello | Ask | Upload
FromFrontEnd = Welcome | Progressed | Waiting | Answer | Refusal | Stored


def line(message: FromClient | FromFrontEnd) -> bytes:
    """The message as one line, newline included. Raises ValueError for numbers that JSON does not have."""
    return json.dumps(codec.encode(message), allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"


def from_client(text: bytes) -> FromClient:
    """The message in a line that a client sent. Raises BadInput."""
    return cast(FromClient, _read(FromClient, text))


def from_front_end(text: bytes) -> FromFrontEnd:
    """The message in a line that a front end sent. Raises BadInput."""
    return cast(FromFrontEnd, _read(FromFrontEnd, text))


def common_protocol(*, client: Spoken, front_end: Spoken) -> int:
    """The newest protocol that both ends speak. Raises StratusError with both releases, and which to update."""
    common = min(client.protocol, front_end.protocol)
    if common >= max(client.oldest, front_end.oldest):
        return common
    newer, mend = ("front end", "update the client") if client.protocol < front_end.protocol else ("client", UPDATE)
    raise StratusError(
        f"the {newer} is too new for the other end: the front end is stratus {front_end.version} and speaks"
        f" {_span(front_end)}, the client is stratus {client.version} and speaks {_span(client)}",
        hint=mend,
    )


def refused(id: str, error: StratusError) -> Refusal:
    """The error, ready to travel."""
    return Refusal(id, error.code, error.message, error.hint)


def _read(wanted: Any, text: bytes) -> Any:
    try:
        return codec.decode(wanted, json.loads(text))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"this is no line of the gate's protocol: {error}") from error
    except BadInput as error:
        raise BadInput(f"this is no line of the gate's protocol: {error.message}") from error


def _span(end: Spoken) -> str:
    several = end.oldest < end.protocol
    return f"protocols {end.oldest} to {end.protocol}" if several else f"protocol {end.protocol}"
