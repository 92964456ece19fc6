"""A gate's forced command for tests: a front end that knows no instance, answers a kill by leaving, and a wait never."""

import os
import sys

from stratus.model import carried, wire
from stratus.model.requests import KillRequest, WaitRequest
from tests.drivers.gate.scripts import welcome
from tests.model import samples


def serve(reader: int, writer: int) -> None:
    """Say welcome, and answer until nothing more is asked, or something is to be killed."""
    os.write(writer, welcome())
    with os.fdopen(os.dup(reader), "rb") as lines:
        for line in lines:
            match wire.from_client(line):
                case wire.Ask() as ask:
                    request = carried.asked(ask)
                    if isinstance(request, KillRequest):
                        return
                    if isinstance(request, WaitRequest):
                        os.write(writer, wire.line(wire.Waiting(ask.id, "boot", samples.instance(), 1.0)))
                        continue  # and that is all that is ever said of it
                    os.write(writer, wire.line(wire.Progressed(ask.id, "look", 1, 1)))
                    for piece in carried.answers(ask.id, ()):
                        os.write(writer, wire.line(piece))
                case wire.Upload() as upload:
                    content = lines.read(upload.size)
                    os.write(writer, wire.line(wire.Stored(upload.id, f"/uploads/{upload.name}-{len(content)}")))


if __name__ == "__main__":
    match os.environ.get("SSH_ORIGINAL_COMMAND", "").split():
        case []:
            serve(0, 1)
        case ["stratus-gate", "tunnel", *words]:
            sys.stdout.write(" ".join(words) + sys.stdin.read())
        case ["stratus-gate", "console", number]:
            sys.exit(int(number))
        case _:
            sys.stderr.write("this is no shell\n")
            sys.exit(126)
