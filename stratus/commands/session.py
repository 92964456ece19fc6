"""Session: what the command line's global options come to; every command is handed one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import click

from stratus import output

if TYPE_CHECKING:
    from stratus.cloud import Cloud
    from stratus.install.ground import Ground
    from stratus.model.instance import Instance
    from stratus.model.requests import Actor, Request

T = TypeVar("T")
NO_STEPS, NO_WARNINGS = 1, 2  # how often -q must be said


@dataclass
class Session:
    """One run of a command: the cloud, opened when first asked for, who acts, and how loud to be."""

    opener: "Callable[[], Cloud]"
    environ: Mapping[str, str]
    preference: Callable[[str], str]  # the text of a key of the configuration, read when first asked for
    verbose: int = 0
    quiet: int = 0
    overrides: Mapping[str, str] = field(default_factory=dict)  # configuration keys that options set
    user_file: str | None = None  # the user's configuration file, if it is not the usual one
    ground: "Ground | None" = None  # the machine to install on, if it is not this one

    @cached_property
    def cloud(self) -> "Cloud":
        """The cloud that the configuration names."""
        return self.opener()

    @property
    def actor(self) -> "Actor":
        """Who acts. Until users come in through a gate, whoever may open the ledger's file administers the cloud."""
        import getpass

        from stratus.model.requests import Actor
        from stratus.model.role import Role

        return Actor(getpass.getuser(), Role.ADMIN)

    def perform(self, request: "Request[T]") -> T:
        """The answer, with progress shown meanwhile on standard error."""
        from stratus.actions.perform import Listener, perform

        many = len(getattr(request, "targets", ()))
        places: dict[int, int] = {}

        def tell(phase: str, instance: "Instance", seconds: float) -> None:
            place = places.setdefault(instance.id, len(places) + 1)
            count = f"[{place}/{many}] " if many > 1 else ""
            progress.waiting(f"{count}{instance.id} ({instance.name})", phase, seconds)

        live = output.is_live(self.environ)
        with output.Progress(quiet=self.quiet >= NO_STEPS, live=live) as progress:
            return perform(self.cloud, request, self.actor, Listener(progress, tell))

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
        if "cloud" in self.__dict__:
            self.cloud.close()


pass_session = click.make_pass_decorator(Session)
