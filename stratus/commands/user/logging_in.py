"""What the commands share that change a user's line in a login file: who may, the plan, and the line in the audit."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from stratus import output
from stratus.actions.audited import audited
from stratus.commands.clouds import sources_of
from stratus.commands.session import Session
from stratus.model.plan import Plan, PlannedStep
from stratus.model.requests import ListUsersRequest
from stratus.model.takes import Takes
from stratus.model.values import dataclass


@dataclass(frozen=True)
class SetLogin:
    """How a user comes in over HTTP is changed; what is written down of it."""

    user: str
    way: str  # password | certificate
    without: bool = False


def login_file(session: Session, name: str) -> Path:
    """The login file of this front end's configuration. Raises Denied on another machine."""
    session.cloud.settings  # noqa: B018  what is behind a gate has its files there
    return sources_of(session).site.parent / name


def change_login(session: Session, what: SetLogin, path: Path, change: Callable[[], bool], *, plan: str | None) -> None:
    """Do it for a user that there is, and write that down; or only show it, when `plan` is a format.

    Raises NotFound, Denied, DeadlineExceeded, ConfigError."""
    session.perform(ListUsersRequest((what.user,)))
    verb = "take out of" if what.without else "write to"
    if plan:
        step = PlannedStep(f"{verb} {path}: the {what.way} of {what.user}", ())
        output.plans((Plan("set login", what.user, "front end", Takes(), (step,)),), plan)
        return
    cloud = session.cloud
    actor = dataclasses.replace(session.actor, request_id=cloud.new_request())
    with audited(cloud, what, actor, changes=True):
        changed = change()
    became = "is gone" if what.without else "is set"
    session.note(f"the {what.way} of {what.user} {became if changed else 'is as it was'}")
