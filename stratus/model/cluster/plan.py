"""From members and what they are like to the stages that make a cluster of them. Pure.

Files and variables are those of StratusLab (reference, section 1.2): whoever reads them finds them where they were."""

import uuid
from collections.abc import Mapping, Sequence

from stratus.errors import CommandFailed, Conflict
from stratus.model.cluster import steps
from stratus.model.cluster.facts import Facts
from stratus.model.cluster.members import Member, working
from stratus.model.cluster.steps import GuestStep
from stratus.model.cluster.wish import ClusterWish
from stratus.model.guest import KeyPair
from stratus.model.values import dataclass

Known = Mapping[int, Facts]  # by the instance's number
_FIRST_ACCOUNT, _LAST_ACCOUNT = 1000, 60000
# What to install for a program that is not there. apk's busybox has no useradd.
_PACKAGES: Mapping[str, Mapping[str, str]] = {
    "apt-get": {
        "exportfs": "nfs-kernel-server",
        "mount.nfs": "nfs-common",
        "useradd": "passwd",
        "ssh": "openssh-client",
    },
    "dnf": {"exportfs": "nfs-utils", "mount.nfs": "nfs-utils", "useradd": "shadow-utils", "ssh": "openssh-clients"},
    "yum": {"exportfs": "nfs-utils", "mount.nfs": "nfs-utils", "useradd": "shadow-utils", "ssh": "openssh-clients"},
    "apk": {"exportfs": "nfs-utils", "mount.nfs": "nfs-utils", "useradd": "shadow", "ssh": "openssh-client"},
}
_WHAT = {"exportfs": "an NFS server", "mount.nfs": "an NFS client", "useradd": "useradd", "ssh": "an SSH client"}


@dataclass(frozen=True)
class Stage:
    """What is done to members at once; the next stage needs all of it."""

    title: str
    deeds: tuple[tuple[Member, tuple[GuestStep, ...]], ...]


def packages(members: Sequence[Member], known: Known, wish: ClusterWish) -> Stage | None:
    """What must be installed first, or None. Raises CommandFailed for what a member lacks and cannot install."""
    deeds = []
    for one in members:
        facts = known[one.id]
        lacking = [tool for tool in _tools(one, wish) if tool not in facts.has]
        if not lacking and not wish.packages:
            continue
        if not facts.manager:
            what = ", ".join((*(_WHAT[tool] for tool in lacking), *wish.packages))
            raise CommandFailed(
                f"{one.name} has no package manager to install {what} with",
                hint="an image that has all that a cluster needs: stratus image build cluster",
            )
        names = dict.fromkeys((*(_PACKAGES[facts.manager][tool] for tool in lacking), *wish.packages))
        deeds.append((one, (steps.install(facts.manager, tuple(names)),)))
    return Stage("Installing additional software packages", tuple(deeds)) if deeds else None


def stages(members: Sequence[Member], known: Known, wish: ClusterWish, key: KeyPair) -> tuple[Stage, ...]:
    """All that makes a cluster of the members, the first of whom is its master. Raises Conflict."""
    master, *workers = members
    account = _account(members, known, wish)
    found = []
    if wish.mpi_machine_file:
        lines = [f"{one.address} slots={one.cores}" for one in working(members, wish.include_master)]
        found.append(_on_all("Preparing MPI machine file", members, steps.put("/tmp/machinefile", lines)))
    if account is not None:
        found.append(_on_all("Creating additional user", members, account))
    if wish.shared_folder:
        found += _shared(master, workers, known[master.id], wish)
    found.append(_logins(members, known, wish, key))
    if wish.hostbased:
        found.append(_hostbased(members, known, wish))
    found.append(_environment(members, wish))
    found.append(_on_all("Updating hosts file", members, steps.block("/etc/hosts", _hosts(members))))
    found.append(Stage("Applying user defined cluster services", ((master, (steps.services(),)),)))
    return tuple(found)


def _tools(one: Member, wish: ClusterWish) -> tuple[str, ...]:
    nfs = (("exportfs",) if one.is_master else ("mount.nfs",)) if wish.shared_folder else ()
    return ("ssh", *nfs, *(("useradd",) if wish.user else ()))


def _on_all(title: str, members: Sequence[Member], *what: GuestStep) -> Stage:
    return Stage(title, tuple((one, what) for one in members))


def _account(members: Sequence[Member], known: Known, wish: ClusterWish) -> GuestStep | None:
    """The same account on all: over NFS it is the number that owns a file."""
    if not wish.user:
        return None
    there = {one.name: known[one.id].accounts[wish.user] for one in members if wish.user in known[one.id].accounts}
    if len(set(there.values())) > 1:
        (one, (number, _)), (other, (another, _)) = list(there.items())[:2]
        raise Conflict(
            f"{wish.user} is account {number} on {one} and {another} on {other}", hint="choose another --cluster-user"
        )
    taken = {number for one in members for number, _ in known[one.id].accounts.values()}
    free = (number for number in range(_FIRST_ACCOUNT, _LAST_ACCOUNT) if number not in taken)
    number, home = next(iter(there.values()), (next(free), f"/home/{wish.user}"))
    shell = "/bin/bash" if all("bash" in known[one.id].has for one in members) else "/bin/sh"
    return steps.account(wish.user, number, home, shell)


