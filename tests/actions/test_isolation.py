"""Users see and control only their own things: every deed is tried on somebody else's, by name, by id and by guess."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from stratus.actions import dispatch, glance, records
from stratus.actions.console import console
from stratus.actions.perform import DEEDS
from stratus.drivers.appliance.memory import MemoryApplianceBuilder
from stratus.errors import BadInput, Conflict, Denied, NotFound, StratusError
from stratus.model import requests
from stratus.model.codec import encode
from stratus.model.image import ImageEntry
from stratus.model.requests import Actor, Request
from stratus.model.role import Role
from tests.memory_cloud import ALICE, BOB, CONTEXT, ROOT

EVE = Actor("eve", Role.OPERATOR)
SOURCE = "/images/hidden.img"
Named = Callable[[str], Request[Any]]


def image(name: str) -> Request[Any]:
    return requests.RunRequest(name, CONTEXT, ram_mib=64)


def plan_to_delete(name: str) -> Request[Any]:
    return requests.PlanImagesRequest(requests.DeleteImageRequest((name,)))


# What names an instance, an image, somebody, or a request that was made.
OF_INSTANCES: tuple[Named, ...] = (
    *(
        (lambda name, kind=kind: kind((name,)))
        for kind in (
            requests.KillRequest,
            requests.StopRequest,
            requests.StartRequest,
            requests.RebootRequest,
            requests.ShutdownRequest,
            requests.DescribeRequest,
            requests.WaitRequest,
        )
    ),
    lambda name: requests.KillRequest((name,), plan=True),
    requests.LogRequest,
    lambda name: requests.LogRequest(name, console=True),
    requests.WhyRequest,
)
OF_IMAGES: tuple[Named, ...] = (
    image,
    lambda name: requests.ListImagesRequest((name,)),
    lambda name: requests.DeleteImageRequest((name,)),
    requests.LogImageRequest,
    plan_to_delete,
)
OF_PEOPLE: tuple[Named, ...] = (
    lambda name: requests.ListUsersRequest((name,)),
    lambda name: requests.UsageRequest((name,)),
    lambda name: requests.ListGroupsRequest((name,)),
    requests.TrailRequest,
)
# What shows all that there is to see.
LISTINGS: tuple[Request[Any], ...] = (
    requests.DescribeRequest(),
    requests.DescribeRequest(states=("running", "done"), finished=True),
    requests.ListImagesRequest(),
    requests.ListRecipesRequest(),
    requests.ListUsersRequest(),
    requests.ListGroupsRequest(),
    requests.UsageRequest(everybody=True),
    requests.AuditRequest(),
    requests.AuditRequest(who="alice"),
    requests.CapacityRequest(by="node"),
    image("tiny"),
    replace(image("tiny"), plan=True),  # type: ignore[type-var]
    requests.ImportImageRequest("/images/other.img", "own"),
)
# What is not for users at all.
REFUSED: tuple[Request[Any], ...] = (
    requests.BuildImageRequest("tiny"),
    requests.EnrolRequest("n9"),
    requests.DoctorRequest(),
    requests.BurninRequest(),
    requests.RecoverRequest(),
    requests.ChangeNodeRequest("node1"),
    requests.DrainNodeRequest("node1"),
    requests.RenameNodeRequest("node1", "n2"),
    requests.RemoveNodeRequest("node1"),
    requests.ListNodesRequest(),
    requests.AddUserRequest("mallory"),
    requests.ChangeUserRequest("bob", Role.ADMIN),
    requests.RemoveUserRequest("alice"),
    requests.ChangeGroupRequest("hidden-lab", new=True),
    requests.RemoveGroupRequest("hidden-lab"),
)


@pytest.fixture
def home(site, tmp_path):
    """A cloud where alice has an instance, one that is done, an image and a group, and bob an instance."""
    site.cloud = replace(site.cloud, appliances=MemoryApplianceBuilder(str(tmp_path)))
    site.sources[SOURCE] = b"\7" * 4096
    (tiny, revision) = records.read(site.ledger, records.IMAGE, site.image.facts.identifier, ImageEntry)
    site.ledger.commit([records.put_image(replace(tiny, owner="root"), revision)])
    site.perform(requests.ChangeGroupRequest("hidden-lab", new=True), ROOT)
    site.perform(requests.AddUserRequest("alice", groups=("hidden-lab",)), ROOT)
    site.perform(requests.AddUserRequest("bob"), ROOT)
    site.hidden = site.perform(requests.ImportImageRequest(SOURCE, "hidden-image"))
    site.run(name="hidden-web", image="hidden-image")
    site.run(name="hidden-done")
    site.run(name="mine", actor=BOB)
    site.perform(requests.WaitRequest(("1", "2")))
    site.perform(requests.WaitRequest(("3",)), BOB)
    site.perform(requests.KillRequest(("2",)))
    site.perform(requests.WaitRequest(("2",), "done"))
    dispatch.once(site.cloud)
    return site


def marks(home) -> list[str]:
    """What tells of alice's things."""
    (instance,) = records.instances(home.ledger, {"owner": "alice"})
    return ["alice", "hidden", instance.uuid, f'"{instance.lease.address}"', home.hidden.facts.identifier]


