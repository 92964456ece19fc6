"""Cloud: what an action is handed. `open_cloud` is the place that chooses the concrete doors."""

import os
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

from stratus.config import Config
from stratus.drivers.ledger.protocol import Ledger
from stratus.drivers.link.played import MemoryMachines
from stratus.drivers.link.protocol import Link, Machines
from stratus.drivers.premises.memory import MemoryPremises
from stratus.drivers.premises.protocol import Premises
from stratus.drivers.reach.protocol import Reach
from stratus.errors import NotFound
from stratus.model import sandbox
from stratus.model.addresses import AddressClass, address_classes
from stratus.model.machine_type import STRATUSLAB_TYPES, MachineType
from stratus.model.node import Node
from stratus.model.node import Reach as NodeReach
from stratus.model.paths import FrontEndPaths, NodePaths
from stratus.model.placement import Ratios
from stratus.model.quota import Quota
from stratus.model.values import dataclass

if TYPE_CHECKING:  # images bring plans and every kind of step along, which a listing never needs
    from stratus.drivers.appliance.protocol import ApplianceBuilder
    from stratus.drivers.audit.protocol import Audit
    from stratus.drivers.images.protocol import ImageStore
    from stratus.model.wire import Site

T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """The site's choices, as values; made once from the configuration."""

    types: Mapping[str, MachineType]
    default_type: str
    networks: tuple[AddressClass, ...]
    ratios: Ratios = field(default_factory=Ratios)
    placement: str = "spread"  # spread | pack
    default_context_method: str = "one"
    restart_interrupted: bool = True  # what ran when its node went down runs again when it is back
    keep_finished_days: int = 365  # so long what is done is remembered
    queue_expiry_s: float = 7 * 86400.0  # so long an instance waits for room; 0: for ever
    order_expiry_s: float = 86400.0  # so long an order waits for a node that does not answer; 0: for ever
    guests: bool = True  # whether anything runs inside the instances; in a sandbox nothing does
    default_quota: Quota = field(default_factory=Quota)  # of users whose own says nothing
    upload_gib: int = 64  # of files that one user may have sent at once
    private_urls: bool = False  # whether users bring images from servers that the internet does not reach

    @property
    def site(self) -> "Site":
        """What a client must know of these."""
        from stratus.model.wire import Site

        return Site(
            types=tuple(self.types.values()),
            default_type=self.default_type,
            networks=tuple(network.name for network in self.networks),
            default_context_method=self.default_context_method,
            guests=self.guests,
        )


class Links:
    """The open channels of this process, one per node, opened on first use."""

    def __init__(self, opener: Callable[[Node], Link]) -> None:
        self._opener = opener
        self._open: dict[str, tuple[tuple[NodeReach, str], Link]] = {}
        self._lock = threading.Lock()

    def to(self, node: Node) -> Link:
        """The channel to `node`; a new one when it is reached in another way than before, or has another release of the
        agent, which the old channel does not lead to."""
        wanted = (node.reach, node.version)
        with self._lock:
            way, link = self._open.get(node.name, (None, None))
            if link is not None and way == wanted:
                return link
            opened = self._opener(node)
            self._open[node.name] = (wanted, opened)
        if link is not None:
            link.close()
        return opened

    def forget(self, name: str) -> None:
        """Close the channel to the node of this name, if there is one."""
        with self._lock:
            _, link = self._open.pop(name, (None, None))
        if link is not None:
            link.close()

    def close(self) -> None:
        """Close them all; work that the nodes have accepted goes on."""
        with self._lock:
            links = [link for _, link in self._open.values()]
            self._open.clear()
        for link in links:
            link.close()


def _forgetful_audit() -> "Audit":
    from stratus.drivers.audit.memory import MemoryAudit

    return MemoryAudit()


@dataclass(frozen=True)
class Cloud:
    """The doors and the site's choices, for actions."""

    ledger: Ledger
    images: "ImageStore"
    appliances: "ApplianceBuilder"
    links: Links
    reach: Reach
    settings: Settings
    premises: Premises = field(default_factory=MemoryPremises)
    machines: Machines = field(default_factory=MemoryMachines)
    audit: "Audit" = field(default_factory=_forgetful_audit)
    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    owner: Callable[[], str] = lambda: os.urandom(16).hex()  # a new name for whoever takes a lease
    new_request: Callable[[], str] = lambda: f"@{os.urandom(8).hex()}"  # an id for a request
    new_uuid: Callable[[], str] = lambda: str(uuid.uuid4())  # for an instance

    def network(self, name: str) -> AddressClass:
        """The address class called `name`. Raises NotFound."""
        for network in self.settings.networks:
            if network.name == name:
                return network
        known = ", ".join(network.name for network in self.settings.networks)
        raise NotFound(f"no network is called {name}", hint=f"choose one of: {known}")

    def close(self) -> None:
        """Let go of channels and files."""
        self.links.close()
        self.ledger.close()


