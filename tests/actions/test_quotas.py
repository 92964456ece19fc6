"""Quotas are kept by the transaction that reserves: nobody gets past one, and what is held is always counted right."""

import threading
from dataclasses import replace

import pytest

from stratus.actions import dispatch, records
from stratus.actions.users.accounts import Accounts, held_by_owner
from stratus.drivers.ledger.protocol import Delete
from stratus.errors import QuotaExceeded
from stratus.model.quota import Quota, Usage, total
from stratus.model.requests import (
    DoctorRequest,
    KillRequest,
    RecoverRequest,
    RemoveNodeRequest,
    RunRequest,
    StartRequest,
    StopRequest,
    WaitRequest,
)
from stratus.model.user import Group, User
from tests.memory_cloud import ALICE, BOB, CONTEXT, ROOT

LAB, OPEN = "group/lab", Quota()


def allow(site, name="alice", quota=OPEN, groups=()):
    site.ledger.commit([records.put_user(User(name, quota=quota, groups=groups), None)])


def lab(site, quota):
    site.ledger.commit([records.put_group(Group("lab", quota), 0), records.put_usage(LAB, Usage(), 0)])


def held(site, owner="alice"):
    return held_by_owner(site.ledger, owner)[0]


def really(site, owner="alice"):
    return total(records.instances(site.ledger, {"owner": owner}))


def test_what_is_held_follows_each_verb(site):
    site.run(swap_mib=128, volatile_gib=1, count=2)
    one = Usage(1, 1, 64, 1152, 0, 1)
    assert held(site) == one.plus(one) == really(site)
    site.perform(WaitRequest(("1", "2")))
    site.perform(StopRequest(("1",), force=True))
    site.perform(WaitRequest(("1",), "stopped"))
    assert held(site) == Usage(2, 1, 64, 2304, 0, 2) == really(site)
    site.perform(StartRequest(("1",)))
    assert held(site) == one.plus(one)
    site.perform(WaitRequest(("1",)))
    site.perform(KillRequest(("1", "2")))
    site.perform(WaitRequest(("1", "2"), "done"))
    assert held(site).is_nothing and held(site, "bob").is_nothing


def test_a_run_beyond_the_quota_takes_nothing_and_tells_the_numbers(site):
    allow(site, quota=Quota(instances=2, ram_mib=100))
    site.run()
    with pytest.raises(QuotaExceeded) as refused:
        site.run(count=2)
    assert refused.value.message == (
        "the quota of alice is reached: instances: 2 more wanted, 1 of 2 held; RAM: 128 MiB more wanted, 64 of 100 MiB held"
    )
    assert refused.value.hint == "stratus usage, and stop or kill something"
    assert held(site).instances == 1 and len(records.instances(site.ledger)) == 1
    site.run(actor=BOB, count=3)  # who is not in the ledger has no limit


@pytest.mark.parametrize(
    ("quota", "wishes"),
    [
        (Quota(instances=0), {}),
        (Quota(cpu=1), {"cpu": 2}),
        (Quota(ram_mib=63), {}),
        (Quota(disk_gib=1), {"swap_mib": 0, "volatile_gib": 2}),
        (Quota(addresses=1), {"count": 2}),
    ],
)
def test_each_thing_is_limited(site, quota, wishes):
    allow(site, quota=quota)
    with pytest.raises(QuotaExceeded):
        site.run(**wishes)
    with pytest.raises(QuotaExceeded):  # a plan says so too
        site.perform(RunRequest("tiny", CONTEXT, **{"ram_mib": 64, **wishes}, plan=True))
    assert not records.instances(site.ledger)


def test_a_stopped_instance_starts_only_within_its_owner_s_quota_whoever_asks(site):
    allow(site, quota=Quota(cpu=1))
    site.run()
    site.perform(WaitRequest(("1",)))
    site.perform(StopRequest(("1",), force=True))
    site.perform(WaitRequest(("1",), "stopped"))
    site.run()
    for actor in (ALICE, ROOT):
        with pytest.raises(QuotaExceeded, match="CPU: 1 more wanted, 1 of 1 held"):
            site.perform(StartRequest(("1",)), actor)
    site.perform(KillRequest(("2",)))
    site.perform(WaitRequest(("2",), "done"))
    site.perform(StartRequest(("1",)))


def test_a_group_s_members_share_its_quota_besides_their_own(site):
    lab(site, Quota(instances=3))
    allow(site, groups=("lab",), quota=Quota(instances=2))
    allow(site, "bob", groups=("lab",))
    site.run(count=2)
    with pytest.raises(QuotaExceeded, match="the quota of alice is reached"):
        site.run()
    with pytest.raises(QuotaExceeded, match="the quota of group lab is reached: instances: 2 more wanted, 2 of 3 held"):
        site.run(actor=BOB, count=2)
    site.run(actor=BOB)
    assert records.usage(site.ledger, LAB)[0].instances == 3


