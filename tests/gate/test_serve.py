"""One channel: what a client may say, what it is told, and how it ends."""

import contextlib
import hashlib
import os
from pathlib import Path

import pytest

from stratus.errors import BadInput, Denied, NotFound, StratusError
from stratus.gate.uploads import MOST_FILES
from stratus.model.carried import ask
from stratus.model.requests import (
    DescribeRequest,
    DoctorRequest,
    ImportImageRequest,
    ListImagesRequest,
    RunRequest,
    WaitRequest,
)
from stratus.model.role import Role
from stratus.model.wire import MAX_ASK_BYTES, Answer, Hello, Refusal, Spoken, Stored, Upload, Waiting
from tests.gate.visit import change_user, visit
from tests.memory_cloud import CONTEXT, MemoryCloud


def test_a_client_is_welcomed_with_what_it_must_know_of_the_site(site: MemoryCloud, tmp_path: Path) -> None:
    with visit(site, tmp_path) as alice:
        welcome = alice.hello()
        assert (welcome.user, welcome.role, welcome.site.name) == ("alice", Role.USER, "lab")
        assert welcome.site.default_type == "m1.small" and "local" in welcome.site.networks


def test_requests_are_performed_as_the_user_whose_key_it_was(site: MemoryCloud, tmp_path: Path) -> None:
    with visit(site, tmp_path) as alice:
        alice.hello()
        (instance,) = alice.ask(RunRequest("tiny", CONTEXT, ram_mib=64)).instances
        assert instance.owner == "alice"
        (view,) = alice.ask(DescribeRequest())
        assert view.instance.id == instance.id


def test_a_long_listing_arrives_whole(site: MemoryCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stratus.model.carried.PIECE", 2)
    site.run(count=5)
    with visit(site, tmp_path) as alice:
        alice.hello()
        assert len(alice.ask(DescribeRequest())) == 5


def test_many_requests_are_in_hand_at_once_and_each_has_its_answer(site: MemoryCloud, tmp_path: Path) -> None:
    with visit(site, tmp_path) as alice:
        alice.hello()
        alice.send(*(ask(f"r{number}", ListImagesRequest()) for number in range(30)))
        answers = [alice.read() for _ in range(30)]
        assert {message.id for message in answers if isinstance(message, Answer)} == {f"r{n}" for n in range(30)}


def test_a_client_that_sends_no_more_still_hears_its_answers(site: MemoryCloud, tmp_path: Path) -> None:
    with visit(site, tmp_path) as alice:
        alice.hello()
        alice.send(ask("1", ListImagesRequest()))
        alice.line.shutdown(1)
        assert isinstance(alice.read(), Answer)
        assert alice.ended() and alice.status() == 0


def test_an_error_travels_with_its_hint_and_the_channel_goes_on(site: MemoryCloud, tmp_path: Path) -> None:
    with visit(site, tmp_path) as alice:
        alice.hello()
        with pytest.raises(NotFound, match="no instance 'web'") as caught:
            alice.ask(WaitRequest(("web",)))
        assert caught.value.hint == "stratus describe"
        assert alice.ask(DescribeRequest()) == ()


def test_a_bug_tells_the_user_nothing_but_a_number(
    site: MemoryCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(site.ledger, "find", lambda *_, **__: 1 / 0)
    with visit(site, tmp_path) as alice:
        alice.hello()
        with pytest.raises(StratusError, match=r"failed over this request \(1\)") as caught:
            alice.ask(ListImagesRequest())
        assert "division" not in caught.value.message + caught.value.hint
    assert "request 1 of alice: a bug" in caplog.text and "ZeroDivisionError" in caplog.text


def test_what_takes_a_role_is_refused_to_others(site: MemoryCloud, tmp_path: Path) -> None:
    for user in ("alice", "oscar"):
        with visit(site, tmp_path, user) as channel:
            channel.hello()
            with pytest.raises(Denied, match="takes the role admin"):
                channel.ask(DoctorRequest())


def test_a_role_that_is_taken_away_is_gone_with_the_next_request(site: MemoryCloud, tmp_path: Path) -> None:
    with visit(site, tmp_path, "root") as root:
        root.hello()
        assert root.ask(DoctorRequest())
        change_user(site.ledger, "root", role=Role.USER)
        with pytest.raises(Denied, match="takes the role admin"):
            root.ask(DoctorRequest())


@pytest.mark.parametrize("change", [{"enabled": False}, {"keys": ()}])
def test_a_key_that_is_revoked_opens_nothing_any_more(
    site: MemoryCloud, tmp_path: Path, change: dict[str, object]
) -> None:
    with visit(site, tmp_path) as alice:
        alice.hello()
        assert alice.ask(DescribeRequest()) == ()
        change_user(site.ledger, "alice", **change)
        with pytest.raises(Denied, match="may not come in with this key any more"):
            alice.ask(DescribeRequest())
        refusal = alice.read()  # nothing was asked: the gate looks by itself
        assert isinstance(refusal, Refusal) and refusal.id == "" and refusal.code == "Denied"
        assert alice.ended()
    with visit(site, tmp_path) as alice:
        refusal = alice.read()
        assert isinstance(refusal, Refusal) and refusal.code == "Denied"


def test_a_revoked_user_waits_no_longer(site: MemoryCloud, tmp_path: Path) -> None:
    (instance,) = site.run()
    with visit(site, tmp_path) as alice:
        alice.hello()
        alice.send(ask("1", WaitRequest((str(instance.id),), until="stopped"), wants_progress=True))
        assert isinstance(alice.read(), Waiting)
        change_user(site.ledger, "alice", enabled=False)
        while isinstance(message := alice.read(), Waiting):
            pass
        assert isinstance(message, Refusal) and message.id == ""
        assert alice.status() == Denied.status


def test_a_client_that_is_killed_leaves_nothing_behind(site: MemoryCloud, tmp_path: Path) -> None:
    (instance,) = site.run()
    before = site.perform(DescribeRequest())[0].instance
    for wants_progress in (True, False):
        with visit(site, tmp_path) as alice:
            alice.hello()
            alice.send(ask("1", WaitRequest((str(instance.id),), until="stopped"), wants_progress=wants_progress))
            alice.send(ask("2", ListImagesRequest()))
            while not isinstance(alice.read(), Answer):
                pass
            alice.leave()
            assert alice.status() == 0
    assert site.perform(DescribeRequest())[0].instance.generation == before.generation


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "no line of the gate's protocol"),
        (b"\x00\xff\n", "no line of the gate's protocol"),
        (b"\n", "no line of the gate's protocol"),
        (b"[" * 100_000 + b"\n", "no line of the gate's protocol"),
        (b'{"kind":"Ask","id":"1","request":{}}\n', "the first line of a client is its Hello"),
        (b"x" * (MAX_ASK_BYTES + 2), "a line of more than"),
        (b'{"kind":"Hello","spoken":{"version":"9","protocol":9,"oldest":7}}\n', "the client is too new"),
    ],
    ids=["http", "binary", "empty", "deep", "no hello", "endless", "of tomorrow"],
)
def test_garbage_is_answered_once_and_ends_the_channel(
    site: MemoryCloud, tmp_path: Path, text: bytes, cause: str
) -> None:
    with visit(site, tmp_path) as client:
        client.read()
        client.line.sendall(text)
        refusal = client.read()
        assert isinstance(refusal, Refusal) and refusal.id == "" and cause in refusal.cause
        assert client.status() != 0