def test_every_deed_is_tried() -> None:
    named = [make("x") for make in (*OF_INSTANCES, *OF_IMAGES, *OF_PEOPLE)]
    assert {type(request) for request in (*named, *LISTINGS, *REFUSED)} == set(DEEDS)


def test_what_is_not_for_users_is_refused_by_the_role_that_it_takes(home):
    assert {type(request) for request in REFUSED} == {kind for kind, deed in DEEDS.items() if deed.least != Role.USER}
    before = home.ledger.revision()
    for request in REFUSED:
        with pytest.raises(Denied, match="that takes the role"):
            home.perform(request, BOB)
    assert home.ledger.revision() == before


def refusal(home, request: Request[Any], target: str, actor: Actor = BOB) -> tuple[str, str, str]:
    """How it is refused, whatever the target is called."""
    with pytest.raises(StratusError) as refused:
        home.perform(request, actor)
    return refused.value.code, refused.value.message.replace(target, "X"), refused.value.hint.replace(target, "X")


@pytest.mark.parametrize("make", OF_INSTANCES)
def test_somebody_elses_instance_is_answered_like_none(home, make):
    before = home.ledger.find(records.INSTANCE)
    for theirs, none in (("hidden-web", "nothing"), ("1", "77"), ("2", "78"), ("alice/hidden-web", "carol/nothing")):
        code, message, hint = refusal(home, make(theirs), theirs)
        assert (code, message, hint) == refusal(home, make(none), none) and code == "NotFound"
    assert "hidden" not in refusal(home, make("hidden-wed"), "hidden-wed")[2]
    assert home.ledger.find(records.INSTANCE) == before


def test_somebody_elses_console_is_answered_like_none(home):
    for target in ("hidden-web", "1", "alice/hidden-web"):
        with pytest.raises(NotFound):
            console(home.cloud, BOB, target)


@pytest.mark.parametrize("make", OF_IMAGES)
def test_somebody_elses_image_is_answered_like_none(home, make):
    other = "A" * 27
    before = home.ledger.find(records.IMAGE)
    for theirs, none in (("hidden-image", "nothing"), (home.hidden.facts.identifier, other)):
        code, message, hint = refusal(home, make(theirs), theirs)
        assert (code, message, hint) == refusal(home, make(none), none) and code == "NotFound"
    assert "hidden" not in refusal(home, make("hidden-imagf"), "hidden-imagf")[2]
    assert home.ledger.find(records.IMAGE) == before


@pytest.mark.parametrize("make", OF_PEOPLE)
def test_other_people_are_answered_like_none(home, make):
    (asked,) = home.perform(requests.AuditRequest(who="alice", limit=1), ROOT)
    for theirs, none in (("alice", "nobody"), ("hidden-lab", "none"), (asked.request_id, "r-none")):
        assert refusal(home, make(theirs), theirs) == refusal(home, make(none), none)


@pytest.mark.parametrize("request_", LISTINGS, ids=lambda request: type(request).__name__)
def test_a_listing_and_whatever_is_made_tells_of_nothing_that_is_not_ones_own(home, request_):
    told = json.dumps(encode(home.perform(request_, BOB)))
    assert not [mark for mark in marks(home) if mark in told]


