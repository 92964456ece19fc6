"""run-cluster on real instances: a shared folder, logins from each to each, and a member that nobody can reach."""

import shlex
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.live.cli import Stratus
from tests.live.lab import Guest, Lab, ending
from tests.live.node import run

pytestmark = pytest.mark.live

IMAGE = "lt-cluster"
SIZE = "--ram 224 --swap 0"
TABLE = "lt_cluster"


@pytest.fixture(scope="module")
def image(stratus: Stratus) -> str:
    """The appliance for clusters: one that is there, else one that is built now and stays for the next session."""
    if IMAGE not in [row["name"] for row in stratus.rows("image list")]:
        stratus(f"image build cluster --name {IMAGE}", timeout_s=400)
    return IMAGE


@contextmanager
def unreachable(address: str) -> Iterator[None]:
    """Nobody on this machine gets through to SSH there."""
    run("nft", "add", "table", "inet", TABLE)
    try:
        run("nft", f"add chain inet {TABLE} out {{ type filter hook output priority 0; }}")
        run("nft", f"add rule inet {TABLE} out ip daddr {address} tcp dport 22 drop")
        yield
    finally:
        run("nft", "delete", "table", "inet", TABLE)


def last_address(lab: Lab, line: str) -> str:
    """The address that the last of the instances would get."""
    plans = lab.stratus(f"{line} --plan -o json").json
    address: str = [plan for plan in plans if plan["verb"] == "run"][-1]["takes"]["address"]["address"]
    return address


def test_a_cluster_works_and_one_that_grows_does_without_the_member_that_never_answers(lab: Lab, image: str) -> None:
    name = lab.name("hpc")
    line = (
        f"run-cluster {image} --name {name} {SIZE} --shared-folder /shared --cluster-user ann --mpi-machine-file "
        "--ssh-hostbased"
    )
    members = [(f"{name}-1", "master"), (f"{name}-2", "worker-0"), (f"{name}-3", "worker-1")]
    with ending(lab):
        done = lab.stratus(f"{line} -n 3 --timeout 150 -o json", timeout_s=200)
        assert [(row["name"], row["role"]) for row in done.json] == members
        guests = lab.adopt("hpc")
        _assert_shared(guests)
        _assert_told(guests)
        _assert_open_to_one_another(guests)

        with unreachable(last_address(lab, f"run {image} {SIZE}")):
            done = lab.stratus(f"{line} -n 4 --resume --tolerate-failures --timeout 5 -o json", timeout_s=100)

        assert f"left out and killed: {name}-4 " in done.stderr
        assert [(row["name"], row["role"]) for row in done.json] == members
        assert [guest.name for guest in lab.adopt("hpc")] == [one for one, _ in members]
        _assert_told(guests)
        assert guests[2].words("cat /shared/file") == ["from-a-worker", "again"]


def test_without_tolerance_all_of_it_ends(lab: Lab, image: str) -> None:
    name = lab.name("none")
    line = f"run-cluster {image} -n 2 --name {name} {SIZE} --timeout 4"
    with ending(lab):
        with unreachable(last_address(lab, line)):
            done = lab.stratus(line, status=None, timeout_s=100)
        assert done.status == 10 and f"what was started was killed: {name}-1 {name}-2" in done.stderr
        assert lab.adopt("none") == []


def _assert_shared(guests: list[Guest]) -> None:
    """What a worker writes as the user is read by the master and by the other worker, as the user's."""
    master, first, second = guests
    first.ssh("su - ann -c 'echo from-a-worker >/shared/file'")
    for guest in (master, second):
        assert guest.words("cat /shared/file; stat -c %U /shared/file") == ["from-a-worker", "ann"]
    master.ssh("su - ann -c 'echo again >>/shared/file'")
    assert second.words("cat /shared/file") == ["from-a-worker", "again"]
    assert second.words(f"grep -c '^{master.address}:/shared /shared nfs4' /proc/mounts") == ["1"]


def _assert_told(guests: list[Guest]) -> None:
    """Files and variables are those of StratusLab, and only of the members that are left."""
    workers = [guest.address for guest in guests[1:]]
    for number, guest in enumerate(guests):
        assert guest.words("cat /tmp/machinefile") == [word for one in workers for word in (one, "slots=1")]
        assert guest.words("cat /tmp/cluster_nodelist") == workers
        said = guest.ssh("su - ann -c 'env | grep ^STRATUSLAB_ | sort'").decode().splitlines()
        assert said == [
            "STRATUSLAB_CMASTER=" + guests[0].name,
            "STRATUSLAB_CMAX_CORES=2",
            "STRATUSLAB_CSIZE=2",
            f"STRATUSLAB_NC={number}",
        ]


def _assert_open_to_one_another(guests: list[Guest]) -> None:
    """Each logs in to each, by all kinds of names, without a question; and by the host that it comes from."""
    names = [("worker-0", guests[2].name), ("worker-1", "master"), (guests[0].name, guests[1].address)]
    targets = [(guests[1], guests[2]), (guests[2], guests[0]), (guests[0], guests[1])]

    def from_one(number: int) -> list[str]:
        loop = "; ".join(f"ssh -o BatchMode=yes {name} hostname" for name in names[number])
        return guests[number].words(f"su - ann -c {shlex.quote(loop)}")

    with ThreadPoolExecutor() as workers:  # a login costs an emulated guest seconds
        said = list(workers.map(from_one, range(3)))
    assert said == [[one.name for one in pair] for pair in targets]
    assert guests[0].words("ssh -o BatchMode=yes worker-1 hostname") == [guests[2].name]
    hostbased = "ssh -o BatchMode=yes -o PreferredAuthentications=hostbased worker-1 whoami"
    assert guests[1].words(f"su - ann -c {shlex.quote(hostbased)}") == ["ann"]
