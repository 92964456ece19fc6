"""Who is on the channel: asked of the ledger for each request, so that what is revoked has no effect any more."""

from stratus.actions import access
from stratus.actions.users.lookup import user_of_key
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Ledger
from stratus.errors import Conflict, Denied, StratusError
from stratus.model.instance import Instance
from stratus.model.requests import Actor
from stratus.model.states import State
from stratus.model.user import User
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Caller:
    """What sshd said of a session: whose key it was, and where it came from."""

    user: str
    fingerprint: str
    origin: str = "ssh"

    def known(self, ledger: Ledger) -> User:
        """The user as they are now. Raises Denied when they were disabled, or their key was taken away."""
        user = user_of_key(ledger, self.fingerprint)
        if user is None or user.name != self.user:
            raise Denied(f"{self.user} may not come in with this key any more", hint="ask the administrator")
        return user

    def actor(self, ledger: Ledger, *, request_id: str = "", brought: tuple[str, ...] = ()) -> Actor:
        """The same, as actions know them. Raises Denied."""
        user = self.known(ledger)
        return Actor(user.name, user.role, self.origin, request_id, brought)

    def running(self, cloud: Cloud, target: str) -> Instance:
        """Their own instance called `target`, which runs. Raises NotFound, Conflict, Denied."""
        instance, _ = access.find(cloud, self.actor(cloud.ledger), target)
        if instance.state not in (State.RUNNING, State.UNKNOWN, State.SHUTDOWN):
            raise Conflict(
                f"instance {instance.id} is {instance.state}, not running", hint=f"stratus why {instance.id}"
            )
        return instance

    def still_has(self, cloud: Cloud, instance: Instance) -> bool:
        """Whether it is theirs and runs, and they may be here."""
        try:
            return self.running(cloud, str(instance.id)).uuid == instance.uuid
        except StratusError:
            return False


def origin_of(ssh_client: str) -> str:
    """The address in sshd's SSH_CLIENT; never nothing, which would mean the front end itself."""
    return ssh_client.partition(" ")[0] or "ssh"
