"""Users and groups: what an administrator says of them has effect at once, and what they hold goes along."""

from dataclasses import replace

import pytest

from stratus.actions import records
from stratus.actions.users import lookup
from stratus.errors import BadInput, Conflict, Denied, NotFound
from stratus.model.people import differences
from stratus.model.quota import Quota, Usage
from stratus.model.requests import (
    AddUserRequest,
    ChangeGroupRequest,
    ChangeUserRequest,
    DeleteImageRequest,
    DoctorRequest,
    ImportImageRequest,
    KillRequest,
    ListGroupsRequest,
    ListUsersRequest,
    RemoveGroupRequest,
    RemoveUserRequest,
    UsageRequest,
    WaitRequest,
)
from stratus.model.role import Role
from tests.memory_cloud import ALICE, BOB, ROOT
from tests.model.test_user import ED25519

BOBS = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPtdrnzUjpZmg/iJTYM0gvB9QH+OeWOYH/FNBJGv5/pK"
PRINT = "SHA256:d/xgOr2GmZfkjYqbO5mXdhzJfeu4cV1wCHIZb+EBzPg"


def by_root(site, request):
    return site.perform(request, ROOT)


def usage(site, name):
    return records.usage(site.ledger, records.usage_key(name, of_group=True))[0]


def test_a_key_lets_in_from_when_it_is_added_until_it_is_removed(site):
    by_root(site, AddUserRequest("alice", keys=ED25519))
    assert lookup.user_of_key(site.ledger, PRINT).name == "alice"
    with pytest.raises(Conflict, match="is alice's"):
        by_root(site, AddUserRequest("bob", keys=ED25519))
    assert lookup.find(site.ledger, "bob") is None
    by_root(site, ChangeUserRequest("alice", without=(PRINT,), keys=BOBS))
    assert lookup.user_of_key(site.ledger, PRINT) is None
    by_root(site, AddUserRequest("bob", keys=ED25519))
    assert lookup.user_of_key(site.ledger, PRINT).name == "bob"


def test_a_disabled_user_s_keys_open_nothing_until_they_are_enabled(site):
    by_root(site, AddUserRequest("alice", keys=ED25519))
    by_root(site, ChangeUserRequest("alice", enabled=False, why="on leave"))
    assert lookup.user_of_key(site.ledger, PRINT) is None
    by_root(site, ChangeUserRequest("alice", enabled=True))
    assert lookup.user_of_key(site.ledger, PRINT).why_disabled == ""


@pytest.mark.parametrize(
    "request_",
    [
        AddUserRequest("bob", plan=True),
        ChangeUserRequest("alice", Role.ADMIN, keys=BOBS, join=("lab",), plan=True),
        RemoveUserRequest("alice", plan=True),
        ChangeGroupRequest("new", new=True, plan=True),
        ChangeGroupRequest("lab", quota=Quota(cpu=1), plan=True),
        RemoveGroupRequest("lab", plan=True),
    ],
    ids=lambda request: type(request).__name__,
)
def test_a_plan_changes_nothing(site, request_):
    by_root(site, ChangeGroupRequest("lab", new=True))
    by_root(site, AddUserRequest("alice", keys=ED25519))
    before = site.ledger.revision()
    (plan,) = by_root(site, request_).plans
    assert site.ledger.revision() == before and plan.node == "front end"


def test_what_a_user_holds_goes_along_to_the_groups_that_they_join(site):
    by_root(site, ChangeGroupRequest("lab", new=True))
    by_root(site, ChangeGroupRequest("ops", new=True))
    site.run(count=2)
    by_root(site, AddUserRequest("alice", groups=("lab",)))
    assert usage(site, "lab").instances == 2
    by_root(site, ChangeUserRequest("alice", join=("ops",), leave=("lab",)))
    assert usage(site, "lab") == Usage() and usage(site, "ops").instances == 2
    site.run()
    assert usage(site, "ops").instances == 3
    by_root(site, RemoveGroupRequest("ops"))
    assert lookup.find(site.ledger, "alice").groups == () and usage(site, "ops") == Usage()
    site.perform(WaitRequest(("1", "2", "3")))
    assert not by_root(site, DoctorRequest()).findings


def test_whoever_joins_while_something_is_taken_counts_right(site):
    by_root(site, ChangeGroupRequest("lab", new=True))
    by_root(site, AddUserRequest("alice"))
    plain = site.ledger.get

    def joins_between(kind, key):
        """The user joins just after what they hold was read, and before who they are is."""
        if (kind, key) == (records.USER, "alice"):
            site.ledger.get = plain
            by_root(site, ChangeUserRequest("alice", join=("lab",)))
        return plain(kind, key)

    site.ledger.get = joins_between
    site.run()
    assert usage(site, "lab").instances == 1


