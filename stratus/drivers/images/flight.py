"""What somebody who fetched an image tells those who waited for it: what is kept now, or why not."""

import json
from dataclasses import asdict

from stratus.errors import StratusError, from_wire
from stratus.model.image import ImageSource
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Outcome:
    """How a fetch ended; either `identifier` or `code` is set."""

    identifier: str = ""
    compression: str = ""
    code: str = ""
    message: str = ""
    hint: str = ""
    source: str = ""  # what was said of the image; a failure is shared only by those who said the same

    def for_others(self) -> str:
        """As text."""
        return json.dumps(asdict(self))

    def raise_if_shared(self, source: ImageSource) -> None:
        """Raise the error, if it ended with one and would end so for `source` too."""
        if self.code and self.source == repr(source):
            raise from_wire(self.code, self.message, self.hint)


def failed(error: StratusError, source: ImageSource) -> Outcome:
    """The outcome of a fetch that raised `error`."""
    return Outcome(code=error.code, message=error.message, hint=error.hint, source=repr(source))


def read_outcome(text: str) -> Outcome:
    """The outcome that `for_others` gave."""
    return Outcome(**json.loads(text))
