"""stratus sandbox fault: let something be wrong with a node, or right again."""

import click

from stratus.commands.options import Seconds
from stratus.commands.sandbox.options import dir_option
from stratus.commands.session import Session, pass_session
from stratus.sandbox.place import place_of
from stratus.sandbox.talk import tell
from stratus.sandbox.trouble import Fault

_NONE = "none"
_FOR_EVER_S = 1e9
_SECONDS = Seconds(min=0, max=_FOR_EVER_S)


@click.command("fault")
@click.argument("node", metavar="NODE")
@click.argument("fault", type=click.Choice([_NONE, *(fault.value for fault in Fault)]))
@click.option("--for", "for_s", type=_SECONDS, metavar="SECONDS", help="End it by itself then; it stays unless told.")
@click.option("--by", "by_s", default=1.0, type=_SECONDS, metavar="SECONDS", help="How slow: so long for each call; 1.")
@dir_option
@pass_session
def command(session: Session, node: str, fault: str, for_s: float | None, by_s: float, folder: str) -> None:
    """Let something be wrong with a node, until `none` is said or its time is over.

    hang: the hypervisor does not answer. crash: the agent dies once, after doing a step and before noting it. slow:
    each call of hypervisor, disks and network takes a while. partition: the front end does not reach the node.
    disk-full: nothing new can be written. reboot: the node is started anew; guests are off, networks are gone. none:
    all is well again.

    \b
    Examples:
      stratus sandbox fault node7 hang --for 30
      stratus sandbox fault node7 none
    """
    place = place_of(folder, session.environ)
    tell(
        place, node, None if fault == _NONE else Fault(fault), for_s=_FOR_EVER_S if for_s is None else for_s, by_s=by_s
    )
    session.note(f"{node}: {'all is well' if fault == _NONE else fault}")
