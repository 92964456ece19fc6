"""stratus run: start instances of an image."""

import click

from stratus.commands.accepted import ACCEPTED, show_accepted
from stratus.commands.looks import result_options
from stratus.commands.options import plan_option, wait_options, waiting_for
from stratus.commands.run_options import Wanted, run_options
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Look


@click.command("run", cls=waiting_for("running"))
@run_options
@wait_options("running", "ssh")
@plan_option
@result_options(ACCEPTED)
@pass_session
def command(session: Session, wanted: Wanted, until: str | None, timeout_s: float, plan: bool, look: Look) -> None:
    """Start instances of IMAGE: a name, an identifier, a URL or a path.

    \b
    Examples:
      stratus run tiny --wait=ssh
      stratus run -t c1.medium -n 3 --name web debian
      stratus run -t m1.xlarge --queue debian
      stratus run -n 3 --apart web --zone eu/paris debian
      stratus run tiny --context 'ROLE=db#SIZE=3' --plan
    """
    if wanted.show_types(session):
        return
    request = wanted.request(session, plan=plan)
    show_accepted(session, session.perform(request), look, until=until, timeout_s=timeout_s)
