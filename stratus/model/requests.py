"""What users ask for: one frozen value per verb. They travel as JSON, so they hold contents and no file names."""

from dataclasses import field
from typing import TYPE_CHECKING, Generic, TypeVar

from stratus.model.context.values import ContextRequest
from stratus.model.node import Reservation
from stratus.model.quota import Quota
from stratus.model.role import Role
from stratus.model.values import dataclass

if TYPE_CHECKING:  # ruff takes no notice of a name in quotes behind a base class
    from stratus.model.audit import Asked  # noqa: F401
    from stratus.model.burnin import Burnin  # noqa: F401
    from stratus.model.doctor.finding import Diagnosis  # noqa: F401
    from stratus.model.history import LogView  # noqa: F401
    from stratus.model.image import (
        ImageEntry,  # noqa: F401
        ImageEvent,  # noqa: F401
        Recipe,  # noqa: F401
    )
    from stratus.model.instance import InstanceView  # noqa: F401
    from stratus.model.node import Node  # noqa: F401
    from stratus.model.placement.capacity import Fill  # noqa: F401
    from stratus.model.plan import Plan  # noqa: F401
    from stratus.model.recovery import Recovery  # noqa: F401
    from stratus.model.trail import Trail  # noqa: F401
    from stratus.model.user_views import ChangedGroup, ChangedUser, GroupView, UsageView, UserView  # noqa: F401
    from stratus.model.views import Accepted, ChangedNode, Drained, Waited, WhyView  # noqa: F401

T = TypeVar("T")


class Request(Generic[T]):
    """What a user asks for; T is the type of the answer."""


@dataclass(frozen=True)
class Actor:
    """Who asks, and how their request can be found again: its id is in every line that is written about it."""

    name: str
    role: Role = Role.USER
    origin: str = ""  # where they ask from, as the SSH server saw it; "" = on the front end itself
    request_id: str = ""
    brought: tuple[str, ...] = ()  # files of their own that the gate keeps for them on the front end

    @property
    def admin(self) -> bool:
        """Whether they see and control everything."""
        return self.role is Role.ADMIN

    @property
    def sees_all(self) -> bool:
        """Whether they see what is not their own."""
        return self.role.covers(Role.OPERATOR)


@dataclass(frozen=True)
class RunRequest(Request["Accepted"]):
    """Start `count` instances of an image."""

    image: str  # identifier, name, URL or path on the front end
    context: ContextRequest
    machine_type: str = ""  # "" = the site's default
    cpu: int | None = None
    ram_mib: int | None = None
    swap_mib: int | None = None
    count: int = 1
    name: str = ""
    network: str = ""  # "" = public where the site has addresses, else local
    address: str = ""
    volatile_gib: int = 0
    use_host_cpu: bool = False
    keymap: str = "en-us"
    vnc_port: int = -1
    vnc_listen: str = "127.0.0.1"
    nodes: tuple[str, ...] = ()  # only on these; () leaves the choice to the cloud
    zone: str = ""  # only there: any beginning of a node's region/zone/pod/cluster
    requirements: str = ""  # what a node must be: model/placement/requirements/parser.py
    together: str = ""  # a group of the owner's instances that are all on one node
    apart: str = ""  # a group of the owner's instances that are each on a node of their own
    queue: bool = False  # what has no room now waits in line for it
    plan: bool = False


@dataclass(frozen=True)
class DescribeRequest(Request["tuple[InstanceView, ...]"]):
    """Show instances: those named, or all that the actor may see."""

    targets: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    finished: bool = False  # also those that are done


@dataclass(frozen=True)
class KillRequest(Request["Accepted"]):
    """End instances at once; nothing of them is kept."""

    targets: tuple[str, ...]
    plan: bool = False


@dataclass(frozen=True)
class StopRequest(Request["Accepted"]):
    """Power instances off and keep their disks and addresses."""

    targets: tuple[str, ...]
    force: bool = False
    deadline_s: float = 60.0
    plan: bool = False


@dataclass(frozen=True)
class StartRequest(Request["Accepted"]):
    """Start stopped instances again."""

    targets: tuple[str, ...]
    plan: bool = False


