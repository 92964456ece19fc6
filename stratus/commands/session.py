"""Session: what the command line's global options come to; every command is handed one."""

import getpass
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import click

from stratus import output
from stratus.actions.perform import Listener, perform
from stratus.cloud import Cloud
from stratus.model.instance import Instance
from stratus.model.requests import Actor, Request

T = TypeVar("T")


@dataclass
class Session:
    """One run of a command: the cloud, opened when first asked for, who acts, and how loud to be."""

    opener: Callable[[], Cloud]
    environ: Mapping[str, str]
    verbose: int = 0
    quiet: int = 0
    _phases: dict[int, str] = field(default_factory=dict)

    @cached_property
    def cloud(self) -> Cloud:
        """The cloud that the configuration names."""
        return self.opener()

    @property
    def actor(self) -> Actor:
        """Who acts: the login name; root and the owner of the ledger are its administrators."""
        name = getpass.getuser()
        return Actor(name, admin=os.geteuid() == 0 or self._owns_the_ledger())

    def perform(self, request: Request[T]) -> T:
        """The answer, with progress shown meanwhile on standard error."""
        with output.Progress(quiet=self.quiet > 0) as progress:
            return perform(self.cloud, request, self.actor, Listener(progress, self._tell))

    def close(self) -> None:
        """Let go of what was opened."""
        if "cloud" in self.__dict__:
            self.cloud.close()

    def _owns_the_ledger(self) -> bool:
        # Until users come in through the gate, whoever can open the ledger's file is its administrator.
        return True

    def _tell(self, phase: str, instance: Instance, seconds: float) -> None:
        if self.quiet or self._phases.get(instance.id) == phase:
            return
        self._phases[instance.id] = phase
        output.note(f"{instance.id} ({instance.name}): {phase} ...")


pass_session = click.make_pass_decorator(Session)
