"""The cloud of a sandbox, in the process that plays its nodes: made when it is new, and found again afterwards."""

import dataclasses
import time
from collections.abc import Mapping
from typing import Any

from stratus.actions import records
from stratus.actions.node import enroll_all
from stratus.actions.perform import perform
from stratus.actions.users import lookup
from stratus.cloud import Cloud, Links, open_cloud
from stratus.config.sources import Sources
from stratus.drivers.images.directory import DirectoryImageStore
from stratus.drivers.link.lines import Method
from stratus.drivers.link.memory import MemoryLink
from stratus.errors import NotFound
from stratus.model.node import Node
from stratus.model.paths import NodePaths
from stratus.model.quota import Quota
from stratus.model.requests import Actor, AddUserRequest, EnrolRequest, ImportImageRequest
from stratus.model.role import Role
from stratus.model.sandbox import WAY
from stratus.sandbox.key import made_up_key
from stratus.sandbox.machine import Machine
from stratus.sandbox.place import Place
from stratus.sandbox.trouble import Fault, Told

OWNER = Actor("sandbox", Role.ADMIN)
IMAGE = "tiny"
QUOTA = Quota(instances=5, cpu=8, ram_mib=8192)


class SandboxCloud:
    """The cloud in `place`, with at least so many nodes and users."""

    def __init__(self, place: Place, nodes: int, users: int = 0) -> None:
        self._place = place
        opened = open_cloud(Sources(place.settings).load())
        self.cloud: Cloud = dataclasses.replace(opened, links=Links(self._link))
        self._images = DirectoryImageStore(NodePaths(str(place.state)).images)
        known = (node.reach.user for node, _ in records.nodes(self.cloud.ledger))  # its name may be another one now
        self._machines = {name: self._machine(name) for name in known}
        self._have(nodes)
        self._have_users(users)
        if not self._images.all():
            perform(self.cloud, ImportImageRequest(str(place.image), IMAGE), OWNER)

    def methods_of(self, node: str) -> Mapping[str, Method]:
        """What a node answers, or, for "", the sandbox itself. Raises NotFound."""
        if not node:
            return {"grow": self._grow, "tell": self._tell, "told": self._told}
        return self._machine_of(node).methods()

    def _have(self, count: int) -> None:
        """Have the nodes node1 to node`count`, besides any others."""
        names = (f"node{number}" for number in range(1, count + 1))
        new = {name: self._machine(name) for name in names if name not in self._machines}
        self._machines = {**self._machines, **new}  # others may be going through the old ones
        enroll_all(self.cloud, [EnrolRequest(name, str(self._place.socket), user=name, way=WAY) for name in new])

    def _have_users(self, count: int) -> None:
        """Have the users user1 to user`count`, besides any others; they may hold so little that it can be tried."""
        for name in (f"user{number}" for number in range(1, count + 1)):
            if lookup.find(self.cloud.ledger, name) is None:
                keys = f"{made_up_key()} {name}"
                perform(self.cloud, AddUserRequest(name, keys=keys, quota=QUOTA), OWNER)

    def _grow(self, params: dict[str, Any]) -> dict[str, Any]:
        self._have(int(params["nodes"]))
        self._have_users(int(params["users"]))
        return {}

    def _tell(self, params: dict[str, Any]) -> dict[str, Any]:
        """Give a node a fault, or take it from it."""
        machine = self._machine_of(str(params["node"]))
        if params["fault"] is None:
            machine.tell(None)
        else:
            until_s = time.monotonic() + float(params["for_s"])
            machine.tell(Told(Fault(params["fault"]), until_s, float(params["by_s"])))
        return {}

    def _told(self, params: dict[str, Any]) -> dict[str, Any]:
        """The nodes that have a fault."""
        told = {name: machine.trouble.told() for name, machine in self._machines.items()}
        return {
            "faults": [
                {"node": name, "fault": each.fault.value, "left_s": self._machines[name].trouble.left_s()}
                for name, each in told.items()
                if each is not None
            ]
        }

    def _link(self, node: Node) -> MemoryLink:
        return MemoryLink(self._machine_of(node.reach.user).methods(), node=node.name)

    def _machine_of(self, name: str) -> Machine:
        if name not in self._machines:
            raise NotFound(f"no node is called {name}", hint="stratus node list")
        return self._machines[name]

    def _machine(self, name: str) -> Machine:
        return Machine(name, self._place.node(name), self._place.state / "images", self._images)