@dataclass(frozen=True)
class RebootRequest(Request["Accepted"]):
    """Reboot instances, by the guest or (hard) by a reset."""

    targets: tuple[str, ...]
    hard: bool = False
    plan: bool = False


@dataclass(frozen=True)
class ShutdownRequest(Request["Accepted"]):
    """Power instances off cleanly, then end them."""

    targets: tuple[str, ...]
    deadline_s: float = 60.0
    plan: bool = False


@dataclass(frozen=True)
class WaitRequest(Request["tuple[Waited, ...]"]):
    """Wait until instances are `until`: a state, or ssh."""

    targets: tuple[str, ...]
    until: str = "running"
    timeout_s: float = 300.0
    after_reboot: bool = False  # an SSH server that still answers may be that of the life before


@dataclass(frozen=True)
class LogRequest(Request["LogView"]):
    """The history of one instance, or its console's text."""

    target: str
    console: bool = False
    last_bytes: int = 64 * 1024


@dataclass(frozen=True)
class WhyRequest(Request["WhyView"]):
    """Why one instance is where it is."""

    target: str


@dataclass(frozen=True)
class ImportImageRequest(Request["ImageEntry"]):
    """Bring an image in."""

    location: str
    name: str = ""
    format: str = ""
    compression: str = ""
    expected: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class BuildImageRequest(Request["ImageEntry"]):
    """Make an image from a recipe."""

    recipe: str
    name: str = ""


@dataclass(frozen=True)
class ListImagesRequest(Request["tuple[ImageEntry, ...]"]):
    """Show images: those named, or all."""

    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListRecipesRequest(Request["tuple[Recipe, ...]"]):
    """Show what images can be built from."""


@dataclass(frozen=True)
class DeleteImageRequest(Request["tuple[ImageEntry, ...]"]):
    """Remove images that nothing uses."""

    targets: tuple[str, ...]


@dataclass(frozen=True)
class PlanImagesRequest(Request["tuple[Plan, ...]"]):
    """Show what another request about images would do."""

    of: ImportImageRequest | BuildImageRequest | DeleteImageRequest


@dataclass(frozen=True)
class LogImageRequest(Request["tuple[ImageEvent, ...]"]):
    """What was done about one image, also if it is gone."""

    target: str


@dataclass(frozen=True)
class EnrolRequest(Request["Node"]):
    """Make a machine whose agent answers a node of this cloud."""

    name: str
    host: str = "127.0.0.1"
    port: int = 22
    user: str = "root"
    way: str = "ssh"
    agent: tuple[str, ...] = ("stratus-nodeagent",)
    is_away: bool = False
    role: str = ""  # "": as it was; a new one is for compute


@dataclass(frozen=True)
class DrainNodeRequest(Request["Drained"]):
    """Have a node take nothing new; `stop`: and power off what runs there."""

    name: str
    stop: bool = False
    force: bool = False
    deadline_s: float = 60.0
    plan: bool = False


@dataclass(frozen=True)
class RenameNodeRequest(Request["ChangedNode"]):
    """Give a node another name."""

    name: str
    to: str
    plan: bool = False


@dataclass(frozen=True)
class RemoveNodeRequest(Request["Node"]):
    """Take a node out of the ledger; `close_only`: it takes nothing new, until the machine has been let go of."""

    name: str
    force: bool = False
    close_only: bool = False
    plan: bool = False


@dataclass(frozen=True)
class ListNodesRequest(Request["tuple[Node, ...]"]):
    """Show the nodes."""


@dataclass(frozen=True)
class CapacityRequest(Request["tuple[Fill, ...]"]):
    """How many more instances of a machine type fit, or of each."""

    machine_type: str = ""
    by: str = "type"  # type | zone | node: what is counted together
    zone: str = ""
    requirements: str = ""


