"""The front end's own machine as the doctor sees it: the key that opens the nodes, pinned keys, the dispatcher."""

from stratus.model.values import dataclass


@dataclass(frozen=True)
class PremisesSeen:
    """What was found on the front end. `key_mode` None: there is no key, and none is needed for a node over no SSH."""

    key_mode: int | None = None
    pinned: tuple[str, ...] = ()  # nodes whose host keys are known
    dispatcher: str = "none"  # runs | dead | none: nobody installed one
