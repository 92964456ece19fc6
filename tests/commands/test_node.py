"""What an administrator says of nodes: as it is typed, as it is shown, and as its plan has it."""

import pytest


@pytest.mark.parametrize(
    ("line", "field", "then", "difference"),
    [
        ("node disable node1", "state", "disabled", "new instances: yes -> no"),
        ("node zone node1 eu/paris", "zone", "eu/paris", "zone: none -> eu/paris"),
        ("node label node1 gpu=yes 'why=a = b'", "labels", {"gpu": "yes", "why": "a = b"}, "gpu=yes, why=a = b"),
        (
            "node reserve node1 --for bob --cpu 2 --ram 100 --until 2027-01-31",
            "reservations",
            [{"owner": "bob", "cpu": 2, "ram_mib": 100, "disk_mib": 0, "until": "2027-01-31T00:00:00Z"}],
            "100 MiB of RAM, 0 MiB of disk for bob until 2027-01-31",
        ),
    ],
)
def test_a_plan_tells_the_difference_and_changes_nothing(stratus, line, field, then, difference):
    before = stratus.ok("node list -o json").out
    (plan,) = stratus.ok(f"{line} --plan -o json").json
    assert difference in plan["steps"][0]["title"] and len(plan["steps"]) == 1
    assert difference in stratus.ok(f"{line} --plan").out
    assert stratus.ok("node list -o json").out == before
    (row,) = stratus.ok(f"{line} -o json").json
    assert row[field] == then and stratus.ok("node list -o json").json == [row]
    assert stratus.ok(f"{line} --plan -o json").json[0]["steps"] == []


def test_what_was_said_is_taken_back(stratus):
    before = stratus.ok("node list -o json").out
    for line in ("disable node1", "label node1 gpu=yes", "reserve node1 --for bob --cpu 2", "zone node1 eu"):
        stratus.ok(f"node {line}")
    for line in ("enable node1", "label node1 gpu-", "reserve node1 --for bob --remove", "zone node1 ''"):
        stratus.ok(f"node {line}")
    assert stratus.ok("node list -o json").out == before


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("node label node1 gpu", 2, "gpu=yes sets it, gpu- removes it"),
        ("node label node1 gpu-", 3, "node1 has no label gpu"),
        ("node label node1 'a b=c'", 8, "is no name of a label"),
        ("node zone node1 eu//x", 8, "is no zone"),
        ("node zone other eu", 3, "no node is called other"),
        ("node reserve node1 --for bob", 2, "say what is reserved, or --remove"),
        ("node reserve node1 --for bob --cpu 1 --remove", 2, "say what is reserved, or --remove"),
        ("node reserve node1 --for bob --cpu 1 --until soon", 2, "'soon' is no date"),
        ("run tiny --requirements 'gpu = '", 8, "character 7, the end"),
        ("run tiny --apart 'a b'", 8, "is no name of a group"),
        ("run tiny --zone eu", 5, "node1: it is in no zone, not in eu"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_type(stratus, line, status, said):
    answer = stratus(line)
    assert answer.status == status and said in answer.err


def test_stratuslabs_requirements_choose_the_node(stratus):
    stratus.ok("node label node1 MAGICNUMBER=42 CLUSTER=test")
    line = "run-instance tiny --vm-requirements"
    assert stratus(line, 'CLUSTER = \\"test\\" & MAGICNUMBER = 43').status == 5
    stratus.ok(line, 'CLUSTER = \\"test\\" & MAGICNUMBER = 42')


def test_why_shows_what_every_node_said(stratus):
    stratus.ok("run tiny --name web --ram 64 --wait")
    assert "node1 was chosen for 1 CPU, 64 MiB of RAM" in stratus.ok("why web").out
    placement = stratus.ok("why web -o json").json["placement"]
    assert (placement["policy"], placement["nodes"], placement["answers"][0]["refusal"]) == ("spread", 1, "")
