"""The ledger as the doctor reads it at one moment, each value with the revision of its document."""

from collections.abc import Mapping
from dataclasses import field
from typing import Generic, TypeVar

from stratus.model.image import ImageEntry
from stratus.model.instance import Blueprint, Instance
from stratus.model.network import Bridge, Port
from stratus.model.node import Node
from stratus.model.order import Dispatched
from stratus.model.quota import Usage
from stratus.model.states import State
from stratus.model.user import Group, User
from stratus.model.values import dataclass

T = TypeVar("T")


@dataclass(frozen=True)
class Kept(Generic[T]):
    """A value and the revision of the document that holds it."""

    value: T
    revision: int


@dataclass(frozen=True)
class Books:
    """Everything in the ledger that a node's state may be compared with."""

    at_s: float
    instances: Mapping[int, Kept[Instance]] = field(default_factory=dict)
    blueprints: Mapping[int, Blueprint] = field(default_factory=dict)
    ended: Mapping[int, Instance] = field(default_factory=dict)  # those that are done and left something on a node
    addresses: Mapping[str, Kept[int]] = field(default_factory=dict)  # network/address -> instance
    names: Mapping[str, Kept[int]] = field(default_factory=dict)
    nodes: Mapping[str, Kept[Node]] = field(default_factory=dict)
    orders: Mapping[str, Kept[Dispatched]] = field(default_factory=dict)
    images: Mapping[str, Kept[ImageEntry]] = field(default_factory=dict)
    image_names: Mapping[str, Kept[str]] = field(default_factory=dict)
    swept_s: Mapping[str, float] = field(default_factory=dict)
    usages: Mapping[str, Kept[Usage]] = field(default_factory=dict)  # user/NAME or group/NAME -> what is counted
    users: Mapping[str, User] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    user_keys: Mapping[str, Kept[str]] = field(default_factory=dict)  # fingerprint -> user
    bridges: Mapping[str, Bridge] = field(default_factory=dict)  # the site's networks by name

    def is_busy(self, instance_id: int) -> bool:
        """Whether an order about the instance is under way: then nothing about it is judged."""
        found = self.instances.get(instance_id)
        if found is not None and found.value.order in self.orders:
            return True
        return any(kept.value.order.instance_id == instance_id for kept in self.orders.values())

    def bridge_of(self, port: Port) -> Bridge:
        """The bridge of a port as the site describes it; as good as can be said when the site has that network no
        more."""
        return self.bridges.get(port.network) or Bridge(port.network, port.bridge, "", "", managed=False, dhcp=False)

    def lives(self, instance_id: int, node: str) -> bool:
        """Whether the ledger has a living instance of which something may be on that node."""
        found = self.instances.get(instance_id)
        return found is not None and found.value.node == node and not is_nothing(found.value)


def is_nothing(instance: Instance) -> bool:
    """Whether its run failed and the node has undone everything: then nothing of it should be there."""
    return instance.state is State.FAILED and not instance.holds_lease