def open_cloud(config: Config) -> Cloud:
    """The cloud of this machine's configuration. Opens no connection and imports no heavy library yet."""
    from stratus.drivers.audit.files import FileAudit
    from stratus.drivers.ledger.sqlite import SqliteLedger
    from stratus.drivers.premises.files import FilePremises
    from stratus.drivers.queue.holder import new_owner, owner_has_ended

    state_dir, settings = config.text("state_dir"), settings_of(config)
    front_end = FrontEndPaths(state_dir)
    return Cloud(
        ledger=SqliteLedger(front_end.ledger, has_ended=owner_has_ended),
        images=_when_used(lambda: _open_images(state_dir)),
        appliances=_when_used(lambda: _open_appliances(state_dir)),
        links=Links(lambda node: _open_link(node, front_end)),
        reach=_when_used(_open_reach),
        settings=settings,
        premises=FilePremises(front_end) if settings.guests else MemoryPremises(),
        machines=_when_used(lambda: _open_machines(front_end)) if settings.guests else MemoryMachines(),
        audit=FileAudit(front_end.audit),
        owner=new_owner,
    )


class _WhenUsed:
    """A door that is opened by the first look through it: what stands behind it is heavy, and few commands need it."""

    def __init__(self, opener: Callable[[], object]) -> None:
        self._opener = opener

    @cached_property
    def _door(self) -> object:
        return self._opener()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._door, name)


def _when_used(opener: Callable[[], T]) -> T:
    return cast(T, _WhenUsed(opener))


def _open_images(state_dir: str) -> "ImageStore":
    from stratus.drivers.images.directory import DirectoryImageStore

    return DirectoryImageStore(NodePaths(state_dir).images)


def _open_machines(paths: FrontEndPaths) -> Machines:
    from stratus.drivers.link.machines import SshMachines

    return SshMachines(private_key=paths.private_key, known_hosts=paths.known_hosts)


def _open_reach() -> Reach:
    from stratus.drivers.reach.tcp import TcpReach

    return TcpReach()


def _open_appliances(state_dir: str) -> "ApplianceBuilder":
    from stratus.drivers.appliance.debian import DebianApplianceBuilder

    return DebianApplianceBuilder(FrontEndPaths(state_dir).appliances)


def settings_of(config: Config) -> Settings:
    """The site's choices from its configuration. Raises ConfigError."""
    types = {kind.name: kind for kind in STRATUSLAB_TYPES}
    types |= {name: MachineType(name, *amounts) for name, amounts in config.instance_types().items()}
    return Settings(
        types=types,
        default_type=config.text("default_instance_type"),
        networks=address_classes(config.keys_of_site()),
        default_context_method=config.text("default_context_method"),
        restart_interrupted=config.flag("restart_interrupted"),
        keep_finished_days=config.integer("keep_finished_days"),
        queue_expiry_s=config.number("queue_expiry_hours") * 3600.0,
        order_expiry_s=config.number("order_expiry_hours") * 3600.0,
        default_quota=_default_quota(config),
        guests=config.text("node_link") != sandbox.WAY,
        upload_gib=config.integer("gate_upload_gib"),
        private_urls=config.flag("gate_private_urls"),
        ratios=Ratios(config.number("cpu_ratio"), config.number("ram_ratio"), config.number("disk_ratio")),
        placement=config.text("placement"),
    )


def _default_quota(config: Config) -> Quota:
    return Quota(
        instances=config.integer("default_quota_instances"),
        cpu=config.integer("default_quota_cpu"),
        ram_mib=config.integer("default_quota_ram_mib"),
        disk_gib=config.integer("default_quota_disk_gib"),
        volumes=config.integer("default_quota_volumes"),
        addresses=config.integer("default_quota_addresses"),
    )


def _open_link(node: Node, paths: FrontEndPaths) -> Link:
    if node.reach.way == sandbox.WAY:
        from stratus.drivers.link.sandbox import SandboxLink

        return SandboxLink(node.reach.host, node.reach.user)
    if node.reach.way == "local":
        from stratus.drivers.link.local import LocalLink

        return LocalLink((*node.reach.agent, "serve", "--stdio"))
    from stratus.drivers.link.ssh import SshLink

    return SshLink(node.name, node.reach, private_key=paths.private_key, known_hosts=paths.known_hosts)
