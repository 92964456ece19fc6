"""The machine that a command line installs on."""

import os
import socket
import sys

from stratus.commands.as_root import administrator, program
from stratus.commands.session import Session
from stratus.install.ground import Ground, Here
from stratus.install.this_machine import ThisMachine
from stratus.model import sandbox


def ground_of(session: Session) -> Ground:
    """This machine, unless the session was given another. Raises BadInput, and Conflict inside a sandbox."""
    if session.environ.get("STRATUSLAB_NODE_LINK") == sandbox.WAY:
        raise sandbox.no_machine()
    if session.ground:
        return session.ground
    admin, group = administrator(session.environ)
    agent = program("stratus-nodeagent")
    return ThisMachine(Here(socket.gethostname(), admin, group, sys.executable, agent, is_root=os.geteuid() == 0))
