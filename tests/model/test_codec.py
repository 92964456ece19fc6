"""Values to JSON and back."""

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratus.drivers.ledger.protocol import Put
from stratus.drivers.ledger.rules import check_changes
from stratus.errors import BadInput
from stratus.model.codec import decode, encode
from stratus.model.context.values import ContextRequest, UserDataPart
from stratus.model.history import Entry, History
from stratus.model.image import ImageEntry
from stratus.model.instance import Blueprint, Instance, Lease
from stratus.model.node import Node, Reach, Used
from stratus.model.order import Dispatched, Fault, Order, Report, StepTiming
from stratus.model.states import State
from stratus.model.steps import MakeDisk, PlugPort, StartDomain, Step
from tests.model import samples

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
number = st.integers(min_value=-(2**63), max_value=2**63)
moment = st.floats(allow_nan=False, allow_infinity=False)
argv = st.lists(text, max_size=4).map(tuple)

timings = st.builds(StepTiming, text, text, moment, moment, st.lists(argv, max_size=3).map(tuple))
faults = st.builds(Fault, text, text, text)
reports = st.builds(Report, text, number, number, st.none() | faults, st.lists(timings, max_size=3).map(tuple), moment)
leases = st.builds(Lease, text, text, text)
instances = st.builds(
    Instance,
    id=number,
    name=text,
    owner=text,
    image=text,
    image_name=text,
    machine_type=text,
    cpu=number,
    ram_mib=number,
    swap_mib=number,
    volatile_gib=number,
    lease=leases,
    node=text,
    uuid=text,
    state=st.sampled_from(State),
    goal=st.sampled_from(State),
    created_s=moment,
    error=text,
    holds_lease=st.booleans(),
)
contexts = st.builds(
    ContextRequest,
    public_keys=st.lists(text, max_size=2).map(tuple),
    variables=st.lists(st.tuples(text, text), max_size=3).map(tuple),
    user_data=st.lists(st.builds(UserDataPart, st.just("x-shellscript"), text, st.binary(max_size=50)), max_size=2).map(
        tuple
    ),
)
nodes = st.builds(
    Node,
    name=text,
    reach=st.builds(Reach, text, number, text, text, argv),
    hypervisor=st.just(samples.FACTS),
    enabled=st.booleans(),
    used=st.builds(Used, number, number, number, number),
)
entries = st.builds(Entry, moment, st.sampled_from(State), text, st.lists(timings, max_size=2).map(tuple))
steps = st.sampled_from(samples.steps("run") + samples.steps("kill") + samples.steps("reboot")) | st.builds(
    MakeDisk, text, number, text
)
orders = st.builds(Order, text, number, number, number, text, st.lists(steps, max_size=5).map(tuple))
dispatched = st.builds(Dispatched, orders, text, st.sampled_from(["waiting", "sent"]), moment)
histories = st.lists(entries, max_size=3).map(lambda found: History(tuple(found)))
values = st.one_of(reports, instances, contexts, nodes, orders, dispatched, histories)


@given(values)
@settings(max_examples=200, deadline=None)
def test_every_value_comes_back_from_json_as_it_was(value):
    line = json.dumps(encode(value), allow_nan=False)
    assert decode(type(value), json.loads(line)) == value


@given(values)
@settings(max_examples=50, deadline=None)
def test_every_value_may_lie_in_the_ledger(value):
    check_changes([Put("kind", "key", encode(value))])


@pytest.mark.parametrize("value", [samples.blueprint(), samples.IMAGE, samples.node(), samples.order("run")])
def test_whole_samples_come_back(value):
    assert decode(type(value), json.loads(json.dumps(encode(value)))) == value


def test_what_a_newer_neighbour_adds_is_ignored():
    body = encode(samples.instance()) | {"colour": "green", "lease": encode(samples.instance().lease) | {"vlan": 7}}
    assert decode(Instance, body) == samples.instance()


def test_what_an_older_neighbour_lacks_takes_its_default():
    body = encode(samples.instance())
    del body["holds_capacity"], body["fix"]
    assert decode(Instance, body) == samples.instance()


