"""Where the steps of an order may write: below the node's state directory, and nowhere else. Pure."""

import posixpath

from stratus.errors import BadInput
from stratus.model.steps import Step

_WRITTEN = ("path", "into", "xml_path")  # the fields of steps that name what is made, changed, moved or removed


def check_confined(step: Step, state_dir: str) -> None:
    """Raise BadInput for a step that would write outside: a front end is believed in what its instances are, and not in
    what a node's other files shall be."""
    for field in _WRITTEN:
        path = getattr(step, field, None)
        if path is not None and not _is_below(path, state_dir):
            raise BadInput(f"{path!r} is not below {state_dir}, where this node keeps what is the cloud's")


def _is_below(path: str, folder: str) -> bool:
    plain = "\0" not in path and posixpath.normpath(path) == path
    return plain and path.startswith(f"{folder.rstrip('/')}/")