def _shared(master: Member, workers: Sequence[Member], facts: Facts, wish: ClusterWish) -> tuple[Stage, ...]:
    title, path = "Preparing NFS shared folder", wish.shared_folder
    folder = steps.folder(path, wish.user or wish.admin)
    # A folder in memory has no identity of its own to be exported by; only members may mount it.
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"nfs://{master.address}{path}")
    options = f"rw,sync,no_root_squash,no_subtree_check,fsid={identity}"
    exports = [f"{path} {' '.join(f'{one.address}({options})' for one in workers)}"] if workers else []
    serve = (folder, steps.block("/etc/exports", exports), *_nfs_server(facts))
    fstab = f"{master.address}:{path} {path} nfs vers=4,_netdev,nofail 0 0"
    use = (folder, steps.block("/etc/fstab", [fstab]), steps.mount(master.address, path))
    return (Stage(title, ((master, serve),)), *((_on_all(title, workers, *use),) if workers else ()))


def _nfs_server(facts: Facts) -> tuple[GuestStep, ...]:
    if facts.nfs_service and "systemd" not in facts.has:
        return (steps.run("start the NFS server", facts.nfs_service, "restart"),)
    if "rc-service" in facts.has:
        boot = steps.run("start it at each boot", "rc-update", "add", "nfs", "default")
        return (boot, steps.run("start the NFS server", "rc-service", "nfs", "restart"))
    start = steps.run("start the NFS server, at each boot too", "systemctl", "enable", "--now", "nfs-server")
    return (start, steps.run("export the folder", "exportfs", "-ra"))


def _logins(members: Sequence[Member], known: Known, wish: ClusterWish, key: KeyPair) -> Stage:
    hosts = [f"{','.join(one.names)} {shown}" for one in members for shown in known[one.id].keys]
    names = " ".join(name for one in members for name in one.names)
    deeds = []
    for one in members:
        todo = [steps.block("/etc/ssh/ssh_known_hosts", hosts)]
        for account in (wish.admin, *((wish.user,) if wish.user else ())):
            home = _home(known[one.id], account)
            if one.is_master or not _is_within(home, wish.shared_folder):  # the master's is everybody's then
                todo += _keys(account, f"{home}/.ssh", names, key)
        deeds.append((one, tuple(todo)))
    return Stage("Configuring passwordless ssh authentication", tuple(deeds))


def _keys(account: str, folder: str, names: str, key: KeyPair) -> tuple[GuestStep, ...]:
    return (
        steps.block(f"{folder}/authorized_keys", [key.public]),
        steps.block(f"{folder}/config", [f"Host {names}", "    IdentityFile ~/.ssh/id_cluster"]),
        steps.key(account, folder, key.private),
    )


def _hostbased(members: Sequence[Member], known: Known, wish: ClusterWish) -> Stage:
    names = [name for one in members for name in one.names]
    server = ["HostbasedAuthentication yes", "IgnoreRhosts no"]
    client = ["HostbasedAuthentication yes", "EnableSSHKeysign yes"]
    home = _home(known[members[0].id], wish.admin)
    return _on_all(
        "Configuring passwordless host-based ssh authentication",
        members,
        steps.block("/etc/ssh/shosts.equiv", names),
        steps.block(f"{home}/.shosts", [f"{name} {wish.admin}" for name in names]),
        steps.block("/etc/ssh/sshd_config", server, first=True),
        steps.block("/etc/ssh/ssh_config", client, first=True),
        steps.reload_sshd(),
    )


def _environment(members: Sequence[Member], wish: ClusterWish) -> Stage:
    active = working(members, wish.include_master)
    cores = sum(one.cores for one in active)
    deeds = []
    for place, one in enumerate(members):
        lines = [
            f"export STRATUSLAB_NC={place}",
            f"export STRATUSLAB_CMASTER={members[0].name}",
            f"export STRATUSLAB_CSIZE={len(active)}",
            f"export STRATUSLAB_CMAX_CORES={cores}",
        ]
        nodes = steps.put("/tmp/cluster_nodelist", [other.address for other in active])
        deeds.append((one, (steps.put("/etc/profile.d/stratuslab_cluster.sh", lines), nodes)))
    return Stage("Updating environment variables", tuple(deeds))


def _hosts(members: Sequence[Member]) -> list[str]:
    return ["# Cluster nodes", *(f"{one.address} {one.name} {one.host}" for one in members)]


def _home(facts: Facts, account: str) -> str:
    return facts.accounts.get(account, (0, f"/home/{account}"))[1] or "/"


def _is_within(path: str, folder: str) -> bool:
    return bool(folder) and f"{path}/".startswith(f"{folder}/")
