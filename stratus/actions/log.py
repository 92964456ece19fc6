"""log: the history of one instance, or what its console printed."""

from stratus.actions import access, records
from stratus.cloud import Cloud
from stratus.errors import NotFound
from stratus.model.history import LogView
from stratus.model.requests import Actor, LogRequest
from stratus.model.states import State


def log(cloud: Cloud, request: LogRequest, actor: Actor) -> LogView:
    """The history, also of an instance that is done; or the last bytes of the console of one that is not.

    Raises NotFound, NodeUnreachable."""
    instance = access.find_any(cloud, actor, request.target)
    if not request.console:
        return LogView(instance, records.history(cloud.ledger, instance.id).entries)
    if instance.state is State.DONE:
        raise NotFound(
            f"instance {instance.id} is done; its console's text went with it", hint=f"stratus log {instance.id}"
        )
    node = access.node_of(cloud, instance)
    params = {"instance": instance.id, "last_bytes": request.last_bytes}
    answer = cloud.links.to(node).call("console_text", params, timeout_s=20.0)
    return LogView(instance, console=str(answer["text"]))
