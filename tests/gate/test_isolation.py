"""Nothing of somebody else's is shown or changed through the gate, whatever is asked, under whatever name.

Each kind of request is tried here; a new one fails this test until it is."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stratus.actions import records
from stratus.actions.perform import DEEDS
from stratus.errors import Denied, NotFound, StratusError
from stratus.model.requests import (
    AuditRequest,
    BuildImageRequest,
    CapacityRequest,
    DeleteImageRequest,
    DescribeRequest,
    ImportImageRequest,
    KillRequest,
    ListGroupsRequest,
    ListImagesRequest,
    ListNodesRequest,
    ListRecipesRequest,
    ListUsersRequest,
    LogImageRequest,
    LogRequest,
    PlanImagesRequest,
    RebootRequest,
    RunRequest,
    ShutdownRequest,
    StartRequest,
    StopRequest,
    TrailRequest,
    UsageRequest,
    WaitRequest,
    WhyRequest,
)
from stratus.model.role import Role
from tests.gate.visit import visit
from tests.memory_cloud import ALICE, CONTEXT, ROOT, MemoryCloud

# What names an instance: from what somebody guesses to the request.
OF_AN_INSTANCE: Mapping[type, Callable[[str], Any]] = {
    DescribeRequest: lambda guess: DescribeRequest((guess,)),
    KillRequest: lambda guess: KillRequest((guess,)),
    StopRequest: lambda guess: StopRequest((guess,), force=True),
    StartRequest: lambda guess: StartRequest((guess,)),
    RebootRequest: lambda guess: RebootRequest((guess,), hard=True),
    ShutdownRequest: lambda guess: ShutdownRequest((guess,)),
    WaitRequest: lambda guess: WaitRequest((guess,), timeout_s=0.1),
    LogRequest: lambda guess: LogRequest(guess),
    WhyRequest: lambda guess: WhyRequest(guess),
}
# What shows or makes things of everybody's, or of one's own; how is tried in tests/actions.
OTHERS = {
    *(RunRequest, ImportImageRequest, BuildImageRequest, ListImagesRequest, DeleteImageRequest, PlanImagesRequest),
    *(LogImageRequest, ListRecipesRequest, CapacityRequest, ListNodesRequest, AuditRequest, TrailRequest),
    *(ListUsersRequest, ListGroupsRequest, UsageRequest),
}
RUN = RunRequest("tiny", CONTEXT, ram_mib=64)
HUGE = 10**40
# Numbers and texts that a command of ours refuses before it asks.
HOSTILE = (
    *(replace(RUN, count=many) for many in (-1, 0, 10**9, HUGE)),
    *(replace(RUN, cpu=many) for many in (-1, 0, HUGE)),
    *(replace(RUN, ram_mib=many) for many in (-1, 0, HUGE)),
    *(replace(RUN, swap_mib=-1), replace(RUN, volatile_gib=-1), replace(RUN, volatile_gib=HUGE)),
    *(replace(RUN, vnc_port=port) for port in (0, 80, 65536, HUGE)),
    *(replace(RUN, vnc_listen=text) for text in ("", "localhost", "127.0.0.1'", "\0")),
    *(replace(RUN, keymap=text) for text in ("", "-rf", "../x", "de\n", "\0")),
    *(replace(RUN, name=text) for text in ("a b", "$(id)", "a\n", "-rf", "x" * 64, "\0", "\u202eweb")),
    *(replace(RUN, address=text) for text in ("127.0.0.1", "::1", "x", "\0")),
    *(replace(RUN, nodes=("../x",)), replace(RUN, zone="\0"), replace(RUN, requirements="x" * 70_000)),
    *(
        LogRequest("\0"),
        LogRequest("web", console=True, last_bytes=-1),
        LogRequest("web", console=True, last_bytes=HUGE),
    ),
    *(AuditRequest(limit=-1), AuditRequest(limit=HUGE), CapacityRequest("\0")),
    *(ImportImageRequest("https://a/\0"), ImportImageRequest("http://[::1]/"), ImportImageRequest("http://\n")),
)


def guesses(instance: Any) -> tuple[str, ...]:
    number = str(instance.id)
    around = (f" {number}", f"0{number}", f"+{number}", f"{number}\n", records.key_of(instance.id), f"one-{number}")
    return (number, instance.name, instance.uuid, *around, instance.name.upper(), "*", "%", "", "alice")


def test_every_kind_of_request_is_tried_or_takes_more_than_a_user() -> None:
    for_users = {kind for kind, deed in DEEDS.items() if deed.least is Role.USER}
    assert for_users <= {*OF_AN_INSTANCE, *OTHERS}, {kind.__name__ for kind in for_users - {*OF_AN_INSTANCE, *OTHERS}}


@pytest.mark.parametrize("kind", OF_AN_INSTANCE, ids=lambda kind: kind.__name__)
def test_somebody_elses_instance_is_not_there(kind: type, site: MemoryCloud, tmp_path: Path) -> None:
    (web,) = site.run(name="web")
    with visit(site, tmp_path, "bob") as bob:
        bob.hello()
        for guess in guesses(web):
            with pytest.raises(NotFound) as caught:
                bob.ask(OF_AN_INSTANCE[kind](guess))
            assert "alice" not in (caught.value.message + caught.value.hint).replace(repr(guess), "")
    (still,) = site.perform(DescribeRequest(), ALICE)
    assert (still.instance.generation, still.instance.goal) == (web.generation, web.goal)


def test_the_refusal_is_the_same_as_for_what_does_not_exist(site: MemoryCloud, tmp_path: Path) -> None:
    (web,) = site.run(name="web")
    with visit(site, tmp_path, "bob") as bob:
        bob.hello()
        said = []
        for guess in (str(web.id), "77777", "web", "wob"):
            with pytest.raises(NotFound) as caught:
                bob.ask(LogRequest(guess))
            said.append((caught.value.message.replace(guess, "X"), caught.value.hint))
    assert len(set(said)) == 1


def test_what_others_asked_is_not_told(site: MemoryCloud, tmp_path: Path) -> None:
    site.run(name="web")
    (asked,) = site.perform(AuditRequest(who="alice", verb="run"), ROOT)
    with visit(site, tmp_path, "bob") as bob:
        bob.hello()
        assert bob.ask(AuditRequest(who="alice")) == ()
        assert bob.ask(AuditRequest(thing="web")) == ()
        with pytest.raises((NotFound, Denied)):
            bob.ask(TrailRequest(asked.request_id))


@pytest.mark.parametrize("request_", HOSTILE, ids=lambda each: f"{type(each).__name__}")
def test_what_no_command_line_would_let_through_is_refused_here_too(
    request_: Any, site: MemoryCloud, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site.run(name="web")
    with visit(site, tmp_path) as alice:
        alice.hello()
        with pytest.raises(StratusError):
            alice.ask(request_)
    assert "a bug" not in caplog.text
