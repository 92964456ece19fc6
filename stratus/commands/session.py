"""Session: what the command line's global options come to; every command is handed one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import click

from stratus import output
from stratus.errors import Denied, UsageError

if TYPE_CHECKING:
    from stratus.cloud import Cloud
    from stratus.drivers.gate.protocol import Gates
    from stratus.drivers.link.protocol import Guests
    from stratus.install.ground import Ground
    from stratus.model.instance import Instance
    from stratus.model.requests import Actor, Request
    from stratus.model.wire import Site
    from stratus.way.protocol import Way

T = TypeVar("T")
NO_STEPS, NO_WARNINGS = 1, 2  # how often -q must be said
ALONE_S = 15.0  # how long one gate may take to answer, unless the configuration says


@dataclass
class Session:
    """One run of a command: the cloud, opened when first asked for, who acts, and how loud to be."""

    opener: "Callable[[], Cloud]"
    environ: Mapping[str, str]
    preference: Callable[[str], str]  # the text of a key of the configuration, read when first asked for
    chosen: Callable[[str], str]  # the same, but "" unless somebody has set it
    gates: "Callable[[], Gates]"  # by which clouds on other machines are reached
    guests: "Callable[[], Guests]"  # into instances, with the user's keys
    monotonic: Callable[[], float]
    verbose: int = 0
    quiet: int = 0
    overrides: Mapping[str, str] = field(default_factory=dict)  # configuration keys that options set
    user_file: str | None = None  # the user's configuration file, if it is not the usual one
    ground: "Ground | None" = None  # the machine to install on, if it is not this one
    acting_as: str = ""  # the user as whom an administrator on the front end acts

    @cached_property
    def way(self) -> "Way":
        """The way to the cloud that the configuration selects."""
        if endpoint := self.preference("endpoint").strip():
            timeout_s = float(self.chosen("endpoint_timeout") or ALONE_S)
            return self.through(endpoint, self.preference("gate_key"), timeout_s=timeout_s)
        from stratus.way.here import Here

        return Here(lambda: self.cloud, lambda: self.actor)

    def through(self, endpoint: str, key: str, *, timeout_s: float) -> "Way":
        """The way through the gate there. Raises ConfigError for what is no endpoint."""
        if self.acting_as:
            raise UsageError("--as is for administrators on the front end itself", hint="type it there")
        from stratus.model.endpoint import endpoint_of
        from stratus.way.opening import open_names
        from stratus.way.there import There

        place = endpoint_of(endpoint)
        return There(self.gates().gate(place, key, timeout_s=timeout_s), open_names(self.environ, place))

    @cached_property
    def cloud(self) -> "Cloud":
        """The cloud of this machine, for what can only be done on a front end. Raises Denied elsewhere."""
        if endpoint := self.preference("endpoint"):
            raise Denied(
                f"that is done on the front end itself, and the configuration selects the cloud behind {endpoint}",
                hint="log in to the front end and type it there; on the front end: -c endpoint=",
            )
        return self.opener()

    @property
    def site(self) -> "Site":
        """What the cloud says of itself: machine types, networks, and the like."""
        return self.way.site

    @property
    def actor(self) -> "Actor":
        """Who acts here: whoever may open the ledger's file administers the cloud, also as somebody else.

        Raises NotFound, Denied (that user is disabled)."""
        import getpass

        from stratus.model.requests import Actor
        from stratus.model.role import Role

        here = getpass.getuser()
        if not self.acting_as:
            return Actor(here, Role.ADMIN)
        from stratus.actions.users.lookup import who_may_act

        user = who_may_act(self.cloud.ledger, self.acting_as)
        return Actor(user.name, user.role, origin=f"--as, by {here}")

    def perform(self, request: "Request[T]") -> T:
        """The answer, with progress shown meanwhile on standard error."""
        many = len(getattr(request, "targets", ()))
        places: dict[int, int] = {}

        def tell(phase: str, instance: "Instance", seconds: float) -> None:
            place = places.setdefault(instance.id, len(places) + 1)
            count = f"[{place}/{many}] " if many > 1 else ""
            progress.waiting(f"{count}{instance.id} ({instance.name})", phase, seconds)

        live = output.is_live(self.environ)
        with output.Progress(quiet=self.quiet >= NO_STEPS, live=live) as progress:
            return self.way.perform(request, progress, tell)

    def bring(self, place: str) -> str:
        """Where the cloud finds what is at `place`, as place_of() gave it: a file of this machine goes along."""
        if not place.startswith("/"):
            return place
        with output.Progress(quiet=self.quiet >= NO_STEPS, live=output.is_live(self.environ)) as progress:
            return self.way.bring(place, progress)

    def note(self, text: str) -> None:
        """Say what is being done; -q silences it."""
        if self.quiet < NO_STEPS:
            output.note(text)

    def warn(self, text: str) -> None:
        """Say what the user might not expect; -qq silences it."""
        if self.quiet < NO_WARNINGS:
            output.note(text)

    def close(self) -> None:
        """Let go of what was opened."""
        if "way" in self.__dict__:
            self.way.close()
        if "cloud" in self.__dict__:
            self.cloud.close()


pass_session = click.make_pass_decorator(Session)
