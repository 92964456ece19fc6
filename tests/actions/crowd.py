"""A front end in a file, whose one node never answers; and users in processes of their own who all want something."""

from collections.abc import Callable
from typing import Any

from stratus.actions import records
from stratus.actions.image.delete import delete
from stratus.actions.run import run
from stratus.cloud import Cloud, Links, Settings
from stratus.drivers.images.directory import DirectoryImageStore
from stratus.drivers.ledger.sqlite import SqliteLedger
from stratus.drivers.link.memory import Fault, MemoryLink
from stratus.drivers.queue.holder import new_owner, owner_has_ended
from stratus.drivers.reach.memory import MemoryReach
from stratus.errors import StratusError
from stratus.model.addresses import address_classes
from stratus.model.context.values import ContextRequest
from stratus.model.machine_type import STRATUSLAB_TYPES
from stratus.model.requests import Actor, DeleteImageRequest, RunRequest
from stratus.model.role import Role
from tests.model import samples

NETWORK = {"nat": "True", "nat_network": "172.30.16.0", "nat_netmask": "255.255.255.192"}  # 61 addresses


def silent(*_: object) -> None:
    pass


def open_front_end(path: str) -> Cloud:
    """The ledger at `path`, with an image store beside it."""
    link = MemoryLink({})
    link.fault = Fault.UNREACHABLE
    return Cloud(
        ledger=SqliteLedger(path, has_ended=owner_has_ended),
        images=DirectoryImageStore(f"{path}.images"),
        appliances=None,  # type: ignore[arg-type]
        links=Links(lambda node: link),
        reach=MemoryReach(()),
        settings=Settings({kind.name: kind for kind in STRATUSLAB_TYPES}, "m1.small", address_classes(NETWORK)),
        owner=new_owner,
    )


def furnish(cloud: Cloud) -> None:
    """One node with room for everybody, and the image tiny."""
    identifier = {"identifier": samples.IMAGE.facts.identifier}
    cloud.ledger.commit(
        [
            records.put_node(samples.node(disk_mib=10**9), 0),
            records.put_image(samples.IMAGE, 0),
            records.Put(records.IMAGE_NAME, "tiny", identifier, 0, identifier),
        ]
    )


def wish(**wishes: Any) -> RunRequest:
    return RunRequest(**{"image": "tiny", "context": ContextRequest(), "ram_mib": 16, "swap_mib": 0, **wishes})


def one_user(path: str, number: int, wishes: dict[str, Any], starting_line: Any, tell: Callable[[Any], None]) -> None:
    """In a process: open the front end, wait for the others, run one instance, tell what came of it."""
    cloud = open_front_end(path)
    starting_line.wait(180)
    try:
        owner = "alice" if "name" in wishes else f"user{number}"  # each has names of their own
        (instance,) = run(cloud, wish(**wishes), Actor(owner), silent).instances
        tell(("accepted", instance.id, instance.name, instance.lease.address))
    except StratusError as error:
        tell(("refused", error.code, error.message, ""))
    cloud.close()


def one_deleter(path: str, image: str, starting_line: Any, tell: Callable[[Any], None]) -> None:
    """In a process: wait for the others, delete an image, tell what came of it."""
    cloud = open_front_end(path)
    starting_line.wait(180)
    try:
        delete(cloud, DeleteImageRequest((image,)), Actor("janitor", Role.ADMIN))
        tell(("deleted", 0, "", ""))
    except StratusError as error:
        tell(("kept", error.code, error.message, ""))
    cloud.close()
