"""stratus clouds: the clouds of the user's configuration, and whether their gates answer."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import click

from stratus import output
from stratus.commands.looks import listing_options
from stratus.commands.session import Session, pass_session
from stratus.config.clouds import CloudSection, clouds_of
from stratus.config.sources import Sources
from stratus.errors import StratusError
from stratus.model.endpoint import endpoint_of
from stratus.model.listing import Listing, Look
from stratus.model.wire import Welcome

HERE = "here"  # what the cloud of this machine is called where no section names it
AT_ONCE = 32


@dataclass(frozen=True)
class Tried:
    """One cloud, and what came of knocking at its gate."""

    name: str
    endpoint: str
    selected: bool
    seconds: float = 0.0
    welcome: Welcome | None = None
    trouble: StratusError | None = None

    @property
    def answer(self) -> str:
        """What came of it, in a word."""
        if self.trouble:
            return "no"
        return "yes" if self.welcome else "this machine"


CLOUDS: "Listing[Tried]" = Listing(
    {
        "cloud": lambda one: one.name,
        "selected": lambda one: one.selected,
        "endpoint": lambda one: one.endpoint,
        "answers": lambda one: one.answer,
        "user": lambda one: one.welcome.user if one.welcome else "",
        "role": lambda one: one.welcome.role.value if one.welcome else "",
        "seconds": lambda one: round(one.seconds, 2),
        "version": lambda one: one.welcome.spoken.version if one.welcome else "",
        "site": lambda one: one.welcome.site.name if one.welcome else "",
        "error": lambda one: one.trouble.message if one.trouble else "",
        "fix": lambda one: one.trouble.hint if one.trouble else "",
    },
    usual=("cloud", "selected", "endpoint", "answers", "user", "role", "seconds", "version"),
    name=lambda one: one.name,
    kept=("cloud", "answers", "endpoint"),
)


@click.command("clouds")
@listing_options(CLOUDS)
@pass_session
def command(session: Session, look: Look) -> int:
    """Show the clouds of your configuration, and whether they answer; one is chosen with -S, or by `stratus login`.

    All are asked at once, and each has endpoint_timeout to answer. The exit status is that of the first that does not.

    \b
    Examples:
      stratus clouds
      stratus clouds -o json
    """
    tried = knock(session, clouds_of(sources_of(session)))
    output.listing(CLOUDS, tried, look)
    for one in tried:
        if one.trouble:
            warn(session, one.name, one.trouble)
    return next((one.trouble.status for one in tried if one.trouble), 0)


def warn(session: Session, cloud: str, trouble: StratusError) -> None:
    """Say what is wrong with one cloud of several."""
    session.warn(f"{output.clean(cloud)}: {output.clean(trouble.message)}")
    if trouble.hint:
        session.warn(f"  try: {output.clean(trouble.hint)}")


def sources_of(session: Session) -> Sources:
    """Where the configuration of this command line comes from."""
    return Sources(session.environ, session.overrides, session.user_file)


def name_of(cloud: CloudSection) -> str:
    """What a cloud is called."""
    return cloud.name or HERE


def patience_s(session: Session) -> float:
    """How long each of several gates may take to answer."""
    return float(session.preference("endpoint_timeout"))


def knock(session: Session, clouds: Sequence[CloudSection]) -> list[Tried]:
    """What came of it, in their order; all at once."""
    with ThreadPoolExecutor(min(AT_ONCE, len(clouds))) as pool:
        return list(pool.map(lambda cloud: _knock(session, cloud), clouds))


def _knock(session: Session, cloud: CloudSection) -> Tried:
    began_s = session.monotonic()
    if not cloud.endpoint:
        return Tried(name_of(cloud), "", cloud.selected)
    try:
        place = endpoint_of(cloud.endpoint)
        gate = session.gates().gate(place, cloud.gate_key, timeout_s=patience_s(session))
        try:
            welcome = gate.welcome()
        finally:
            gate.close()
    except StratusError as trouble:
        return Tried(name_of(cloud), cloud.endpoint, cloud.selected, session.monotonic() - began_s, trouble=trouble)
    return Tried(name_of(cloud), cloud.endpoint, cloud.selected, session.monotonic() - began_s, welcome)
