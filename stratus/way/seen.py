"""What an answer tells of the names that there are, for whoever completes a line later."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from stratus.model import requests

if TYPE_CHECKING:
    from stratus.model.instance import Instance
    from stratus.model.wire import Site

Name = tuple[str, str, str]  # the name, another name of the same thing, what it is like
INSTANCES, IMAGES, NODES, TYPES, NETWORKS = "instances", "images", "nodes", "types", "networks"
USERS, GROUPS, KEYS = "users", "groups", "keys"


class Names(Protocol):
    """Where names are kept."""

    def read(self, kind: str) -> list[Name]:
        """Those of one kind."""
        ...

    def keep(self, kind: str, names: Sequence[Name]) -> None:
        """Have these, and no others, from now on."""
        ...


def note_site(names: Names, site: "Site") -> None:
    """Keep what the front end said of its site, where that is news."""
    types = [(kind.name, "", f"{kind.cpu} CPU, {kind.ram_mib} MiB") for kind in site.types]
    for kind, known in ((TYPES, types), (NETWORKS, [(name, "", "") for name in site.networks])):
        if names.read(kind) != known:
            names.keep(kind, known)


def note_answer(names: Names, request: requests.Request[Any], answer: Any) -> None:
    """Keep what the answer to a request tells."""
    match request:
        case requests.DescribeRequest(targets=(), states=(), finished=False):
            names.keep(INSTANCES, [_instance(view.instance) for view in answer])
        case requests.RunRequest(plan=False):
            _change(names, lambda known: [*known, *map(_instance, answer.instances)])
        case requests.KillRequest(plan=False) | requests.ShutdownRequest(plan=False):
            gone = {str(instance.id) for instance in answer.instances}
            _change(names, lambda known: [each for each in known if each[1] not in gone])
        case requests.ListImagesRequest(targets=()):
            names.keep(IMAGES, [(name, e.facts.identifier, "") for e in answer for name in (e.name, *e.aliases)])
        case requests.ListUsersRequest(names=()):
            names.keep(USERS, [(view.user.name, "", view.user.role.value) for view in answer])
            names.keep(KEYS, [(key.fingerprint, "", view.user.name) for view in answer for key in view.user.keys])
        case requests.ListGroupsRequest(names=()):
            names.keep(GROUPS, [(view.group.name, "", "") for view in answer])
        case requests.ListNodesRequest():
            names.keep(NODES, [(node.name, "", "") for node in answer])


def _change(names: Names, change: Callable[[list[Name]], list[Name]]) -> None:
    names.keep(INSTANCES, change(names.read(INSTANCES)))


def _instance(instance: "Instance") -> Name:
    about = f"{instance.state}, {instance.image_name}" + (f" on {instance.node}" if instance.node else "")
    return instance.name, str(instance.id), about
