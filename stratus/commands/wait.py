"""stratus wait: until instances are where they are awaited."""

import click

from stratus import output
from stratus.commands.accepted import WAITED
from stratus.commands.looks import result_options
from stratus.commands.options import SECONDS, targets_argument
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Look
from stratus.model.requests import WaitRequest


@click.command("wait")
@targets_argument
@click.option("--for", "until", default="running", metavar="STATE|ssh", help="A state, or ssh; running unless told.")
@click.option(
    "--timeout", "timeout_s", default=300.0, type=SECONDS, metavar="SECONDS", help="How long; 300 unless told."
)
@result_options(WAITED)
@pass_session
def command(session: Session, targets: tuple[str, ...], until: str, timeout_s: float, look: Look) -> None:
    """Wait until instances are in a state, or answer SSH. Giving up changes nothing (exit status 10).

    \b
    Example:
      stratus wait web --for ssh --timeout 60
    """
    waited = session.perform(WaitRequest(targets, until, timeout_s))
    output.listing(WAITED, waited, look)
