"""stratus recover: after a node's reboot, or when the ledger was lost."""

import click

from stratus import output
from stratus.commands.options import output_option, plan_option
from stratus.commands.session import Session, pass_session
from stratus.errors import UsageError
from stratus.model.recovery import Recovery
from stratus.model.requests import RecoverRequest


@click.command("recover")
@click.argument("nodes", metavar="[NODE]...", nargs=-1)
@click.option("--ledger", is_flag=True, help="Rebuild the ledger from what the nodes have, and take over.")
@click.option("--take-over", is_flag=True, help="Only begin a new life: nodes obey this front end and no copy of it.")
@plan_option
@output_option
@pass_session
def command(session: Session, nodes: tuple[str, ...], ledger: bool, take_over: bool, plan: bool, format: str) -> None:
    """Start again the instances that ran when their node went down, or say why they stay off.

    The dispatcher does so by itself unless restart_interrupted is False. With --ledger, instances, addresses, names,
    capacity and images are entered again as the records beside the disks and the nodes themselves tell; what the
    ledger has is kept. Contexts (they may hold secrets), histories and finished instances are not on the nodes.

    \b
    Examples:
      stratus recover
      stratus recover --plan node1
      stratus recover --ledger --plan
    """
    if ledger and take_over:
        raise UsageError("--ledger takes over as well", hint="stratus recover --ledger")
    recovery = session.perform(RecoverRequest(nodes, ledger, take_over, plan))
    if recovery.plans and format == "table":
        output.plans(recovery.plans, format)
    output.value(recovery, format, lambda: _show(recovery, plan))


def _show(recovery: Recovery, plan: bool) -> None:
    for instance in recovery.started:
        output.show(f"instance {instance.id} ({output.clean(instance.name)}) is started again on {instance.node}")
    for line in recovery.entered:
        output.show(output.clean(line))
    for line in recovery.left:
        output.show(f"not recovered: {output.clean(line)}")
    if recovery.taken_over is not None:
        output.show(f"{'next' if plan else 'now'}: epoch {recovery.taken_over.epoch} of this front end")
        for node, why in recovery.taken_over.nodes:
            output.show(f"  {node}: {output.clean(why) or 'taken in hand'}")
    if not (recovery.started or recovery.plans or recovery.entered or recovery.left or recovery.taken_over):
        output.show("nothing is to be recovered")
    if plan and not recovery.plans:
        output.show("nothing was changed")
