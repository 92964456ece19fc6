"""What run_cluster would do, as plans: those of the instances, then what is done inside each of them."""

from dataclasses import replace

from stratus.actions.cluster.effort import Ask, names_of
from stratus.model.cluster import plan
from stratus.model.cluster.facts import ASSUMED
from stratus.model.cluster.members import Member, numbered
from stratus.model.cluster.view import ClusterView, member_of
from stratus.model.cluster.wish import ClusterRequest, check
from stratus.model.guest import KeyPair
from stratus.model.plan import Plan
from stratus.model.requests import DescribeRequest
from stratus.model.takes import Takes

VERB = "configure"


def foresee(ask: Ask, request: ClusterRequest) -> ClusterView:
    """The plans. What the guests will be like nobody knows: they are taken for a Debian that has all that is needed.

    Raises what its requests raise, Conflict, BadInput."""
    check(request.wish)
    plans = ask(replace(request.run, plan=True)).plans
    there = ask(DescribeRequest((request.master,))) if request.master else ()
    members = [member_of(view.instance) for view in there]
    targets = [f"{one.id} ({one.name})" for one in members]
    for number, (name, each) in enumerate(
        zip(names_of(request.run), (p for p in plans if p.verb == "run"), strict=True)
    ):
        address, cpu = each.takes.address, each.takes.cpu
        cores = (cpu.takes if cpu else None) or 1
        members.append(Member(-1 - number, name, address.address if address else "", cores, each.node))
        targets.append(each.target)
    return ClusterView(plans=(*plans, *_inside(numbered(members), targets, request)))


def _inside(members: tuple[Member, ...], targets: list[str], request: ClusterRequest) -> list[Plan]:
    known = {one.id: ASSUMED for one in members}
    key = KeyPair(f"ssh-ed25519 THE-CLUSTERS-OWN-KEY cluster {request.run.name}", b"")
    first = plan.packages(members, known, request.wish)
    stages = (*((first,) if first else ()), *plan.stages(members, known, request.wish, key))
    found = []
    for one, target in zip(members, targets, strict=True):
        steps = [step for stage in stages for who, todo in stage.deeds if who == one for step in todo]
        planned = tuple(step.planned(request.wish.admin) for step in steps)
        found.append(Plan(VERB, target, one.node, Takes(), planned))
    return found
