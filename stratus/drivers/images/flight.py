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
    public_only: bool = False  # the servers that were asked were those of the internet
    source: str = ""  # what was said of the image; a failure is shared only by those who said the same

    def for_others(self) -> str:
        """As text."""
        return json.dumps(asdict(self))

    def is_for(self, source: ImageSource) -> bool:
        """Whether it is for those who wait for `source`: what came from our own networks is not for everybody."""
        return bool(self.code) or self.public_only or not source.public_only

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
