"""Plans: the steps of each verb with their exact command lines, and what an instance is made of.

After a wanted change: python -m tests.model.test_plan writes the golden files anew; review their diff.
"""

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from stratus.model.blueprint import blueprint_of
from stratus.model.codec import decode, encode
from stratus.model.instance import Instance
from stratus.model.plan import planned
from stratus.model.record import record_text
from stratus.model.requests import RunRequest
from stratus.model.takes import Takes
from tests.model import samples

GOLDEN = Path(__file__).with_name("golden")


def text_of(plan):
    """A plan as people read it; `-` before each command line."""
    lines = [f"{plan.verb} {plan.target} on {plan.node}", *(f"{name}: {text}" for name, text in plan.takes.lines())]
    for number, step in enumerate(plan.steps, 1):
        lines.append(f"{number}. {step.title}")
        lines += [f"   - {shlex.join(command)}" for command in step.commands]
    return "\n".join(lines) + "\n"


VERBS = ("run", "start", "stop", "stop --force", "reboot", "kill")


def golden_texts():
    """(name of the golden file, what it should hold)."""
    for verb in VERBS:
        plan = planned(verb.split()[0], samples.instance(), samples.steps(verb), Takes())
        yield f"{verb.replace(' --', '-')}.txt", text_of(plan)
    yield "blueprint.json", json.dumps(encode(samples.blueprint()), indent=1, sort_keys=True) + "\n"


@pytest.mark.parametrize(("name", "text"), golden_texts(), ids=lambda given: given[:20])
def test_plans_and_blueprint_are_as_they_were(name, text):
    assert text == (GOLDEN / name).read_text()


def test_a_node_that_can_share_blocks_gets_a_raw_clone_with_nothing_below():
    root = samples.blueprint(on=samples.node(reflinks=True)).domain.disks[0]
    assert (root.path.rpartition("/")[2], root.format, root.base_path) == ("root.raw", "raw", "")


def test_swap_and_the_volatile_disk_are_only_made_when_wanted():
    bare = samples.blueprint(samples.instance(swap_mib=0, volatile_gib=0))
    assert bare.extra_disks == ()
    assert [disk.target for disk in bare.domain.disks] == ["vda", "sda"]
    volatile = samples.blueprint(samples.instance(swap_mib=0, volatile_gib=2))
    assert [(disk.target, disk.serial) for disk in volatile.domain.disks[1:2]] == [("vdb", "ext4")]


def test_the_hosts_cpu_is_given_only_where_kvm_runs():
    request = RunRequest("tiny", samples.CONTEXT, use_host_cpu=True)
    kvm = samples.node(hypervisor=replace(samples.FACTS, virt_type="kvm"))
    for node, model in ((samples.node(), "max"), (kvm, "host-passthrough")):
        made = blueprint_of(samples.instance(), request, node, samples.network(), samples.IMAGE)
        assert made.domain.cpu_model == model


def test_the_record_beside_the_disks_rebuilds_the_instance_and_holds_no_context():
    record = json.loads(record_text(samples.instance(), samples.blueprint()))
    assert decode(Instance, record["instance"]) == samples.instance()
    assert "alice@home" not in json.dumps(record) and "ROLE" not in json.dumps(record)


def test_the_same_request_gives_the_same_steps():
    assert samples.steps("run") == samples.steps("run")


if __name__ == "__main__":
    for name, text in golden_texts():
        (GOLDEN / name).write_text(text)
