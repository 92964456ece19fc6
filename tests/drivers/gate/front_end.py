"""The gate's own front end at the other end of two pipes, for a user whom it is told of first."""

from collections.abc import Callable

from stratus.cloud import Cloud
from stratus.gate.caller import Caller
from stratus.gate.channel import Channel
from stratus.gate.serve import Service
from stratus.gate.uploads import Uploads
from stratus.model import kinds
from stratus.model.role import Role
from tests.gate.visit import add_user, key_of

PATIENCE_S = 20.0


def serving(
    open_cloud: Callable[[], Cloud], uploads: str, name: str, role: Role = Role.USER
) -> Callable[[int, int], None]:
    """What speaks as that front end to that user."""

    def serve(reader: int, writer: int) -> None:
        cloud = open_cloud()
        try:
            if cloud.ledger.get(kinds.USER, name) is None:
                add_user(cloud.ledger, name, role)
            channel = Channel(reader, writer, idle_s=PATIENCE_S, deaf_s=PATIENCE_S)
            kept = Uploads(uploads, name, most_bytes=1 << 20, spare_bytes=0)
            Service(cloud, Caller(name, key_of(name).fingerprint, "192.0.2.7"), channel, kept).serve()
        finally:
            cloud.close()

    return serve
