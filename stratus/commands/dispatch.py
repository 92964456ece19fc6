"""stratus dispatch: move orders out and reports in."""

import signal
import threading

import click

from stratus import output
from stratus.actions.dispatch import once
from stratus.actions.dispatch_plan import plan_of_a_round
from stratus.actions.resident import resident
from stratus.commands.options import output_option, plan_option
from stratus.commands.session import Session, pass_session
from stratus.errors import UsageError


@click.command("dispatch")
@click.option("--once", "once_only", is_flag=True, help="One round, and a look at every node; for cron.")
@click.option("--resident", "stay", is_flag=True, help="Without end, until it is told to stop; as a service.")
@plan_option
@output_option
@pass_session
def command(session: Session, once_only: bool, stay: bool, plan: bool, format: str) -> None:
    """Bring orders to the nodes and reports back. Commands do it themselves when no resident dispatcher runs.

    \b
    Examples:
      stratus dispatch --once --plan
      stratus dispatch --once
      stratus dispatch --resident
    """
    if once_only == stay:
        raise UsageError("choose --once or --resident", hint="stratus dispatch --once")
    if plan and stay:
        raise UsageError("a service without end has no plan", hint="stratus dispatch --once --plan")
    if plan:
        output.plans(plan_of_a_round(session.cloud), format)
        return
    if once_only:
        answered, nodes = once(session.cloud)
        output.show(f"{answered} of {nodes} nodes answered")
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    resident(session.cloud, stop)