def test_a_union_is_told_apart_by_its_kind():
    for step in (StartDomain("qemu:///system", "one-1"), PlugPort(samples.blueprint().port)):
        body = encode(step)
        assert body["kind"] == type(step).__name__
        assert decode(Order, encode(samples.order()) | {"steps": [body]}).steps == (step,)


def test_a_field_that_is_called_kind_is_no_tag():
    part = UserDataPart("cloud-config", "a", b"\0\xff")
    assert decode(UserDataPart, encode(part)) == part


WRONG = [
    (Instance, {"id": "7"}),
    (Instance, {"id": 7.0}),
    (Instance, {"id": True}),
    (Instance, {"id": None}),
    (Instance, {"name": 7}),
    (Instance, {"state": "sleeping"}),
    (Instance, {"state": ["running"]}),
    (Instance, {"lease": None}),
    (Instance, {"lease": "172.30.16.2"}),
    (Instance, {"lease": []}),
    (Instance, {"created_s": "now"}),
    (Instance, {"created_s": 10**400}),
    (Instance, {"holds_lease": 1}),
    (Order, {"steps": {}}),
    (Order, {"steps": "run"}),
    (Order, {"steps": 7}),
    (Order, {"steps": None}),
    (Order, {"steps": [7]}),
    (Order, {"steps": [{}]}),
    (Order, {"steps": [{"kind": "EraseDisk"}]}),
    (Order, {"steps": [{"kind": "StartDomain"}]}),
    (Order, {"steps": [{"kind": "StartDomain", "uri": 7, "name": "x"}]}),
    (Node, {"reach": encode(Reach()) | {"agent": "rm -rf /"}}),
    (Node, {"reach": encode(Reach()) | {"agent": {"a": 1}}}),
    (ImageEntry, {"facts": {}}),
    (Blueprint, {"context": {"method": "telepathy"}}),
    (Blueprint, {"context": {"user_data": [{"kind": "x", "name": "n", "content": "not base64!"}]}}),
    (Blueprint, {"context": {"user_data": [{"kind": "x", "name": "n", "content": 7}]}}),
    (Blueprint, {"context": {"variables": [["k"]]}}),
    (Blueprint, {"context": {"variables": [["k", "v", "w"]]}}),
]
WHOLE = {
    Instance: samples.instance(),
    Order: samples.order(),
    Node: samples.node(),
    ImageEntry: samples.IMAGE,
    Blueprint: samples.blueprint(),
}


@pytest.mark.parametrize(("wanted", "change"), WRONG, ids=lambda thing: str(thing)[:60])
def test_what_does_not_fit_is_refused_as_bad_input(wanted, change):
    with pytest.raises(BadInput):
        decode(wanted, encode(WHOLE[wanted]) | change)


@pytest.mark.parametrize("data", [None, 7, "x", [], [{}], {}, True, 1.5])
@pytest.mark.parametrize("wanted", list(WHOLE))
def test_what_is_nothing_of_the_kind_is_refused_as_bad_input(wanted, data):
    with pytest.raises(BadInput, match=f"not a valid {wanted.__name__}"):
        decode(wanted, data)


@dataclass(frozen=True)
class Box:
    inside: "Box | None" = None
    numbers: list[int] = field(default_factory=list)


def test_nesting_without_end_is_refused_as_bad_input():
    data: dict[str, object] = {}
    for _ in range(100_000):
        data = {"kind": "Box", "inside": data}
    with pytest.raises(BadInput):
        decode(Box, data)


@pytest.mark.parametrize("numbers", ["12", {"1": 2}, 7, [1, "2"]])
def test_a_list_is_a_list(numbers):
    with pytest.raises(BadInput):
        decode(Box, {"numbers": numbers})


def test_every_step_can_be_an_orders():
    assert {type(step) for verb in ("run", "kill", "stop", "reboot") for step in samples.steps(verb)} <= set(
        Step.__args__
    )
