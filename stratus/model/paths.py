"""Where things lie on a machine, all below two folders: the state directory and the configuration directory."""

from stratus.model.values import dataclass

DEFAULT_STATE_DIR = "/var/lib/stratus"
DEFAULT_CONFIG_DIR = "/etc/stratuslab"
RUN_DIR = "/run/stratus"
DISPATCHER_PID_FILE = f"{RUN_DIR}/dispatch.pid"
DISPATCHER_UNIT = "stratus-dispatch.service"
PROGRAM_DIR = "/usr/lib/stratus"  # on a machine that was sent the program: a folder per release, and `current`
SENT_AGENT = f"{PROGRAM_DIR}/current/bin/stratus-nodeagent"


@dataclass(frozen=True)
class NodePaths:
    """The node's side of the state directory; root's."""

    state_dir: str = DEFAULT_STATE_DIR

    @property
    def images(self) -> str:
        """The image store: one read-only file per identifier."""
        return f"{self.state_dir}/images"

    @property
    def instances(self) -> str:
        """One folder per instance: its disks, context, console log and record."""
        return f"{self.state_dir}/instances"

    def instance(self, instance_id: int) -> str:
        """The folder of one instance."""
        return f"{self.instances}/{instance_id}"

    @property
    def agent(self) -> str:
        """What the agent keeps for itself."""
        return f"{self.state_dir}/node"

    @property
    def log(self) -> str:
        """What the agent did to the machine."""
        return f"{self.agent}/agent.log"

    @property
    def queues(self) -> str:
        """Inbox, outbox, archive and poison box of the agent."""
        return f"{self.agent}/queues"

    @property
    def journal(self) -> str:
        """The agent's journal: one file per order in hand."""
        return f"{self.agent}/journal"

    @property
    def hold(self) -> str:
        """By which front end the node is held."""
        return f"{self.agent}/hold.json"

    @property
    def networks(self) -> str:
        """What the network door keeps: dnsmasq's files, the ports."""
        return f"{self.agent}/networks"

    @property
    def aside(self) -> str:
        """What the doctor put aside, for the administrator to look at and remove."""
        return f"{self.state_dir}/aside"

    @property
    def hypervisor(self) -> str:
        """What the hypervisor door keeps: the verdict of the KVM probe."""
        return f"{self.agent}/hypervisor"


@dataclass(frozen=True)
class InstallPaths:
    """What the installer keeps beside them."""

    state_dir: str = DEFAULT_STATE_DIR

    @property
    def journal(self) -> str:
        """What was installed, so that it can be taken away again."""
        return f"{self.state_dir}/install.json"

    @property
    def bridge(self) -> str:
        """How an interface was before it went into the bridge, and how to take that back."""
        return f"{self.state_dir}/bridge.json"


@dataclass(frozen=True)
class FrontEndPaths:
    """The front end's side of the state directory; the cloud administrator's."""

    state_dir: str = DEFAULT_STATE_DIR

    @property
    def folder(self) -> str:
        """All that follows."""
        return f"{self.state_dir}/frontend"

    @property
    def ledger(self) -> str:
        """The ledger's SQLite file."""
        return f"{self.folder}/ledger.sqlite"

    @property
    def audit(self) -> str:
        """What was asked of the cloud: a file per day."""
        return f"{self.state_dir}/frontend/audit"

    @property
    def dispatcher_log(self) -> str:
        """What the resident dispatcher says where it is started without systemd."""
        return f"{self.folder}/dispatch.log"

    @property
    def gate_log(self) -> str:
        """What the gate writes down about sessions, for the administrator."""
        return f"{self.folder}/gate.log"

    @property
    def uploads(self) -> str:
        """What users brought along through the gate, until it has been taken in: a folder per user."""
        return f"{self.folder}/uploads"

    @property
    def appliances(self) -> str:
        """Images that were built here, and what they are built of."""
        return f"{self.folder}/appliances"

    @property
    def private_key(self) -> str:
        """The key that opens the nodes, and nothing else."""
        return f"{self.folder}/id_ed25519"

    @property
    def known_hosts(self) -> str:
        """The pinned host keys of the nodes, by node name."""
        return f"{self.folder}/known_hosts"
