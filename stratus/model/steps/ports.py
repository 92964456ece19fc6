"""The steps about networks: bridges, and the ports that instances are plugged into."""

from stratus.model.argv import Argv, network
from stratus.model.network import Bridge, Port
from stratus.model.values import dataclass


@dataclass(frozen=True)
class EnsureBridge:
    """The network on the node, made or put right."""

    bridge: Bridge
    folder: str = network.FOLDER  # where the node keeps what it tells nft and dnsmasq

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"see to the {self.bridge.network} network"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines; those whose effect is there already are not run again."""
        return network.ensure(self.bridge, self.folder)


@dataclass(frozen=True)
class PlugPort:
    """The right of one MAC and address to speak through one tap."""

    port: Port
    folder: str = network.FOLDER
    dhcp: bool = True  # the node answers DHCP and DNS there

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"let {self.port.address} speak through {self.port.tap}"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return (*network.plug(self.port), *network.remember(self.port, self.folder, dhcp=self.dhcp))


@dataclass(frozen=True)
class UnplugPort:
    """The end of that right."""

    port: Port
    folder: str = network.FOLDER

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"take {self.port.address} off {self.port.tap}"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return network.unplug(self.port, self.folder)
