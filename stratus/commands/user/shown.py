"""What is shown of users."""

from typing import TYPE_CHECKING

from stratus.commands.limits import shown
from stratus.model.listing import Listing
from stratus.model.moments import iso
from stratus.model.quota import NAMES

if TYPE_CHECKING:
    from stratus.model.user import Key
    from stratus.model.user_views import UserView

USERS: "Listing[UserView]" = Listing(
    {
        "name": lambda view: view.user.name,
        "role": lambda view: view.user.role.value,
        "enabled": lambda view: view.user.enabled,
        "groups": lambda view: list(view.user.groups),
        "keys": lambda view: len(view.user.keys),
        **{name: shown(name) for name in NAMES},
        "why disabled": lambda view: view.user.why_disabled,
        "created": lambda view: iso(view.user.created_s),
        "fingerprints": lambda view: [key.fingerprint for key in view.user.keys],
        "quota": lambda view: dict(view.quota.limits()),
        "held": lambda view: {name: view.held.of(name) for name in NAMES},
    },
    usual=("name", "role", "enabled", "groups", "keys", "instances", "cpu", "ram_mib"),
    name=lambda view: view.user.name,
    kept=("name", "role", "enabled"),
)

KEYS: "Listing[Key]" = Listing(
    {
        "fingerprint": lambda key: key.fingerprint,
        "kind": lambda key: key.kind,
        "comment": lambda key: key.comment,
        "added": lambda key: iso(key.added_s),
        "line": lambda key: key.line,
    },
    usual=("fingerprint", "kind", "comment", "added"),
    name=lambda key: key.fingerprint,
    kept=("fingerprint",),
)