def test_no_count_tells_of_others(home):
    home.run(name="again", image="tiny")
    (tiny,) = home.perform(requests.ListImagesRequest(("tiny",)), BOB)
    assert tiny.in_use == 1 and home.perform(requests.ListImagesRequest(("tiny",)), ROOT)[0].in_use == 2


def test_a_place_from_which_somebody_brought_an_image_in_leads_to_it_only_for_them(home):
    """Who has not been let fetch it there has not got it: the place may hold a secret."""
    del home.sources[SOURCE]
    home.sources.broken = "no such place"
    with pytest.raises(StratusError, match="no such place"):
        home.perform(image(SOURCE), BOB)
    assert home.perform(image(SOURCE), ALICE).instances


def test_who_knows_the_checksum_of_somebody_elses_image_has_not_got_it(home):
    home.sources["/images/other.img"] = b"\6" * 4096
    sums = (("sha1", home.hidden.facts.checksums.sha1),)
    with pytest.raises(BadInput, match="was expected"):
        home.perform(requests.ImportImageRequest("/images/other.img", "stolen", expected=sums), BOB)
    again = home.perform(requests.ImportImageRequest("/images/other.img", "again", expected=sums), ALICE)
    assert again.facts == home.hidden.facts  # hers: nothing is fetched
    assert home.perform(requests.ImportImageRequest(SOURCE, "mine", expected=sums), BOB).facts == home.hidden.facts


def test_a_request_that_takes_the_id_of_another_leads_to_nothing_of_it(home):
    """As one that an administrator made, whose id stands in the history of the user's own instance."""
    home.perform(requests.StopRequest(("hidden-web", "bob/mine")), ROOT)
    (line,) = home.perform(requests.AuditRequest(verb="stop"), ROOT)
    assert line.request_id in {entry.request for entry in home.perform(requests.LogRequest("mine"), BOB).entries}
    home.perform(requests.ListImagesRequest(), replace(BOB, request_id=line.request_id))
    assert {part.instance_id for part in home.perform(requests.TrailRequest(line.request_id), BOB).parts} == {3}
    home.perform(requests.ListImagesRequest(), replace(ALICE, request_id=line.request_id))
    assert home.perform(requests.TrailRequest(line.request_id), BOB).asked.who == "bob"
    assert {part.instance_id for part in home.perform(requests.TrailRequest(line.request_id), ROOT).parts} == {1, 3}


def test_a_plan_takes_the_role_of_what_it_is_the_plan_of(home):
    build = requests.PlanImagesRequest(requests.BuildImageRequest("tiny"))
    assert home.perform(build, ROOT)
    with pytest.raises(Denied, match="that takes the role admin"):
        home.perform(build, BOB)


def test_a_node_is_enrolled_on_the_front_end_alone(home):
    """How its agent is reached may be a program, which would run there."""
    before = home.ledger.revision()
    with pytest.raises(Denied, match="on the front end itself"):
        home.perform(requests.EnrolRequest("n9", way="local", agent=("sh",)), replace(ROOT, origin="192.0.2.7"))
    assert home.ledger.revision() == before


def test_the_same_content_is_each_ones_own_and_goes_when_the_last_has_let_go(home):
    mine = home.perform(requests.ImportImageRequest(SOURCE, "mine"), BOB)
    assert (mine.name, mine.owner, mine.source, mine.shared) == ("mine", "bob", SOURCE, False)
    assert mine.facts == home.hidden.facts
    told = json.dumps(encode(home.perform(requests.ListImagesRequest(), BOB)))
    assert (
        "alice" not in told.replace('"owner": "alice", "source": "/images/tiny.img"', "") and "hidden-image" not in told
    )
    assert [event.cause for event in home.perform(requests.LogImageRequest("mine"), BOB)] == ["import by bob"]
    home.perform(requests.KillRequest(("hidden-web",)))
    home.perform(requests.WaitRequest(("1",), "done"))
    home.perform(requests.DeleteImageRequest(("hidden-image",)))
    assert home.perform(requests.ListImagesRequest(("mine",)), BOB)[0].facts == mine.facts
    assert home.perform(requests.ListImagesRequest(("mine",)), ROOT)[0].owner == "bob"
    home.perform(requests.DeleteImageRequest(("mine",)), BOB)
    assert home.cloud.images.get(mine.facts.identifier) is None and not home.ledger.find(
        records.IMAGE_NAME, where={"owner": "bob"}
    )


