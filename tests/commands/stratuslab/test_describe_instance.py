"""stratus-describe-instance: the table and the listing, to the byte."""

import threading

import pytest

from stratus.commands.stratuslab.hosts import host_names
from stratus.commands.stratuslab.listing import _NUMBERS, Line, table
from stratus.model.states import State

HEADER = "id  state     vcpu memory    cpu% host/ip                 name\n"
# The example of StratusLab's own description.
TWO = [
    Line(("165", "Running", "1", "1572864", "3", "vm-201.lal.stratuslab.eu", "one-165")),
    Line(("166", "Pending", "2", "0", "0", "134.158.75.202", "one-166"), "no room"),
]
SHOWN = """\
id  state     vcpu memory    cpu% host/ip                  name
165 Running   1    1572864   3    vm-201.lal.stratuslab.eu one-165
166 Pending   2    0         0    134.158.75.202           one-166
"""


def test_the_columns_are_stratuslabs_and_grow_to_one_more_than_the_longest():
    assert table(TWO, errors=False) == SHOWN


def test_the_header_is_there_for_nobody(old):
    assert table([], errors=True) == HEADER
    assert old.ok("describe-instance").out == HEADER


def test_an_id_of_four_digits_makes_its_column_and_the_indent_wider():
    lines = table([Line(("1650", "Failed", "1", "0", "0", "a", "x"), "no room")], errors=True).splitlines()
    assert lines == [
        "id   state     vcpu memory    cpu% host/ip                 name",
        "1650 Failed    1    0         0    a                       x   ",
        "     no room",
    ]


def test_running_machines_are_listed_with_their_names_from_dns(old, stratus):
    stratus.ok("run tiny -n 2 --wait")
    old.dns = {"172.30.16.3": "vm-3.example.org"}
    rows = [line.split() for line in old.ok("describe-instance").out.splitlines()[1:]]
    assert [(row[0], row[1], row[2], row[5], row[6]) for row in rows] == [
        ("1", "Running", "1", "172.30.16.2", "one-1"),
        ("2", "Running", "1", "vm-3.example.org", "one-2"),
    ]
    assert "vm-3" not in old.ok("describe-instance -n").out


def test_only_those_that_are_named_are_listed(old, stratus):
    stratus.ok("run tiny -n 3 --name web")
    out = old.ok("describe-instance -n 3 1").out
    assert [line.split()[0] for line in out.splitlines()] == ["id", "3", "1"]
    said = old("describe-instance 9")
    assert (said.status, said.out) == (3, "")


def test_with_v_a_failure_is_explained_below_its_line(old, stratus, node):
    node.hypervisor.broken = "no such CPU"
    stratus("run tiny --wait")
    assert "no such CPU" not in old.ok("describe-instance -n").out
    _, line, error = old.ok("describe-instance -n -v").out.splitlines()
    assert line.startswith("1   Failed    1    0         0    172.30.16.2             one-1")
    assert error.startswith("    ") and "no such CPU" in error


def test_vvv_and_one_id_list_everything_sorted(old, stratus):
    stratus.ok("run tiny --wait")
    old.dns = {"172.30.16.2": "vm.example.org"}
    rule, title, *rows = old.ok("describe-instance -vvv 1").out.splitlines()
    assert (rule, title) == ("-" * 25, "1 (all attributes)")
    pairs = dict(row.removeprefix("  ").split(" = ", 1) for row in rows)
    assert list(pairs) == sorted(pairs) and all(row.startswith("  ") for row in rows)
    expected = {
        "id": "1",
        "state": "3",
        "lcm_state": "3",
        "state_summary": "Running",
        "name": "one-1",
        "deploy_id": "one-1",
        "template_nic_ip": "172.30.16.2",
        "template_nic_hostname": "vm.example.org",
        "template_nic_network": "local",
        "template_vcpu": "1",
        "template_memory": "1536",
        "history_records_history_hostname": "node1",
        "template_graphics_keymap": "en-us",
        "etime": "0",
    }
    assert {key: pairs[key] for key in expected} == expected
    assert "-vvv" and old.ok("describe-instance -vvv").out.startswith("id  state")


def test_every_state_has_opennebulas_number():
    assert set(_NUMBERS) == set(State)


@pytest.mark.parametrize("name", ["\x1b[31mred", "two words", "", "a\nb", "-x", "x" * 300])
def test_dns_cannot_put_anything_but_a_host_name_into_the_table(name):
    assert host_names(["10.0.0.1"], lambda _: name, deadline_s=5) == {"10.0.0.1": "10.0.0.1"}


def test_a_resolver_that_never_answers_is_not_waited_for():
    forever = threading.Event()

    def look_up(address):
        if address == "10.0.0.1":
            forever.wait(30)
        return "quick.example.org"

    try:
        found = host_names(["10.0.0.1", "10.0.0.2"], look_up, deadline_s=0.3)
    finally:
        forever.set()
    assert found == {"10.0.0.1": "10.0.0.1", "10.0.0.2": "quick.example.org"}


def test_many_addresses_are_asked_for_together():
    addresses = [f"10.0.{n // 256}.{n % 256}" for n in range(500)]
    assert host_names(addresses, lambda address: f"vm-{address}", deadline_s=20)["10.0.1.243"] == "vm-10.0.1.243"
