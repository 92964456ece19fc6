"""What a verb would do to instances, as plans: the steps of its orders, and the numbers of what it takes."""

from collections.abc import Sequence

from stratus.actions import records
from stratus.actions.users.accounts import Accounts
from stratus.cloud import Cloud
from stratus.errors import NotFound
from stratus.model import placement
from stratus.model.addresses import AddressClass
from stratus.model.instance import Instance
from stratus.model.placement import Need
from stratus.model.plan import Explained, Plan, planned
from stratus.model.quota import Usage
from stratus.model.takes import AddressUse, QuotaUse, address_use, free_addresses, quota_use, taken
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Intent:
    """What would be done to one instance: the steps, what its node gives (negative: gets back), and the address."""

    instance: Instance
    steps: tuple[Explained, ...]
    need: Need
    addresses: int = 0  # 1: its address is taken, -1: given back

    @property
    def usage(self) -> Usage:
        """What it takes of the quota of its owner."""
        need, count = self.need, self.addresses
        return Usage(count, need.vcpu, need.ram_mib, need.disk_mib, addresses=count)


def plans(cloud: Cloud, verb: str, intents: Sequence[Intent]) -> tuple[Plan, ...]:
    """A plan for each, in their order; what one takes is not free any more for the next."""
    ratios = cloud.settings.ratios
    rooms = {node.name: placement.room(node, ratios) for node, _ in records.nodes(cloud.ledger)}
    addresses, accounts = _Addresses(cloud), Accounts(cloud)
    found = []
    for intent in intents:
        instance = intent.instance
        free = rooms[instance.node]
        rooms[instance.node] = intent.need.out_of(free)
        takes = taken(intent.need, free, addresses.use(intent), _quota_use(accounts, intent))
        found.append(planned(verb, instance, intent.steps, takes))
    return tuple(found)


def _quota_use(accounts: Accounts, intent: Intent) -> tuple[QuotaUse, ...]:
    owner = intent.instance.owner
    before = accounts.of(owner)
    accounts.add(owner, intent.usage)
    pairs = zip(before, accounts.of(owner), strict=True)
    return tuple(use for was, now in pairs for use in quota_use(was.whose, was.quota, was.held, now.held))


class _Addresses:
    """How many addresses of each network are free, counted once and then kept up while plans are made."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._free: dict[str, int] = {}

    def use(self, intent: Intent) -> AddressUse | None:
        """What becomes of the address, if anything does; its network may be gone from the configuration."""
        name = intent.instance.lease.network
        if not intent.addresses:
            return None
        network = _network(self._cloud, name)
        if name not in self._free:
            held = len(self._cloud.ledger.find(records.ADDRESS, where={"network": name}))
            self._free[name] = free_addresses(network, held) if network else 0
        use = address_use(intent.instance, network, self._free[name], takes=intent.addresses)
        self._free[name] = use.free_after
        return use


def _network(cloud: Cloud, name: str) -> AddressClass | None:
    try:
        return cloud.network(name)
    except NotFound:
        return None