def test_who_has_something_left_is_not_removed(site):
    by_root(site, AddUserRequest("alice", keys=ED25519))
    site.run()
    with pytest.raises(Conflict, match="alice has 1 instance"):
        by_root(site, RemoveUserRequest("alice"))
    site.perform(KillRequest(("1",)))
    site.perform(WaitRequest(("1",), "done"))
    by_root(site, RemoveUserRequest("alice"))
    assert lookup.user_of_key(site.ledger, PRINT) is None and not site.ledger.find(records.USAGE)
    with pytest.raises(NotFound):
        by_root(site, RemoveUserRequest("alice"))


def test_who_has_an_image_left_is_not_removed(site):
    by_root(site, AddUserRequest("alice"))
    site.sources["https://example.org/own.img"] = b"\2" * 512
    site.perform(ImportImageRequest("https://example.org/own.img", "own"))
    with pytest.raises(Conflict, match="alice has 1 image") as refused:
        by_root(site, RemoveUserRequest("alice"))
    assert refused.value.hint == "stratus image delete alice/own"
    by_root(site, DeleteImageRequest(("alice/own",)))
    by_root(site, RemoveUserRequest("alice"))


def test_a_user_sees_themself_and_an_operator_everybody(site):
    by_root(site, ChangeGroupRequest("lab", new=True))
    by_root(site, ChangeGroupRequest("ops", new=True))
    for name in ("alice", "bob"):
        by_root(site, AddUserRequest(name, groups=("lab",)))
    operator = replace(BOB, name="eve", role=Role.OPERATOR)
    assert [view.user.name for view in site.perform(ListUsersRequest(), ALICE)] == ["alice"]
    assert [view.user.name for view in site.perform(ListUsersRequest(), operator)] == ["alice", "bob"]
    (lab,) = site.perform(ListGroupsRequest(), ALICE)
    assert lab.members == ("alice",)
    assert [view.members for view in site.perform(ListGroupsRequest(), operator)] == [("alice", "bob"), ()]
    for name in ("bob", "nobody"):
        with pytest.raises(NotFound, match=f"no user is called '{name}'"):
            site.perform(ListUsersRequest((name,)), ALICE)
        with pytest.raises(NotFound, match=f"no user is called '{name}'"):
            site.perform(UsageRequest((name,)), ALICE)
    with pytest.raises(NotFound, match="no group of users is called 'ops'"):
        site.perform(ListGroupsRequest(("ops",)), ALICE)
    with pytest.raises(Denied):
        site.perform(ChangeUserRequest("eve", Role.ADMIN), operator)


def test_usage_is_that_of_the_asker_and_their_groups_and_of_everybody_for_an_operator(site):
    by_root(site, ChangeGroupRequest("lab", new=True, quota=Quota(cpu=9)))
    by_root(site, AddUserRequest("alice", groups=("lab",), quota=Quota(instances=5)))
    site.run()
    site.run(actor=BOB)
    own, lab = site.perform(UsageRequest(everybody=True), ALICE)
    assert (own.name, own.kind, own.held.instances, dict(own.quota.limits())) == ("alice", "user", 1, {"instances": 5})
    assert (lab.name, lab.kind, lab.held.cpu, dict(lab.quota.limits())) == ("lab", "group", 1, {"cpu": 9})
    assert [view.name for view in by_root(site, UsageRequest(everybody=True))] == ["alice", "bob", "lab"]
    assert [view.held.instances for view in by_root(site, UsageRequest(("bob",)))] == [1]


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (AddUserRequest("Alice"), BadInput),
        (AddUserRequest("the doctor"), BadInput),
        (AddUserRequest("alice"), Conflict),
        (AddUserRequest("bob", groups=("none",)), NotFound),
        (AddUserRequest("bob", quota=Quota(cpu=-2)), BadInput),
        (ChangeUserRequest("alice", unsaid=("gold",)), BadInput),
        (ChangeUserRequest("alice", enabled=False, why="x\n"), BadInput),
        (ChangeUserRequest("alice", leave=("lab",)), NotFound),
        (ChangeUserRequest("alice", without=("",)), NotFound),
        (ChangeUserRequest("alice", without=("SHA256:",)), NotFound),
        (ChangeUserRequest("alice", keys="$(id)"), BadInput),
        (ChangeGroupRequest("a b", new=True), BadInput),
        (ChangeGroupRequest("none"), NotFound),
        (RemoveGroupRequest("none"), NotFound),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_no_trace(site, request_, kind):
    by_root(site, AddUserRequest("alice", keys=ED25519))
    before = site.ledger.revision()
    with pytest.raises(kind):
        by_root(site, request_)
    assert site.ledger.revision() == before


def test_a_plan_says_what_is_then_so(site):
    by_root(site, ChangeGroupRequest("lab", new=True))
    by_root(site, AddUserRequest("alice", keys=ED25519))
    asked = ChangeUserRequest("alice", Role.ADMIN, keys=BOBS, join=("lab",), quota=Quota(cpu=2), unsaid=("volumes",))
    before = lookup.user(site.ledger, "alice")[0]
    (plan,) = by_root(site, replace(asked, plan=True)).plans
    after = by_root(site, asked).user
    assert [step.title for step in plan.steps] == list(differences(before, after))
    assert by_root(site, replace(asked, plan=True)).plans[0].steps == ()
