"""The lines between a user's client and the gate, and what they carry."""

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stratus.actions.perform import DEEDS
from stratus.errors import BadInput, Denied, StratusError
from stratus.model import wire
from stratus.model.carried import PIECE, answer_to, answer_type, answers, ask, asked
from stratus.model.context.values import ContextRequest
from stratus.model.instance import InstanceView
from stratus.model.machine_type import STRATUSLAB_TYPES
from stratus.model.requests import (
    DeleteImageRequest,
    DescribeRequest,
    ImportImageRequest,
    KillRequest,
    PlanImagesRequest,
    Request,
    RunRequest,
)
from stratus.model.role import Role
from stratus.model.views import Accepted
from stratus.model.wire import Answer, Ask, Hello, Progressed, Refusal, Site, Spoken, Stored, Upload, Waiting, Welcome
from tests.model import samples

SITE = Site(STRATUSLAB_TYPES, "m1.small", ("public", "local"), name="lab")
REQUESTS: tuple[Request[Any], ...] = (
    RunRequest("tiny", samples.CONTEXT, count=3, cpu=2, nodes=("node1",), plan=True),
    DescribeRequest(("web", "12"), states=("running",)),
    KillRequest(("$(reboot)", "a\nb", "\u202eevil", "x" * 65536)),
    ImportImageRequest("https://example.org/a.img", expected=(("sha256", "0" * 64),)),
    PlanImagesRequest(DeleteImageRequest(("tiny",))),
)


@pytest.mark.parametrize(
    "message",
    [
        Welcome(Spoken("0.1.0"), "alice", Role.OPERATOR, SITE),
        Progressed("1", "download", 3, 0),
        Waiting("1", "boot", samples.instance(), 2.5),
        Answer("1", [{"a": 1}], more=True),
        wire.refused("1", Denied("not yours", hint="stratus describe")),
        Stored("2", "/var/lib/stratus/x"),
    ],
    ids=lambda message: type(message).__name__,
)
def test_what_the_front_end_says_is_what_the_client_reads(message: wire.FromFrontEnd) -> None:
    text = wire.line(message)
    assert text.endswith(b"\n") and text.count(b"\n") == 1
    assert wire.from_front_end(text) == message


@pytest.mark.parametrize("message", [Hello(Spoken("0.1.0", 3, 2)), Upload("2", "a.img", 10**12, "ab"), Ask("1", {})])
def test_what_the_client_says_is_what_the_front_end_reads(message: wire.FromClient) -> None:
    assert wire.from_client(wire.line(message)) == message


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda each: type(each).__name__)
def test_a_request_arrives_as_it_was_asked(request_: Request[Any]) -> None:
    message = wire.from_client(wire.line(ask("7", request_, wants_progress=True)))
    assert isinstance(message, Ask) and message.id == "7" and message.wants_progress
    assert asked(message) == request_


def test_a_request_carries_only_what_was_asked_for() -> None:
    """So an older front end that does not know the rest can still serve it."""
    sent = ask("1", RunRequest("tiny", ContextRequest(), count=2)).request
    assert sent == {"kind": "RunRequest", "image": "tiny", "context": {"kind": "ContextRequest"}, "count": 2}


