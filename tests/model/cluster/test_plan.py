"""The plan of a cluster: members and what they are like in, stages out."""

from dataclasses import replace

import pytest

from stratus.errors import BadInput, CommandFailed, Conflict
from stratus.model.cluster import plan
from stratus.model.cluster.facts import ASSUMED, Facts, parse
from stratus.model.cluster.members import Member, numbered, working
from stratus.model.cluster.wish import ClusterWish, check
from stratus.model.guest import KeyPair

MEMBERS = numbered(
    [Member(7, "hpc-1", "10.0.0.7", 2), Member(8, "hpc-2", "10.0.0.8", 4), Member(9, "hpc-3", "10.0.0.9", 4)]
)
MASTER, FIRST, SECOND = MEMBERS
KEY = KeyPair("ssh-ed25519 PUBLIC cluster hpc", b"PRIVATE")
ALL = ClusterWish("/shared", "ann", packages=("make",), mpi_machine_file=True, hostbased=True)


def known(**changes: object) -> dict[int, Facts]:
    return {one.id: replace(ASSUMED, keys=(f"ssh-ed25519 KEY-OF-{one.id}",), **changes) for one in MEMBERS}  # type: ignore[arg-type]


def files(wish: ClusterWish, of: Member, facts: dict[int, Facts] | None = None) -> dict[str, list[str]]:
    """What is written on a member: path -> lines, without the marks."""
    found = {}
    for stage in plan.stages(MEMBERS, facts or known(), wish, KEY):
        for one, todo in stage.deeds:
            for step in todo:
                if one == of and step.input and step.input != KEY.private:
                    found[step.argv[4]] = [
                        line for line in step.input.decode().splitlines() if "run-cluster:" not in line
                    ]
    return found


def commands(wish: ClusterWish, of: Member, facts: dict[int, Facts] | None = None) -> list[tuple[str, ...]]:
    stages = plan.stages(MEMBERS, facts or known(), wish, KEY)
    return [step.argv for stage in stages for one, todo in stage.deeds if one == of for step in todo]


def test_the_first_is_the_master_and_workers_count_from_nought() -> None:
    assert [one.host for one in MEMBERS] == ["master", "worker-0", "worker-1"]
    assert FIRST.names == ("hpc-2", "worker-0", "10.0.0.8")
    assert working(MEMBERS, False) == (FIRST, SECOND)
    assert working(MEMBERS, True) == MEMBERS


def test_the_variables_are_stratuslab_s() -> None:
    assert [files(ALL, one)["/etc/profile.d/stratuslab_cluster.sh"] for one in (MASTER, SECOND)] == [
        [
            f"export STRATUSLAB_NC={place}",
            "export STRATUSLAB_CMASTER=hpc-1",
            "export STRATUSLAB_CSIZE=2",
            "export STRATUSLAB_CMAX_CORES=8",
        ]
        for place in (0, 2)
    ]


def test_a_master_that_works_is_counted_and_listed() -> None:
    wish = replace(ALL, include_master=True)
    assert files(wish, FIRST)["/etc/profile.d/stratuslab_cluster.sh"][2:] == [
        "export STRATUSLAB_CSIZE=3",
        "export STRATUSLAB_CMAX_CORES=10",
    ]
    assert files(wish, FIRST)["/tmp/machinefile"] == ["10.0.0.7 slots=2", "10.0.0.8 slots=4", "10.0.0.9 slots=4"]


def test_machine_file_and_list_of_nodes_have_the_workers_on_every_member() -> None:
    for one in MEMBERS:
        assert files(ALL, one)["/tmp/machinefile"] == ["10.0.0.8 slots=4", "10.0.0.9 slots=4"]
        assert files(ALL, one)["/tmp/cluster_nodelist"] == ["10.0.0.8", "10.0.0.9"]
    assert "/tmp/machinefile" not in files(ClusterWish(), FIRST)


def test_every_member_knows_all_hosts_and_their_keys() -> None:
    for one in MEMBERS:
        assert files(ALL, one)["/etc/hosts"] == [
            "# Cluster nodes",
            "10.0.0.7 hpc-1 master",
            "10.0.0.8 hpc-2 worker-0",
            "10.0.0.9 hpc-3 worker-1",
        ]
        assert files(ALL, one)["/etc/ssh/ssh_known_hosts"][1] == "hpc-2,worker-0,10.0.0.8 ssh-ed25519 KEY-OF-8"


