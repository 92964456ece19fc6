"""What a cluster shall be, and what no cluster can be."""

import re

from stratus.errors import BadInput
from stratus.model.requests import RunRequest
from stratus.model.values import dataclass

_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}\Z")
_FOLDER = re.compile(r"(/[A-Za-z0-9_][A-Za-z0-9._-]*)+\Z")
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._:-]{0,127}\Z")
# What a system is made of would be hidden by the master's.
_TAKEN = (
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib64",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/sys",
    "/tmp",
    "/usr",
    "/var",
)
_TAKEN_WHOLE = tuple(f"{each}/" for each in _TAKEN if each not in ("/root", "/tmp", "/var"))


@dataclass(frozen=True)
class ClusterWish:
    """How the members are put together."""

    shared_folder: str = ""  # of the master, on every member; "" = none
    user: str = ""  # an account on every member besides the administrator's; "" = none
    admin: str = "root"  # who puts the members together; anybody else needs sudo without a password
    packages: tuple[str, ...] = ()
    mpi_machine_file: bool = False
    include_master: bool = False  # the master works too
    hostbased: bool = False  # members let one another's users in because of the host that they come from


@dataclass(frozen=True)
class ClusterRequest:
    """A cluster: the instances, how they are put together, and what becomes of those that fail."""

    run: RunRequest
    wish: ClusterWish = ClusterWish()
    master: str = ""  # an instance that is there already; "" = the first of those that are started
    resume: bool = False  # instances that have the members' names already are members
    tolerate: bool = False  # do without those that fail
    keep: bool = False  # what fails goes on running
    timeout_s: float = 600.0  # for all members to answer SSH


def check(wish: ClusterWish) -> None:
    """Raise BadInput for what cannot be."""
    if wish.shared_folder:
        _check_folder(wish.shared_folder)
    for account in (wish.admin, *((wish.user,) if wish.user else ())):
        if not _ACCOUNT.match(account):
            raise BadInput(f"{account[:80]!r} is no account's name", hint="--cluster-user ann")
    if wish.user == wish.admin:
        raise BadInput(f"{wish.user} is the cluster's administrator already", hint="choose another --cluster-user")
    for package in wish.packages:
        if not _PACKAGE.match(package):
            raise BadInput(f"{package[:80]!r} is no package's name", hint="--add-packages openmpi-bin,make")


def _check_folder(folder: str) -> None:
    if not _FOLDER.match(folder):
        raise BadInput(
            f"{folder[:80]!r} cannot be shared",
            hint="--shared-folder /shared: a path from the root, of letters, digits, dots and hyphens",
        )
    within = folder.startswith(_TAKEN_WHOLE) and not folder.startswith("/usr/local/")
    if folder in _TAKEN or within:
        raise BadInput(f"{folder} is the system's own and cannot be shared", hint="--shared-folder /shared")
