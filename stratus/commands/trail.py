"""How one request is shown with all that it led to."""

from typing import TYPE_CHECKING

from stratus import output
from stratus.commands.history import moment, show_steps

if TYPE_CHECKING:
    from stratus.model.trail import Part, Trail


def show_trail(trail: "Trail", format: str, verbose: int) -> None:
    """The request, then its orders with their steps; a row for each order as CSV."""
    if format == "csv":
        output.rows([_row(part) for part in trail.parts], ("order", "verb", "node", "status"), format)
        return
    output.value(trail, format, lambda: _show(trail, verbose))


def _row(part: "Part") -> dict[str, object]:
    return {"order": part.order_id, "verb": part.verb, "node": part.node, "status": part.status}


def _show(trail: "Trail", verbose: int) -> None:
    asked = trail.asked
    ended = f"{asked.outcome} in {asked.took_s:.3f} s" if asked.outcome != "asked" else "its end was not written down"
    output.show(f"{moment(asked.at_s)}  request   {asked.verb} by {output.clean(asked.who)} ({asked.role}), {ended}")
    output.show(f"{' ' * 25}from      {output.clean(asked.origin) or 'the front end'}")
    for name, said in asked.what.items():
        output.show(f"{' ' * 25}{output.clean(name):9} {output.clean(str(said))}")
    if asked.error:
        output.show(f"{' ' * 25}error     {output.clean(asked.error)}")
    for part in trail.parts:
        _show_part(part, verbose)


def _show_part(part: "Part", verbose: int) -> None:
    output.show(f"{moment(part.accepted_s)}  accepted  order {part.order_id}: {part.verb} instance {part.instance_id}")
    if part.sent_s:
        output.show(f"{moment(part.sent_s)}  sent      to {output.clean(part.node)}")
    show_steps(part.steps, verbose)
    if part.ended_s:
        said = f": {output.clean(part.error)}" if part.error else ""
        output.show(f"{moment(part.ended_s)}  {part.status:9} on {output.clean(part.node)}{said}")