def test_the_site_s_default_limits_whose_quota_says_nothing(site):
    site.cloud = replace(site.cloud, settings=replace(site.cloud.settings, default_quota=Quota(instances=1)))
    allow(site)
    allow(site, "bob", quota=Quota(instances=-1))
    site.run(actor=BOB, count=2)
    with pytest.raises(QuotaExceeded):
        site.run(count=2)


def test_a_race_for_the_last_unit_has_one_winner(site):
    lab(site, Quota(instances=5))
    allow(site, groups=("lab",))
    allow(site, "bob", groups=("lab",))
    ready, outcomes = threading.Barrier(8), []

    def ask(actor):
        ready.wait(10)
        try:
            outcomes.append(len(site.run(actor=actor)))
        except QuotaExceeded:
            outcomes.append(0)

    threads = [threading.Thread(target=ask, args=(actor,)) for actor in (ALICE, BOB) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == [0, 0, 0, 1, 1, 1, 1, 1]
    assert records.usage(site.ledger, LAB)[0].instances == 5 == len(records.instances(site.ledger))


def test_a_plan_shows_what_each_instance_takes_of_the_quotas(site):
    lab(site, Quota(instances=9))
    allow(site, groups=("lab",), quota=Quota(instances=5, cpu=4))
    site.run()
    first, second = site.perform(RunRequest("tiny", CONTEXT, ram_mib=64, count=2, plan=True)).plans
    assert [text for name, text in first.takes.lines() if name == "quota"] == [
        "alice: instances 1 of 5 before, 2 after; CPU 1 of 4 before, 2 after",
        "group lab: instances 1 of 9 before, 2 after",
    ]
    assert second.takes.quota[0].held_before == 2 and second.takes.quota[0].held_after == 3
    (kill,) = site.perform(KillRequest(("1",), plan=True)).plans
    assert ("quota", "group lab: instances 1 of 9 before, 0 after") in kill.takes.lines()
    assert held(site).instances == 1


def test_who_is_not_limited_is_told_of_no_quota(site):
    (plan,) = site.perform(RunRequest("tiny", CONTEXT, ram_mib=64, plan=True)).plans
    assert plan.takes.quota == ()


def test_what_was_there_before_there_were_quotas_is_counted_when_its_owner_takes_something(site):
    site.run(count=2)
    site.ledger.commit([Delete(records.USAGE, "user/alice")])
    allow(site, quota=Quota(instances=3))
    site.run()
    with pytest.raises(QuotaExceeded, match="1 more wanted, 3 of 3 held"):
        site.run()


def test_the_doctor_finds_a_wrong_count_and_mends_it(site):
    lab(site, Quota())
    allow(site, groups=("lab",))
    site.run()
    site.perform(WaitRequest(("1",)))
    _, revision = records.usage(site.ledger, "user/alice")
    site.ledger.commit([records.put_usage("user/alice", Usage(7), revision), Delete(records.USAGE, LAB)])
    site.ledger.commit([records.put_usage("group/gone", Usage(), 0)])
    site.ledger.commit([records.put_key("SHA256:x", "alice")])
    found = site.perform(DoctorRequest(), ROOT).findings
    assert [one.code for one in found] == ["usage", "usage-missing", "key-unused", "usage-unused"]
    assert found[0].what.startswith(
        "user alice is counted 0 CPU, 0 MiB, 0 MiB of disk, 0 volumes and 0 addresses for 7"
    )
    healed = site.perform(DoctorRequest(fix=True), ROOT)
    assert not healed.findings and all(not one.trouble for one in healed.mended)
    assert held(site) == really(site) == records.usage(site.ledger, LAB)[0]


def test_a_forgotten_instance_holds_nothing(site):
    site.run()
    site.perform(WaitRequest(("1",)))
    site.perform(RemoveNodeRequest("node1", force=True), ROOT)
    assert held(site).is_nothing


def test_a_rebuilt_ledger_counts_what_the_nodes_have(site):
    site.run(count=2)
    site.perform(WaitRequest(("1", "2")))
    kinds = (records.INSTANCE, records.BLUEPRINT, records.ADDRESS, records.NAME, records.USAGE, records.IMAGE)
    gone = [Delete(kind, one.key) for kind in (*kinds, records.IMAGE_NAME) for one in site.ledger.find(kind)]
    (node, revision) = records.node(site.ledger, "node1")
    site.ledger.commit([*gone, records.put_node(node.with_used(type(node.used)()), revision)])
    site.perform(RecoverRequest(ledger=True), ROOT)
    dispatch.once(site.cloud)
    assert held(site) == really(site) == total(records.instances(site.ledger)) != Usage()
    assert not [one for one in site.perform(DoctorRequest(), ROOT).findings if one.code.startswith("usage")]


def test_what_is_given_back_twice_is_not_owed(site):
    accounts = Accounts(site.cloud)
    accounts.add("alice", Usage(-5))
    assert accounts.of("alice")[0].held == Usage()