@pytest.mark.parametrize("id", ["", "x" * 65, "a b", "\n", "../x"])
def test_an_id_that_is_none_ends_the_channel(site: MemoryCloud, tmp_path: Path, id: str) -> None:
    with visit(site, tmp_path) as client:
        client.hello()
        client.send(ask(id, ListImagesRequest()))
        refusal = client.read()
        assert isinstance(refusal, Refusal) and "the id of a request" in refusal.cause


def test_half_a_line_is_not_obeyed(site: MemoryCloud, tmp_path: Path) -> None:
    with visit(site, tmp_path) as client:
        client.hello()
        client.line.sendall(b'{"kind":"Ask","id":"1","request":{"kind":"ListIm')
        client.line.shutdown(1)
        assert client.ended() and client.status() == 0


def test_a_client_that_says_nothing_is_told_so_and_left(site: MemoryCloud, tmp_path: Path) -> None:
    with visit(site, tmp_path, idle_s=0.05) as client:
        client.hello()
        refusal = client.read()
        assert isinstance(refusal, Refusal) and refusal.code == "DeadlineExceeded"
        assert client.ended()


def test_an_old_client_is_told_what_to_update(
    site: MemoryCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with visit(site, tmp_path) as client:
        client.read()
        client.send(Hello(Spoken("0.0.1", 0, 0)))
        refusal = client.read()
        assert isinstance(refusal, Refusal) and "0.0.1" in refusal.cause and "update the client" in refusal.fix


IMAGE = os.urandom(3 << 16)


def test_an_image_comes_along_is_taken_in_and_leaves_no_copy(site: MemoryCloud, tmp_path: Path) -> None:
    with visit(site, tmp_path) as alice:
        alice.hello()
        alice.send(Upload("u1", "../../home/alice/my disk.img", len(IMAGE), hashlib.sha256(IMAGE).hexdigest()))
        alice.line.sendall(IMAGE)
        stored = alice.read()
        assert isinstance(stored, Stored) and stored.id == "u1"
        assert stored.location.endswith("/my-disk.img") and Path(stored.location).read_bytes() == IMAGE
        assert Path(stored.location).is_relative_to(tmp_path / "uploads" / "alice")
        entry = alice.ask(ImportImageRequest(stored.location))
        assert (entry.name, entry.owner) == ("my-disk", "alice")
        (instance,) = alice.ask(RunRequest(stored.location, CONTEXT, ram_mib=64)).instances
        assert instance.image == entry.facts.identifier
    assert not any(path.is_file() and path.name != ".lock" for path in (tmp_path / "uploads").rglob("*"))


@pytest.mark.parametrize(
    ("upload", "cause"),
    [
        (Upload("u1", "a.img", (1 << 20) + 1), "at most 1048576"),
        (Upload("u1", "a.img", 1 << 60), "at most 1048576"),
        (Upload("u1", "a.img", 0), "is no image"),
        (Upload("u1", "a.img", -1), "is no image"),
        (Upload("u1", "a.img", 10, "SHA256"), "64 hexadecimal digits"),
        (Upload("u1", "a.img", 10, "0" * 64), "changed on its way"),
    ],
    ids=["too large", "far too large", "empty", "negative", "no checksum", "damaged"],
)
def test_a_file_that_is_refused_leaves_nothing_and_ends_the_channel(
    site: MemoryCloud, tmp_path: Path, upload: Upload, cause: str
) -> None:
    with visit(site, tmp_path) as alice:
        alice.hello()
        alice.send(upload)
        with contextlib.suppress(BrokenPipeError):  # the gate does not wait for it
            alice.line.sendall(b"0123456789")
        refusal = alice.read()
        assert isinstance(refusal, Refusal) and refusal.id == "u1" and cause in refusal.cause
        alice.status()
    assert not any(path.is_file() and path.name != ".lock" for path in (tmp_path / "uploads").rglob("*"))


def test_two_channels_of_a_user_share_the_room_for_files(site: MemoryCloud, tmp_path: Path) -> None:
    with visit(site, tmp_path) as first, visit(site, tmp_path) as second:
        first.hello()
        second.hello()
        first.send(Upload("u1", "a.img", 1 << 20))
        first.line.sendall(b"\0" * (1 << 20))
        assert isinstance(first.read(), Stored)
        second.send(Upload("u1", "a.img", 1))
        refusal = second.read()
        assert isinstance(refusal, Refusal) and "and 1048576 do" in refusal.cause


def test_a_user_has_so_many_files_there_and_no_more(site: MemoryCloud, tmp_path: Path) -> None:
    with visit(site, tmp_path) as alice:
        alice.hello()
        for number in range(MOST_FILES):
            alice.send(Upload(f"u{number}", "a.img", 1))
            alice.line.sendall(b"x")
            assert isinstance(alice.read(), Stored)
        alice.send(Upload("more", "a.img", 1))
        refusal = alice.read()
        assert isinstance(refusal, Refusal) and "at most 100 files" in refusal.cause
    assert not list((tmp_path / "uploads").rglob("*.img"))


def test_a_file_whose_client_leaves_halfway_goes_with_it(site: MemoryCloud, tmp_path: Path) -> None:
    with visit(site, tmp_path) as alice:
        alice.hello()
        alice.send(Upload("u1", "a.img", 1 << 20))
        alice.line.sendall(b"\0" * 1000)
        alice.leave()
        alice.status()
    assert not any(path.is_file() and path.name != ".lock" for path in (tmp_path / "uploads").rglob("*"))


def test_what_a_killed_gate_left_is_removed_by_the_next(site: MemoryCloud, tmp_path: Path) -> None:
    left = tmp_path / "uploads" / "alice" / "cdead" / "x"
    left.mkdir(parents=True)
    (left / "a.img").write_bytes(b"\0" * (1 << 20))
    with visit(site, tmp_path) as alice:
        alice.hello()
        alice.send(Upload("u1", "a.img", 1 << 20))
        alice.line.sendall(b"\0" * (1 << 20))
        assert isinstance(alice.read(), Stored)
        assert not left.exists()


@pytest.mark.parametrize(
    "location",
    [
        "/etc/shadow",
        "/images/other.img",
        "file:///etc/shadow",
        "file://localhost/etc/shadow",
        "FILE:/etc/shadow",
        "./a",
        "ftp://example.org/a.img",
        "//etc/shadow",
        "/var/lib/stratus/frontend/uploads/bob/c1/x/a.img",
    ],
)
def test_a_user_does_not_read_the_front_ends_files(site: MemoryCloud, tmp_path: Path, location: str) -> None:
    with visit(site, tmp_path) as alice:
        alice.hello()
        for request in (ImportImageRequest(location), RunRequest(location, CONTEXT, ram_mib=64)):
            with pytest.raises((Denied, BadInput)):
                alice.ask(request)
