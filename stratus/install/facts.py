"""What is true of a machine before and after a step, and what it shall be: plain values, so that steps are pure."""

from collections.abc import Mapping
from dataclasses import field

from stratus.install.cards import Card
from stratus.model.paths import DEFAULT_CONFIG_DIR, DEFAULT_STATE_DIR, RUN_DIR, FrontEndPaths, InstallPaths, NodePaths
from stratus.model.values import dataclass

_TICKS_S = 0.05


@dataclass(frozen=True)
class FileFact:
    """One file or folder as it is. `text` is empty for folders, private keys and large files."""

    kind: str  # file | folder | link (its text is where it leads) | other
    mode: int
    owner: str
    group: str
    text: str = ""
    changed_s: float = 0.0


@dataclass(frozen=True)
class DaemonFact:
    """One program that stays, found by its pid file."""

    pid: int
    command: str  # its command line; some programs write something of their own there
    started_s: float
    settings: tuple[str, ...] = ()  # what its environment says of our configuration

    def is_older_than(self, changed_s: float) -> bool:
        """Whether it may not have read what was changed then. A kernel tells starts and changes by its ticks."""
        return changed_s > self.started_s + _TICKS_S


@dataclass(frozen=True)
class Facts:
    """What the steps want to know of this machine."""

    distribution: str = ""  # ID of os-release: debian, ubuntu, ...
    like: tuple[str, ...] = ()  # its ID_LIKE
    architecture: str = "x86_64"
    installed: tuple[str, ...] = ()  # which of the packages in question are there
    package_lists: bool = True
    systemd: bool = False
    active_units: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()  # what the routes and interfaces cover, our own bridges left out
    ports: tuple[int, ...] = ()  # TCP ports that something listens on
    files: Mapping[str, FileFact] = field(default_factory=dict)
    daemons: Mapping[str, DaemonFact] = field(default_factory=dict)
    answers: tuple[str, ...] = ()  # which of the sockets in question somebody listens on
    accounts: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # those in question: user and group number
    root_locked: bool = False  # the root account has a lock in place of a password
    enrolled: bool = False
    cards: Mapping[str, Card] = field(default_factory=dict)  # network interfaces, where one is to go into a bridge
    network_manager: str = ""  # who sets that one up at boot: ifupdown, networkd, netplan, NetworkManager; "": nobody
    change: str = ""  # of the network: waiting for its confirmation, or abandoned by its watchdog
    code_changed_s: float = 0.0  # when the newest file of the program was changed


@dataclass(frozen=True)
class Wish:
    """What this machine shall be."""

    admin: str  # the cloud administrator: who installs
    admin_group: str
    node_name: str
    agent: tuple[str, ...]  # the forced command of the node's sshd
    dispatcher: tuple[str, ...]  # the command line of the resident dispatcher
    authorized_line: str = ""  # from the front end's public key and `agent`; "" while there is no key yet
    frontend: bool = True
    node: bool = True
    node_link: str = "ssh"
    state_dir: str = DEFAULT_STATE_DIR
    config_dir: str = DEFAULT_CONFIG_DIR
    ssh_port: int = 7022  # the first choice
    cfg_reference: str = ""  # the text of stratuslab.cfg.ref
    bridges: tuple[str, ...] = ("stratus0", "stratus1")  # those that the node makes: local, private
    keys: Mapping[str, str] = field(default_factory=dict)  # the site's configuration as it is
    bridge: str = "br0"  # of the public network
    bridge_interface: str = ""  # what shall be moved into it; "" = nothing, it is the site's affair
    client: str = ""  # where the administrator's SSH session comes from
    revert_s: float = 60.0
    python: str = "python3"  # the one that runs us
    settings: Mapping[str, str] = field(default_factory=dict)  # what -c says, to go into a new configuration
    release: str = ""  # which program was sent to this machine; "" = it has one of its own
    unpacked: str = ""  # where that lies until it is installed
    gate: bool = False  # whether users come in over SSH
    gate_asked: bool = False  # and that the configuration shall say so too
    gate_port: int = 2222
    gate_address: str = "0.0.0.0"
    gate_account: str = "stratus"
    keys_file: str = ""  # where the machine's own sshd looks for root's keys; "" = it has no part in this

    @property
    def front_end(self) -> FrontEndPaths:
        """Where the front end keeps what is its own."""
        return FrontEndPaths(self.state_dir)

    @property
    def node_paths(self) -> NodePaths:
        """Where the node keeps what is its own."""
        return NodePaths(self.state_dir)

    @property
    def sshd_dir(self) -> str:
        """All that belongs to the node's own sshd."""
        return f"{self.config_dir}/sshd"

    @property
    def sshd_config(self) -> str:
        """Its configuration."""
        return f"{self.sshd_dir}/sshd_config"

    @property
    def host_key(self) -> str:
        """Its host key."""
        return f"{self.sshd_dir}/ssh_host_ed25519_key"

    @property
    def gate_dir(self) -> str:
        """All that belongs to the gate's sshd."""
        return f"{self.config_dir}/gate"

    @property
    def gate_config(self) -> str:
        """Its configuration."""
        return f"{self.gate_dir}/sshd_config"

    @property
    def gate_host_key(self) -> str:
        """Its host key."""
        return f"{self.gate_dir}/ssh_host_ed25519_key"

    @property
    def gate_launcher(self) -> str:
        """The one program that it starts."""
        return f"{self.gate_dir}/stratus-gate"

    @property
    def config_file(self) -> str:
        """The site's configuration."""
        return f"{self.config_dir}/stratuslab.cfg"

    @property
    def bridge_record(self) -> str:
        """How the interface was before it went into the bridge, and how to take that back."""
        return InstallPaths(self.state_dir).bridge

    @property
    def watchdog(self) -> tuple[str, ...]:
        """The program that takes a change of the network back."""
        return (self.python, "-P", "-m", "stratus.install.revert", self.bridge_record)

    @property
    def journal(self) -> str:
        """What this installation made."""
        return InstallPaths(self.state_dir).journal


KVM_DEVICE = "/dev/kvm"
SSHD_PID_FILE = f"{RUN_DIR}/sshd.pid"
LIBVIRT_SOCKET = "/run/libvirt/libvirt-sock"
VIRTQEMUD_SOCKET = "/run/libvirt/virtqemud-sock"
VIRTLOGD_SOCKET = "/run/libvirt/virtlogd-sock"
SSHD_UNIT = "stratus-sshd.service"
GATE_UNIT = "stratus-gate.service"
GATE_PID_FILE = f"{RUN_DIR}/gate.pid"
