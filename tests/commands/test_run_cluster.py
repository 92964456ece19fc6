"""stratus run-cluster: the plan is what is done, and an interruption leaves nothing. Its answers: golden/run-cluster.txt."""

import pytest

from stratus.drivers.link.memory_guests import LIKE_THE_APPLIANCE, MemoryGuests

DEBIAN = LIKE_THE_APPLIANCE.replace("service /etc/init.d/nfs-kernel-server\n", "has systemd\nhas bash\n")
LINE = "run-cluster tiny -n 3 --name hpc --ram 64 --swap 0 --shared-folder /shared --cluster-user ann --ssh-hostbased"


def test_what_the_plan_says_is_what_is_done_inside_the_guests(stratus):
    addresses = ("172.30.16.2", "172.30.16.3", "172.30.16.4")
    stratus.guests.like.update(dict.fromkeys(addresses, DEBIAN))
    plans = stratus.ok(f"{LINE} --plan -o json").json
    assert stratus.ok("describe -o json").json == [] and stratus.guests.done == []

    stratus.ok(LINE)

    inside = [plan for plan in plans if plan["verb"] == "configure"]
    assert [plan["target"] for plan in inside] == ["1 (hpc-1)", "2 (hpc-2)", "3 (hpc-3)"]
    for address, plan in zip(addresses, inside, strict=True):
        done = [argv for where, argv, _ in stratus.guests.done if where == address]
        assert done == [tuple(command) for step in plan["steps"] for command in step["commands"]]


def test_the_first_plans_are_those_of_run(stratus):
    plans = stratus.ok(f"{LINE} --plan -o json").json
    run = stratus.ok("run tiny -n 3 --name hpc --ram 64 --swap 0 --plan -o json").json
    assert plans[:3] == run


def test_the_private_key_is_in_no_command_line(stratus):
    stratus.ok(LINE)
    key = stratus.guests.new_key("").private
    assert not any(key.decode() in word for _, argv, _ in stratus.guests.done for word in argv)
    assert sum(content == key for _, _, content in stratus.guests.done) == 6


def test_host_keys_are_remembered_by_the_life_of_the_instance(stratus):
    stratus.ok("run-cluster tiny --name hpc --ram 64 --swap 0 --cluster-admin debian")
    (login,) = stratus.guests.logins
    instance = stratus.ok("describe hpc -o json").json[0]
    assert login.alias.startswith(instance["uuid"]) and login.user == "debian"
    assert login.known_hosts == f"{stratus.home}/.stratuslab/known_hosts"


@pytest.mark.parametrize(
    ("failing", "left"),
    [("mkdir", []), ("useradd", []), ("rc.cluster-services", [])],
)
def test_whatever_fails_inside_nothing_is_left(stratus, failing, left):
    stratus.guests.failing["172.30.16.2"] = failing
    assert stratus(LINE).status == 11
    assert stratus.ok("describe -o json").json == left


def test_a_worker_that_fails_late_is_left_out_of_what_the_others_are_told(stratus):
    stratus.guests.failing["172.30.16.4"] = "STRATUSLAB"
    stratus.guests.failing["172.30.16.3"] = "mount -t nfs"
    rows = stratus.ok(f"{LINE} --tolerate-failures --include-master -o json").json
    assert [(row["name"], row["role"]) for row in rows] == [("hpc-1", "master"), ("hpc-3", "worker-0")]
    last = {argv[4]: content for where, argv, content in stratus.guests.done if where == "172.30.16.4" and content}
    assert last["/tmp/cluster_nodelist"] == b"172.30.16.2\n172.30.16.4\n"
    assert b"hpc-2" not in last["/etc/hosts"]


class Interrupted(MemoryGuests):
    """Somebody presses Ctrl-C before anything is done in the guests."""

    def new_key(self, comment):
        raise KeyboardInterrupt


def test_an_interruption_kills_what_was_started_and_says_so(stratus):
    stratus.guests = Interrupted()
    said = stratus(LINE)
    assert said.status == 130 and "what was started was killed: hpc-1 hpc-2 hpc-3\n" in said.err
    assert stratus.ok("describe -o json").json == []


def test_a_master_that_was_there_is_never_killed(stratus):
    stratus.ok("run tiny --name head --ram 64 --swap 0 --wait")
    stratus.guests.shut.add("172.30.16.2")
    said = stratus("run-cluster tiny -n 2 --name hpc --ram 64 --swap 0 --master head --tolerate-failures")
    assert said.status == 9
    assert [row["name"] for row in stratus.ok("describe -o json").json] == ["head"]


def test_what_was_there_is_not_killed_when_the_rest_of_it_fails(stratus):
    stratus.ok("run-cluster tiny -n 2 --name hpc --ram 64 --swap 0")
    stratus.guests.shut.add("172.30.16.4")
    assert stratus("run-cluster tiny -n 3 --name hpc --ram 64 --swap 0 --resume").status == 9
    assert [row["name"] for row in stratus.ok("describe -o json").json] == ["hpc-1", "hpc-2"]
