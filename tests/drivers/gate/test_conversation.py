"""What a client makes of what a front end says: another release, nonsense, half an answer, and none."""

import os

import pytest

from stratus.drivers.gate.played import PlayedGate
from stratus.errors import BadInput, Conflict, GateUnreachable, NotFound, StratusError
from stratus.model import carried, wire
from stratus.model.requests import DescribeRequest, KillRequest, ListNodesRequest
from tests.drivers.gate.scripts import NOW, Said, replying, welcome
from tests.model import samples


def silent(*_: object) -> None:
    pass


def gate(*replies):
    return PlayedGate("ssh://cloud", replying(*replies))


def test_the_first_line_tells_who_one_is_and_what_the_site_is_like():
    said = Said(welcome(), stays=True)
    first = said.talk.begin(1.0)
    assert (first.user, first.site.default_type) == ("alice", "m1.small")
    assert wire.from_client(said.heard()) == wire.Hello(wire.Spoken("0.9"))


@pytest.mark.parametrize(
    ("there", "here", "words", "mend"),
    [
        (wire.Spoken("9.0", 9, 8), NOW, "the front end is stratus 9.0", "update the client"),
        (NOW, wire.Spoken("9.0", 9, 8), "the client is stratus 9.0", "ask the administrator to update"),
    ],
)
def test_releases_that_are_too_far_apart_are_both_named_with_what_to_update(there, here, words, mend):
    with pytest.raises(StratusError) as refused:
        Said(welcome(there), here=here).talk.begin(1.0)
    assert words in refused.value.message and mend in refused.value.hint


def test_releases_that_have_a_protocol_in_common_go_on():
    assert Said(welcome(wire.Spoken("9.0", 9, 1)), stays=True).talk.begin(1.0).spoken.version == "9.0"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((b"This account is not available.\n",), "it said: 'This account is not available.'"),
        ((b"\x1b[2J\x00\xff{}\n",), "is no gate of stratus"),
        ((b'{"kind":"Answer","id":"1","value":1}\n',), "is no gate of stratus"),
        ((b"{}\n",), "is no gate of stratus"),
        ((b"half a line",), "the channel has ended"),
        ((), "the channel has ended"),
    ],
)
def test_what_is_no_front_end_is_named(lines, words):
    with pytest.raises(GateUnreachable, match=r"ssh://cloud|ended") as refused:
        Said(*lines).talk.begin(1.0)
    assert words in refused.value.message


def test_who_says_nothing_is_given_up():
    with pytest.raises(GateUnreachable, match="did not answer within 0 s"):
        Said(stays=True).talk.begin(0.0)


def test_a_refusal_in_the_place_of_a_welcome_is_told():
    refusal = wire.Refusal("", "Denied", "alice is disabled", "ask")
    with pytest.raises(StratusError, match="alice is disabled") as refused:
        Said(wire.line(refusal)).talk.begin(1.0)
    assert refused.value.code == "Denied"


def test_progress_and_waiting_are_told_and_pieces_become_one_answer():
    def reply(ask):
        yield wire.Progressed("another", "download", 1, 2)
        yield wire.Progressed(ask.id, "download", 1, 2)
        yield wire.Waiting(ask.id, "boot", samples.instance(), 1.5)
        yield wire.Answer(ask.id, [], more=True)
        yield from carried.answers(ask.id, ())

    told: list[object] = []
    answer = gate(reply).perform(
        ListNodesRequest(), lambda *each: told.append(each), lambda phase, instance, s: told.append((phase, s))
    )
    assert (answer, told) == ((), [("download", 1, 2), ("boot", 1.5)])


def test_a_refusal_is_the_front_ends_own_error():
    def reply(ask):
        yield wire.refused(ask.id, Conflict("the name is taken", hint="another one"))

    with pytest.raises(Conflict, match="the name is taken") as refused:
        gate(reply).perform(KillRequest(("web",)), silent, silent)
    assert refused.value.hint == "another one"


def test_a_front_end_that_leaves_before_it_has_answered_leaves_it_open_what_was_done():
    def reply(ask):
        yield wire.Progressed(ask.id, "clone", 1, 2)

    with pytest.raises(GateUnreachable, match="not known") as broken:
        gate(reply).perform(KillRequest(("web",)), silent, silent)
    assert broken.value.hint == "stratus describe"


