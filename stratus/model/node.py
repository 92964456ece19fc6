"""A node: a machine that runs instances, how it is reached and what it has."""

import dataclasses
from dataclasses import field

from stratus.model.domain import HypervisorFacts
from stratus.model.paths import DEFAULT_STATE_DIR
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Reach:
    """How the front end reaches a node's agent."""

    host: str = "127.0.0.1"
    port: int = 22
    user: str = "root"
    way: str = "ssh"  # ssh | local (a child process of the command itself)
    agent: tuple[str, ...] = ("stratus-nodeagent",)  # the command line that starts the agent there


@dataclass(frozen=True)
class Used:
    """What has been promised to instances on a node."""

    vcpu: int = 0
    ram_mib: int = 0
    disk_mib: int = 0
    instances: int = 0


@dataclass(frozen=True)
class Node:
    """One node as the ledger keeps it."""

    name: str
    reach: Reach
    hypervisor: HypervisorFacts
    state_dir: str = DEFAULT_STATE_DIR
    reflinks: bool = False  # the file system of the instances' folder can share blocks
    disk_mib: int = 0  # the size of that file system
    enabled: bool = True
    used: Used = field(default_factory=Used)
    seen_s: float = 0.0  # when it last answered
    trouble: str = ""  # why it did not, if it did not

    def with_used(self, used: Used) -> "Node":
        """The same node with other promises."""
        return dataclasses.replace(self, used=used)