@dataclass(frozen=True)
class ChangeNodeRequest(Request["ChangedNode"]):
    """Say where a node stands, what it is like, whether anything new goes there, or for whom room is kept."""

    name: str
    zone: str | None = None  # None: as it is
    labels: tuple[tuple[str, str], ...] = ()
    without: tuple[str, ...] = ()  # names of labels that go
    enabled: bool | None = None
    reserve: Reservation | None = None  # in the place of the owner's earlier one
    free: str = ""  # the owner whose reservation goes
    plan: bool = False


@dataclass(frozen=True)
class AddUserRequest(Request["ChangedUser"]):
    """Let somebody in who comes from elsewhere."""

    name: str
    role: Role = Role.USER
    groups: tuple[str, ...] = ()
    keys: str = ""  # the text of public key files
    quota: Quota = field(default_factory=Quota)
    plan: bool = False


@dataclass(frozen=True)
class ChangeUserRequest(Request["ChangedUser"]):
    """Say what a user may be and have, which keys are theirs, and whether they may come in."""

    name: str
    role: Role | None = None  # None: as it is
    enabled: bool | None = None
    why: str = ""  # they are disabled
    join: tuple[str, ...] = ()  # groups
    leave: tuple[str, ...] = ()
    keys: str = ""  # the text of public key files, besides those that are there
    without: tuple[str, ...] = ()  # keys that go, by fingerprint or comment
    quota: Quota = field(default_factory=Quota)  # what it says nothing of stays
    unsaid: tuple[str, ...] = ()  # of what the quota says nothing from now on
    plan: bool = False


@dataclass(frozen=True)
class RemoveUserRequest(Request["ChangedUser"]):
    """Forget a user who has nothing left."""

    name: str
    plan: bool = False


@dataclass(frozen=True)
class ListUsersRequest(Request["tuple[UserView, ...]"]):
    """Show users: those named, or all that the actor may see."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChangeGroupRequest(Request["ChangedGroup"]):
    """Make a group of users, or say what its members may have together."""

    name: str
    new: bool = False
    quota: Quota = field(default_factory=Quota)  # what it says nothing of stays
    unsaid: tuple[str, ...] = ()  # of what the quota says nothing from now on
    plan: bool = False


@dataclass(frozen=True)
class RemoveGroupRequest(Request["ChangedGroup"]):
    """Forget a group; its members stay."""

    name: str
    plan: bool = False


@dataclass(frozen=True)
class ListGroupsRequest(Request["tuple[GroupView, ...]"]):
    """Show groups of users: those named, or all that the actor may see."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class UsageRequest(Request["tuple[UsageView, ...]"]):
    """What owners and groups hold of what they may: the actor, or those named, or (an operator) everybody."""

    users: tuple[str, ...] = ()
    everybody: bool = False


@dataclass(frozen=True)
class AuditRequest(Request["tuple[Asked, ...]"]):
    """What was asked of the cloud: by oneself, or, for an operator, by anybody."""

    who: str = ""
    verb: str = ""
    thing: str = ""  # the name or id of anything that a request was about
    since_s: float = 0.0
    until_s: float = 0.0  # 0 = now
    changes: bool = False  # only what changes something
    limit: int = 50  # the newest ones


@dataclass(frozen=True)
class TrailRequest(Request["Trail"]):
    """Everything that one request led to, on whatever machine."""

    request_id: str


@dataclass(frozen=True)
class DoctorRequest(Request["Diagnosis"]):
    """Find what is wrong on these nodes, or on all, and in the ledger; and mend it when told."""

    nodes: tuple[str, ...] = ()
    fix: bool = False


@dataclass(frozen=True)
class RecoverRequest(Request["Recovery"]):
    """Start again what ran when its node went down; or rebuild the ledger from the nodes; or take over."""

    nodes: tuple[str, ...] = ()
    ledger: bool = False
    take_over: bool = False
    plan: bool = False


@dataclass(frozen=True)
class BurninRequest(Request["Burnin"]):
    """Make, reboot, stop, start and kill instances of its own, and judge each verb."""

    image: str = "tiny"
    nodes: tuple[str, ...] = ()  # only on these
    count: int = 2
    rounds: int = 1
    ssh: bool = True  # a guest has arrived when it answers SSH
    timeout_s: float = 120.0  # for each verb