def test_a_request_with_more_than_the_front_end_knows_is_refused_and_not_half_understood() -> None:
    sent = dict(ask("1", KillRequest(("web",))).request)
    with pytest.raises(BadInput, match="does not know only_if_idle of a KillRequest") as caught:
        asked(Ask("1", sent | {"only_if_idle": True}))
    assert "update the front end" in caught.value.hint
    inner = {"kind": "PlanImagesRequest", "of": dict(ask("1", DeleteImageRequest(("tiny",))).request) | {"later": 1}}
    with pytest.raises(BadInput, match="does not know later"):
        asked(Ask("1", inner))


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"kind": "Request"},
        {"kind": "Actor", "name": "root"},
        {"kind": "TYPE_CHECKING"},
        {"kind": "__builtins__"},
        {"kind": ["KillRequest"]},
        {"kind": "KillRequest"},
        {"kind": "KillRequest", "targets": "web"},
        {"kind": "KillRequest", "targets": [["web"]]},
        {"kind": "KillRequest", "targets": ["\ud800"]},
        {"kind": "StopRequest", "targets": ["web"], "deadline_s": float("inf")},
        {"kind": "StopRequest", "targets": ["web"], "deadline_s": float("nan")},
        {"kind": "RunRequest", "image": "tiny", "context": {"user_data": [{"subtype": 1}]}},
        {"kind": "PlanImagesRequest", "of": {"kind": "KillRequest", "targets": ["web"]}},
    ],
    ids=str,
)
def test_what_is_no_request_is_refused(request_: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        asked(Ask("1", request_))


def test_every_request_and_its_answer_can_travel() -> None:
    for kind in DEEDS:
        assert issubclass(kind, Request)
        wanted = answer_type(kind)
        assert dataclasses.is_dataclass(wanted) or dataclasses.is_dataclass(wanted.__args__[0])
        with pytest.raises(BadInput, match=f"not a valid {kind.__name__}|does not know"):
            asked(Ask("1", {"kind": kind.__name__, "of_tomorrow": 1}))


@pytest.mark.parametrize("many", [0, 1, PIECE, PIECE + 1, 3 * PIECE])
def test_a_long_listing_comes_in_pieces_and_is_whole_again(many: int) -> None:
    listing = tuple(InstanceView(samples.instance(number)) for number in range(many))
    lines = [wire.line(piece) for piece in answers("9", listing)]
    assert len(lines) == max(1, -(-many // PIECE))
    pieces = [piece for text in lines if isinstance(piece := wire.from_front_end(text), Answer)]
    assert [piece.more for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    assert answer_to(DescribeRequest(), pieces) == listing


def test_an_answer_that_is_no_list_is_one_piece() -> None:
    accepted = Accepted((samples.instance(),))
    assert answer_to(KillRequest(("web",)), list(answers("1", accepted))) == accepted


def test_a_refusal_is_the_same_error_at_the_other_end() -> None:
    refusal = wire.from_front_end(wire.line(wire.refused("1", Denied("not yours", hint="stratus describe"))))
    assert isinstance(refusal, Refusal)
    error = refusal.error
    assert (type(error), error.message, error.hint) == (Denied, "not yours", "stratus describe")


@given(st.binary(max_size=200))
@example(b"")
@example(b"null")
@example(b"[" * 100_000)
@example(b'{"kind":"Hello"}')
@example(b'{"kind":"Welcome"}')
@example(b'{"kind":"Ask","id":1,"request":{}}')
@example(b'{"kind":"Ask","id":"1","request":[]}')
@example(b'{"kind":"Upload","id":"1","name":"a","size":1e3}')
@example(b'{"kind":"Upload","id":"1","name":"a","size":' + b"9" * 5000 + b"}")
def test_garbage_is_bad_input_and_nothing_else(text: bytes) -> None:
    for read in (wire.from_client, wire.from_front_end):
        try:
            read(text)
        except BadInput as error:
            assert error.message.startswith("this is no line of the gate's protocol")
            assert len(error.message) < 1000


def test_fields_of_tomorrow_are_ignored_outside_requests() -> None:
    welcome = json.loads(wire.line(Welcome(Spoken("0.9.0", 4, 1), "alice", Role.USER, SITE)))
    welcome["weather"] = "fine"
    welcome["site"]["motto"] = {"kind": "Motto"}
    read = wire.from_front_end(json.dumps(welcome).encode())
    assert isinstance(read, Welcome) and read.site == SITE


@pytest.mark.parametrize(
    ("client", "front_end", "common"),
    [((1, 1), (1, 1), 1), ((2, 1), (1, 1), 1), ((1, 1), (2, 1), 1), ((3, 2), (5, 3), 3)],
)
def test_neighbouring_releases_speak_the_newest_that_both_know(
    client: tuple[int, int], front_end: tuple[int, int], common: int
) -> None:
    assert wire.common_protocol(client=Spoken("0.1", *client), front_end=Spoken("0.2", *front_end)) == common


@pytest.mark.parametrize(
    ("client", "front_end", "words", "mend"),
    [
        (Spoken("0.1", 1, 1), Spoken("0.9", 4, 3), "the front end is too new", "update the client"),
        (Spoken("0.9", 4, 3), Spoken("0.1", 1, 1), "the client is too new", "update the front end"),
    ],
)
def test_releases_that_are_too_far_apart_are_told_which_to_update(
    client: Spoken, front_end: Spoken, words: str, mend: str
) -> None:
    with pytest.raises(StratusError, match=words) as caught:
        wire.common_protocol(client=client, front_end=front_end)
    assert mend in caught.value.hint
    assert client.version in caught.value.message and front_end.version in caught.value.message
    assert "protocols 3 to 4" in caught.value.message
