"""What is asked is written down, whoever asks and however it ends; and one id leads from there to the nodes."""

from dataclasses import replace

import pytest

from stratus.actions import dispatch
from stratus.actions.console import console
from stratus.drivers.audit.memory import MemoryAudit
from stratus.errors import BadInput, Denied, NoCapacity, NotFound, StratusError
from stratus.model import requests
from stratus.model.requests import Actor, AuditRequest, TrailRequest
from stratus.model.role import Role
from tests.memory_cloud import ALICE, BOB, ROOT, MemoryCloud

OPERATOR = Actor("olga", Role.OPERATOR)


@pytest.fixture
def site(tmp_path):
    site = MemoryCloud(tmp_path)
    yield site
    site.close()


def asked(site, actor=ROOT, **wishes):
    return [each for each in site.perform(AuditRequest(**wishes), actor) if not each.verb.endswith("audit")]


def settled(site):
    site.nodes["node1"].worker.wake()
    while site.cloud.ledger.find("order"):
        dispatch.once(site.cloud)


def test_a_change_tells_who_what_and_how_it_ended(site):
    (instance,) = site.run(name="web", actor=replace(ALICE, origin="192.0.2.7"))
    (line,) = asked(site, verb="run")
    assert (line.who, line.role, line.origin, line.outcome, line.changes) == (
        "alice",
        "user",
        "192.0.2.7",
        "done",
        True,
    )
    assert {"web", str(instance.id), "tiny"} <= set(line.objects)
    assert line.what["name"] == "web" and line.what["context"] == "***"


def test_a_look_and_a_plan_are_told_as_such(site):
    site.perform(requests.DescribeRequest())
    with pytest.raises(NotFound):
        site.perform(requests.KillRequest(("7",), plan=True))
    site.run(name="web")
    site.perform(requests.KillRequest(("web",), plan=True))
    assert [(each.verb, each.outcome, each.changes) for each in asked(site, who="alice")][:4] == [
        ("kill", "planned", False),
        ("run", "done", True),
        ("kill", "NotFound", False),
        ("describe", "done", False),
    ]
    assert {each.verb for each in asked(site, changes=True, who="alice")} == {"run", "import image"}


def test_what_was_refused_is_told_with_its_cause(site):
    with pytest.raises(Denied):
        site.perform(requests.DoctorRequest(fix=True), BOB)
    (line,) = asked(site, who="bob")
    assert (line.outcome == "Denied" and "administrator" in line.error) or "admin" in line.error


def test_a_bug_and_ctrl_c_are_told_and_raised_again(site):
    class Broken(MemoryAudit):
        def read(self, *_):
            raise KeyboardInterrupt

    whole, site.cloud = site.cloud, replace(site.cloud, audit=Broken())
    with pytest.raises(KeyboardInterrupt):
        site.perform(AuditRequest())
    (line,) = MemoryAudit.read(site.cloud.audit)
    assert line["outcome"] == "KeyboardInterrupt"
    site.cloud = whole


def test_a_request_that_was_cut_off_shows_as_asked(site):
    site.run(name="web")
    lines = [line for line in site.cloud.audit.read() if not (line["verb"] == "run" and line["outcome"] == "done")]
    site.cloud = replace(site.cloud, audit=MemoryAudit())
    for line in reversed(lines):
        site.cloud.audit.write(line, sync=False)
    (line,) = asked(site, verb="run")
    assert line.outcome == "asked"


def test_users_read_their_own_and_operators_all(site):
    site.run(name="web")
    site.run(name="db", actor=BOB)
    assert {each.who for each in asked(site, BOB)} == {"bob"} and asked(site, BOB, who="alice") == []
    assert {"alice", "bob"} <= {each.who for each in asked(site, OPERATOR)}


def test_by_thing_by_time_and_so_many(site):
    for name in ("a", "b", "c"):
        site.run(name=name)
    assert [each.what["name"] for each in asked(site, thing="b")] == ["b"]
    assert len(asked(site, verb="run", limit=2)) == 2
    assert asked(site, verb="run", until_s=1.0) == [] and len(asked(site, verb="run", since_s=1.0)) == 3
    with pytest.raises(BadInput):
        asked(site, limit=0)


def test_an_error_is_kept_without_passwords_and_without_end(site):
    for place in ("https://me:hush@[/a.img", "/images/" + "x" * 100_000):
        with pytest.raises(StratusError):
            site.perform(requests.ImportImageRequest(place))
    long, secret = asked(site, verb="import image", who="alice")[:2]
    assert "hush" not in secret.error and "***@" in secret.error
    assert len(long.error) < 1100 and long.error.endswith("characters)")


def test_who_opens_a_console_is_told_although_that_is_no_request(site):
    (instance,) = site.run(name="web")
    settled(site)
    with pytest.raises(NotFound, match="no terminal"):
        console(site.cloud, ROOT, "alice/web")
    (line,) = asked(site, verb="console")
    assert (line.who, line.objects, line.changes) == (ROOT.name, (str(instance.id),), True)


def test_a_change_that_cannot_be_written_down_is_not_begun(site):
    class Full(MemoryAudit):
        def write(self, line, *, sync):
            raise NoCapacity("the audit cannot be written")

    site.cloud = replace(site.cloud, audit=Full())
    with pytest.raises(NoCapacity, match="audit"):
        site.run(name="web")
    assert site.perform(requests.DescribeRequest()) == ()


def test_a_change_is_on_the_disk_when_it_is_answered(site):
    synced = []

    class Watched(MemoryAudit):
        def write(self, line, *, sync):
            synced.append((line["outcome"], sync))
            super().write(line, sync=sync)

    site.cloud = replace(site.cloud, audit=Watched())
    site.run(name="web")
    site.perform(requests.DescribeRequest())
    assert synced == [("asked", False), ("done", True), ("done", False)]


def test_one_id_leads_from_the_request_to_the_steps_on_the_node(site):
    site.run(name="web", count=2)
    (line,) = asked(site, verb="run")
    settled(site)
    trail = site.perform(TrailRequest(line.request_id), ALICE)
    assert trail.asked == line and [part.status for part in trail.parts] == ["done", "done"]
    assert all(part.node == "node1" and part.steps[-1].title.startswith("start ") for part in trail.parts)
    entries = site.perform(requests.LogRequest("web-1")).entries
    assert entries[0].request == line.request_id


def test_a_trail_that_has_not_ended(site):
    site.run(name="web")
    (line,) = asked(site, verb="run")
    assert {part.status for part in site.perform(TrailRequest(line.request_id)).parts} <= {"waiting", "sent", "done"}


@pytest.mark.parametrize("guess", ["@nothing", "", "web", "@\0"])
def test_a_trail_of_nothing_and_of_somebody_else_look_the_same(site, guess):
    site.run(name="web")
    (line,) = asked(site, verb="run")
    said = []
    for each in (guess, line.request_id):
        with pytest.raises(NotFound) as refusal:
            site.perform(TrailRequest(each), BOB)
        said.append(refusal.value.message.replace(repr(each), ""))
    assert said[0] == said[1]
