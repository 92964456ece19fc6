"""stratus wait: until instances are where they are awaited."""

import click

from stratus import output
from stratus.commands.options import SECONDS, output_option, targets_argument
from stratus.commands.session import Session, pass_session
from stratus.model.requests import WaitRequest


@click.command("wait")
@targets_argument
@click.option("--for", "until", default="running", metavar="STATE|ssh", help="A state, or ssh; running unless told.")
@click.option(
    "--timeout", "timeout_s", default=300.0, type=SECONDS, metavar="SECONDS", help="How long; 300 unless told."
)
@output_option
@pass_session
def command(session: Session, targets: tuple[str, ...], until: str, timeout_s: float, format: str) -> None:
    """Wait until instances are in a state, or answer SSH. Giving up changes nothing (exit status 10).

    \b
    Example:
      stratus wait web --for ssh --timeout 60
    """
    waited = session.perform(WaitRequest(targets, until, timeout_s))
    data = [
        {
            "id": one.instance.id,
            "name": one.instance.name,
            "state": one.instance.state.value,
            "address": one.instance.lease.address,
            "seconds": round(sum(phase.took_s for phase in one.phases), 1),
            "phases": {phase.name: round(phase.took_s, 2) for phase in one.phases},
        }
        for one in waited
    ]
    output.rows(data, ("id", "name", "state", "address", "seconds"), format)