def test_an_answer_that_is_none_is_refused():
    def reply(ask):
        yield wire.Answer(ask.id, {"kind": "Accepted", "instances": 7})

    with pytest.raises(BadInput, match="not a valid Accepted"):
        gate(reply).perform(KillRequest(("web",)), silent, silent)


def test_nonsense_in_the_place_of_an_answer_is_refused():
    said = Said(welcome(), b"nonsense\n")
    said.talk.begin(1.0)
    with pytest.raises(BadInput, match="no line of the gate's protocol"):
        said.talk.perform(DescribeRequest(), silent, silent)


def test_a_request_that_no_gate_takes_is_not_sent():
    said = Said(welcome(), stays=True)
    said.talk.begin(1.0)
    said.heard()
    with pytest.raises(BadInput, match="the gate takes 4194304"):
        said.talk.perform(KillRequest(("x" * wire.MAX_ASK_BYTES,)), silent, silent)
    assert said.heard() == b""


def test_what_is_left_at_its_default_is_not_sent_to_a_front_end_that_may_be_older():
    sent = []

    def reply(ask):
        sent.append(ask.request)
        return ()

    with pytest.raises(GateUnreachable):
        gate(reply).perform(DescribeRequest(("web",)), silent, silent)
    assert sent == [{"kind": "DescribeRequest", "targets": ["web"]}]


def test_a_line_without_an_end_is_given_up():
    def serve(reader, writer):

        os.write(writer, welcome())
        chunk = b"x" * (1 << 20)
        try:
            for _ in range(3 * (wire.MAX_ANSWER_BYTES >> 20)):
                os.write(writer, chunk)
        except BrokenPipeError:
            return

    endless = PlayedGate("ssh://cloud", serve)
    with pytest.raises(GateUnreachable, match="MiB that nobody asked for"):
        endless.perform(DescribeRequest(), silent, silent)
    endless.close()


# Uploads.


def storing(reader, writer):

    os.write(writer, welcome())
    with os.fdopen(os.dup(reader), "rb") as lines:
        lines.readline()
        upload = wire.from_client(lines.readline())
        content = lines.read(upload.size)
        os.write(writer, wire.line(wire.Stored(upload.id, f"/uploads/{upload.name}-{len(content)}")))


def refusing(reader, writer):
    """It says no at once, and reads nothing of it."""

    os.write(writer, welcome())
    with os.fdopen(os.dup(reader), "rb") as lines:
        lines.readline()
        upload = wire.from_client(lines.readline())
        os.write(writer, wire.line(wire.Refusal(upload.id, "BadInput", "it is too large")))
        lines.read()


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_a_file_goes_along_with_progress(tmp_path, size):
    (tmp_path / "disk.img").write_bytes(b"\0" * size)
    told: list[tuple[object, ...]] = []
    place = PlayedGate("ssh://cloud", storing).upload(str(tmp_path / "disk.img"), lambda *each: told.append(each))
    assert place == f"/uploads/disk.img-{size}"
    assert [each[1] for each in told[-1:]] == [size] * bool(size)


def test_a_file_that_the_front_end_does_not_want_is_not_sent_to_its_end(tmp_path):
    (tmp_path / "disk.img").write_bytes(b"\0" * 10_000_000)
    told: list[tuple[object, ...]] = []
    refused = PlayedGate("ssh://cloud", refusing)
    with pytest.raises(BadInput, match="it is too large"):
        refused.upload(str(tmp_path / "disk.img"), lambda *each: told.append(each))
    refused.close()


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("nothing", NotFound, "does not exist"),
        ("folder", BadInput, "is no file that could be sent"),
        ("fifo", BadInput, "is no file that could be sent"),
        ("nul\0", BadInput, "cannot be read"),
    ],
)
def test_what_is_no_file_is_not_sent(tmp_path, name, kind, words):

    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(kind, match=words):
        PlayedGate("ssh://cloud", storing).upload(f"{tmp_path}/{name}", silent)