def test_the_folder_is_exported_to_the_workers_alone_and_mounted_by_each() -> None:
    (line,) = files(ALL, MASTER)["/etc/exports"]
    path, *clients = line.split()
    assert path == "/shared" and [client.split("(")[0] for client in clients] == ["10.0.0.8", "10.0.0.9"]
    assert all("(rw,sync,no_root_squash,no_subtree_check,fsid=" in client for client in clients)
    assert "/etc/exports" not in files(ALL, FIRST)
    assert files(ALL, FIRST)["/etc/fstab"] == ["10.0.0.7:/shared /shared nfs vers=4,_netdev,nofail 0 0"]
    assert any(argv[-2:] == ("10.0.0.7", "/shared") for argv in commands(ALL, SECOND))
    assert [stage.title for stage in plan.stages(MEMBERS, known(), ALL, KEY)].count("Preparing NFS shared folder") == 2


def test_the_export_is_the_same_whenever_it_is_made() -> None:
    assert files(ALL, MASTER) == files(ALL, MASTER)


@pytest.mark.parametrize(
    ("has", "service", "starts"),
    [
        ({"systemd"}, "", ("systemctl", "enable", "--now", "nfs-server")),
        ({"rc-service"}, "", ("rc-service", "nfs", "restart")),
        (set(), "/etc/init.d/nfs", ("/etc/init.d/nfs", "restart")),
        ({"systemd"}, "/etc/init.d/nfs-kernel-server", ("systemctl", "enable", "--now", "nfs-server")),
    ],
)
def test_the_nfs_server_is_started_as_the_system_does_it(has: set[str], service: str, starts: tuple[str, ...]) -> None:
    facts = known(has=frozenset(has | {"exportfs", "mount.nfs", "ssh"}), nfs_service=service)
    assert starts in commands(ClusterWish("/shared"), MASTER, facts)


def test_an_account_has_one_number_everywhere_that_is_free_on_all() -> None:
    facts = known()
    facts[8] = replace(facts[8], accounts={"root": (0, "/root"), "debian": (1000, "/home/debian")})
    facts[9] = replace(facts[9], accounts={"other": (1001, "/home/other")})
    for one in MEMBERS:
        (argv,) = [argv for argv in commands(ALL, one, facts) if "useradd" in " ".join(argv)]
        assert argv[4:] == ("ann", "1002", "/home/ann", "/bin/bash")


def test_an_account_that_is_there_keeps_its_number_and_two_numbers_are_refused() -> None:
    facts = known()
    facts[8] = replace(facts[8], accounts={"ann": (1234, "/data/ann")})
    assert any(argv[4:6] == ("ann", "1234") for argv in commands(ALL, MASTER, facts))
    facts[9] = replace(facts[9], accounts={"ann": (1235, "/home/ann")})
    with pytest.raises(Conflict, match="ann is account 1234 on hpc-2 and 1235 on hpc-3"):
        plan.stages(MEMBERS, facts, ALL, KEY)


def test_who_has_no_bash_gets_sh() -> None:
    facts = known(has=ASSUMED.has - {"bash"})
    assert any(argv[-1] == "/bin/sh" for argv in commands(ALL, MASTER, facts))


def test_homes_in_the_shared_folder_are_given_keys_by_the_master_alone() -> None:
    wish = ClusterWish("/home", "ann")
    assert "/home/ann/.ssh/authorized_keys" in files(wish, MASTER)
    assert "/home/ann/.ssh/authorized_keys" not in files(wish, FIRST)
    assert "/root/.ssh/authorized_keys" in files(wish, FIRST)


def test_the_private_key_is_only_what_is_read() -> None:
    stages = plan.stages(MEMBERS, known(), ALL, KEY)
    shown = [str(step.planned("root")) for stage in stages for _, todo in stage.deeds for step in todo]
    assert not any("PRIVATE" in text for text in shown)
    assert sum(step.input == KEY.private for stage in stages for _, todo in stage.deeds for step in todo) == 6


def test_hosts_are_trusted_by_name_and_address_when_that_is_asked_for() -> None:
    wanted = files(ALL, SECOND)
    assert wanted["/etc/ssh/shosts.equiv"][:3] == ["hpc-1", "master", "10.0.0.7"]
    assert wanted["/root/.shosts"][0] == "hpc-1 root"
    assert wanted["/etc/ssh/sshd_config"] == ["HostbasedAuthentication yes", "IgnoreRhosts no"]
    assert "/root/.shosts" not in files(ClusterWish(), SECOND)


