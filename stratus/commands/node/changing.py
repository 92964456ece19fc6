"""What the commands that change a node share: the request, and the row or plan that is shown then."""

from stratus import output
from stratus.commands.node.listing import NODES
from stratus.commands.session import Session
from stratus.model.listing import Look
from stratus.model.requests import ChangeNodeRequest


def change(session: Session, request: ChangeNodeRequest, look: Look) -> None:
    """Have it changed, and show the plan or the node."""
    done = session.perform(request)
    if done.plans:
        output.plans(done.plans, look.document)
    else:
        output.listing(NODES, (done.node,), look)
