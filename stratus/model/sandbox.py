"""What is otherwise in a sandbox: its nodes are played, and nothing runs inside an instance."""

from stratus.errors import Conflict

WAY = "sandbox"  # how its nodes are reached, and the value of node_link
USER = "STRATUS_SANDBOX_USER"  # the variable that says as which of its users its owner acts


def no_machine() -> Conflict:
    """Why nothing is installed from inside of a sandbox."""
    return Conflict("this is a sandbox: nothing is installed from inside of it", hint="leave it first: exit")


def no_guest() -> Conflict:
    """Why nobody gets into an instance of a sandbox."""
    return Conflict("this is a sandbox: nothing runs inside an instance, so nobody answers", hint="stratus describe")
