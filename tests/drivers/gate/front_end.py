"""A front end at the other end of two pipes: says what it is, and answers each request with a cloud's own answer."""

import os
from collections.abc import Callable

from stratus import __version__
from stratus.actions.perform import Listener, perform
from stratus.cloud import Cloud
from stratus.errors import StratusError
from stratus.model import carried, wire
from stratus.model.requests import Actor

Say = Callable[[wire.FromFrontEnd], None]


def serving(open_cloud: Callable[[], Cloud], actor: Actor, spoken: wire.Spoken = wire.Spoken(__version__)):  # type: ignore[no-untyped-def]  # noqa: B008
    """What speaks as that front end to that user."""

    def serve(reader: int, writer: int) -> None:
        def say(message: wire.FromFrontEnd) -> None:
            os.write(writer, wire.line(message))

        with os.fdopen(os.dup(reader), "rb") as lines:
            try:
                cloud = open_cloud()
                say(wire.Welcome(spoken, actor.name, actor.role, cloud.settings.site))
                for line in lines:
                    match wire.from_client(line):
                        case wire.Ask() as ask:
                            answer(cloud, actor, ask, say)
                        case wire.Upload() as upload:
                            store(cloud, upload, lines.read(upload.size), say)
                cloud.close()
            except BrokenPipeError:
                return

    return serve


def answer(cloud: Cloud, actor: Actor, ask: wire.Ask, say: Say) -> None:
    listener = Listener(
        lambda phase, done, of: say(wire.Progressed(ask.id, phase, done, of)),
        lambda phase, instance, seconds: say(wire.Waiting(ask.id, phase, instance, seconds)),
    )
    try:
        request = carried.asked(ask)
        for piece in carried.answers(ask.id, perform(cloud, request, actor, listener)):
            say(piece)
    except StratusError as error:
        say(wire.refused(ask.id, error))


def store(cloud: Cloud, upload: wire.Upload, content: bytes, say: Say) -> None:
    """Where a cloud in memory finds its images."""
    place = f"/uploads/{upload.id}/{upload.name}"
    cloud.images.sources[place] = content  # type: ignore[attr-defined]
    say(wire.Stored(upload.id, place))
