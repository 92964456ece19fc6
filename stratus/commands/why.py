"""stratus why: why an instance is where it is."""

from typing import TYPE_CHECKING

import click

from stratus import output
from stratus.commands.options import output_option
from stratus.commands.session import Session, pass_session
from stratus.model.requests import WhyRequest

if TYPE_CHECKING:
    from stratus.model.views import WhyView


@click.command("why")
@click.argument("target", metavar="INSTANCE")
@output_option
@pass_session
def command(session: Session, target: str, format: str) -> None:
    """Say what an instance waits for, what refused it and by how much, what failed, and what to do.

    \b
    Example:
      stratus why web
    """
    view = session.perform(WhyRequest(target))
    if format == "csv":
        output.rows([{"reason": each.text, "fix": each.fix} for each in view.reasons], ("reason", "fix"), format)
    else:
        output.value(view, format, lambda: _show(view))


def _show(view: "WhyView") -> None:
    instance = view.instance
    output.show(f"{instance.id} ({instance.name}) is {instance.state.value}")
    for reason in view.reasons:
        output.show(f"  {output.clean(reason.text)}")
        if reason.fix:
            output.show(f"    try: {output.clean(reason.fix)}")
    if view.placement is not None:
        from stratus.model.placement.decision import lines

        for line in lines(view.placement):
            output.show(f"  {output.clean(line)}")