def test_what_is_there_needs_no_packages_and_what_was_asked_for_does() -> None:
    assert plan.packages(MEMBERS, known(), ClusterWish("/shared", "ann")) is None
    stage = plan.packages(MEMBERS, known(), ALL)
    assert stage is not None and [todo[0].argv[4:] for _, todo in stage.deeds] == [("make",)] * 3


@pytest.mark.parametrize(
    ("manager", "server", "client"),
    [
        ("apt-get", "nfs-kernel-server", "nfs-common"),
        ("dnf", "nfs-utils", "nfs-utils"),
        ("yum", "nfs-utils", "nfs-utils"),
        ("apk", "nfs-utils", "nfs-utils"),
    ],
)
def test_what_lacks_is_installed_by_the_guest_s_own_manager(manager: str, server: str, client: str) -> None:
    facts = known(has=frozenset({manager, "ssh"}))
    stage = plan.packages(MEMBERS, facts, ClusterWish("/shared"))
    assert stage is not None
    assert [todo[0].argv[4:] for _, todo in stage.deeds] == [(server,), (client,), (client,)]
    assert manager.removesuffix("-get") in stage.deeds[0][1][0].argv[2]


def test_who_has_no_manager_is_told_what_lacks() -> None:
    facts = known(has=frozenset({"ssh"}))
    with pytest.raises(
        CommandFailed, match="hpc-1 has no package manager to install an NFS server, useradd, make with"
    ):
        plan.packages(MEMBERS, facts, ALL)


def test_a_cluster_of_one_exports_to_nobody_and_mounts_nothing() -> None:
    (alone,) = numbered([Member(7, "hpc", "10.0.0.7", 2)])
    stages = plan.stages([alone], known(), ALL, KEY)
    assert all(one == alone for stage in stages for one, _ in stage.deeds)
    assert [stage.title for stage in stages].count("Preparing NFS shared folder") == 1


def test_an_administrator_who_is_not_root_uses_sudo() -> None:
    stages = plan.stages(MEMBERS, known(), replace(ALL, admin="debian"), KEY)
    step = stages[0].deeds[0][1][0]
    assert step.typed("debian")[:3] == ("sudo", "-n", "sh") and step.typed("root")[0] == "sh"


@pytest.mark.parametrize(
    "folder",
    [
        "shared",
        "/",
        "/etc",
        "/usr",
        "/proc/x",
        "/usr/bin",
        "/lib/modules",
        "/etc/sshd",
        "/a b",
        "/a\n/b",
        "/a/../etc",
        "/a/",
        "/$(id)",
        "/a;b",
        "/\u202ex",
        "/a'",
        "",
        "/usr/local/shared",
        "/var/shared",
    ],
)
def test_a_folder_that_cannot_be_shared_is_refused(folder: str) -> None:
    if folder not in ("", "/usr/local/shared", "/var/shared"):
        with pytest.raises(BadInput):
            check(ClusterWish(folder))
    else:
        check(ClusterWish(folder))


@pytest.mark.parametrize("name", ["a b", "$(id)", "-m", "a\nb", "root", "x" * 65536, "A", "\0"])
def test_an_account_that_cannot_be_is_refused(name: str) -> None:
    with pytest.raises(BadInput) as caught:
        check(ClusterWish(user=name))
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("name", ["-y", "a b", "$(id)", "a;b", "", "a\n"])
def test_a_package_that_cannot_be_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        check(ClusterWish(packages=(name,)))


def test_an_answer_is_read_and_what_is_not_understood_in_it_does_no_harm() -> None:
    text = "has ssh\nhas apt-get\nservice /etc/init.d/nfs\naccount ann:1000:/home/ann\naccount odd:x:/\naccount half\n"
    text += f"account many:{'9' * 5000}:/\n"
    text += "key ssh-ed25519 AAAA\nkey ssh-ed25519 AAAA\nkey only-one\nkey a b,c\nstrange\n\nend\n"
    facts = parse("hpc-1", text)
    assert facts.has == {"ssh", "apt-get"} and facts.manager == "apt-get"
    assert facts.accounts == {"ann": (1000, "/home/ann"), "odd": (-1, "/"), "many": (-1, "/")}
    assert facts.keys == ("ssh-ed25519 AAAA",) and facts.nfs_service == "/etc/init.d/nfs"


@pytest.mark.parametrize("text", ["", "has ssh\n", "end of it\n", "\0"])
def test_an_answer_that_is_not_whole_is_no_answer(text: str) -> None:
    with pytest.raises(CommandFailed, match="hpc-1 does not say what it is like"):
        parse("hpc-1", text)