def test_what_an_administrator_brings_in_is_everybodys(home):
    home.perform(requests.ImportImageRequest(SOURCE, "site-image"), ROOT)
    assert home.perform(image("site-image"), BOB).instances
    with pytest.raises(Denied):
        home.perform(requests.DeleteImageRequest(("tiny",)), BOB)


def test_two_users_may_have_one_name_each_and_name_service_leads_to_the_first(home):
    (theirs,) = home.run(name="web")
    (mine,) = home.run(name="web", actor=BOB)
    for actor, instance in ((ALICE, theirs), (BOB, mine)):
        assert home.perform(requests.DescribeRequest(("web",)), actor)[0].instance.id == instance.id
        with pytest.raises(Conflict, match="the name web is taken"):
            home.run(name="web", actor=actor)
    hostnames = [records.blueprint(home.ledger, one.id).port.hostname for one in (theirs, mine)]
    assert hostnames == ["web", f"one-{mine.id}"]
    assert not home.perform(requests.DoctorRequest(), ROOT).findings


def test_an_administrator_says_whose_when_several_have_the_name(home):
    (theirs,), (mine,) = home.run(name="web"), home.run(name="web", actor=BOB)
    with pytest.raises(Conflict, match="several users have an instance web") as refused:
        home.perform(requests.KillRequest(("web",)), ROOT)
    assert refused.value.hint == "say whose: alice/web, bob/web"
    assert home.perform(requests.DescribeRequest(("bob/web",)), ROOT)[0].instance.id == mine.id
    assert home.perform(requests.WhyRequest("hidden-web"), ROOT).instance.id == 1  # nobody else has one
    called = {view.called for view in home.perform(requests.DescribeRequest(), ROOT)}
    assert {"alice/web", "bob/web"} <= called
    (own,) = home.run(name="web", actor=ROOT)
    assert home.perform(requests.DescribeRequest(("web",)), ROOT)[0].instance.id == own.id
    assert theirs.id != own.id


def test_an_operator_sees_all_and_changes_nothing_of_it(home):
    assert {view.instance.owner for view in home.perform(requests.DescribeRequest(), EVE)} == {"alice", "bob"}
    assert home.perform(requests.LogRequest("hidden-web"), EVE).instance.id == 1
    assert home.perform(requests.ListImagesRequest(("hidden-image",)), EVE)[0].owner == "alice"
    assert home.perform(requests.ListNodesRequest(), EVE)
    before = home.ledger.find(records.INSTANCE)
    for make in OF_INSTANCES[:5]:
        with pytest.raises(Denied, match="instance 1 is alice's"):
            home.perform(make("hidden-web"), EVE)
    with pytest.raises(Denied, match="belongs to alice"):
        home.perform(requests.DeleteImageRequest(("hidden-image",)), EVE)
    with pytest.raises(Denied):
        home.perform(requests.RemoveUserRequest("bob"), EVE)
    assert home.ledger.find(records.INSTANCE) == before


def test_a_ledger_from_before_there_were_users_goes_on(home):
    """Names lay bare then, of instances and of images, and said nothing of owners."""
    home.run(name="old")
    (old,) = records.instances(home.ledger, {"name": "old"})
    home.ledger.commit(
        [
            records.Delete(records.NAME, "alice/old"),
            records.Put(records.NAME, "old", {"instance": old.id}, 0),
            records.Put(records.IMAGE_NAME, "tiny", {"identifier": home.image.facts.identifier}),
        ]
    )
    with pytest.raises(Conflict, match="the name old is taken"):
        home.run(name="old")
    home.perform(requests.WaitRequest(("old",)))
    assert not home.perform(requests.DoctorRequest(), ROOT).findings
    assert home.run(name="old", image="tiny", actor=BOB)
    home.perform(requests.KillRequest(("old",)))
    home.perform(requests.WaitRequest((str(old.id),), "done"))
    assert home.run(name="old")
    assert [one.code for one in home.perform(requests.DoctorRequest(fix=True), ROOT).findings] == []


def test_names_that_several_have_are_completed_with_their_owners(home):
    home.run(name="web")
    home.run(name="web", actor=BOB)
    names = [each.name for each in glance.instances(home.ledger)]
    assert names == ["hidden-web", "mine", "alice/web", "bob/web"]
