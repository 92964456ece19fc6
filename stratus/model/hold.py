"""Who has a node in hand: the rule by which a node tells its front end from an older copy of it. Pure."""

from stratus.errors import StaleOrder
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Held:
    """By whom a node is held, as the node keeps it: the life of the front end, and the last token that it showed."""

    epoch: int = 0  # 0: by nobody yet
    token: str = ""


@dataclass(frozen=True)
class Hold:
    """What a front end shows with its calls: its life, its new token, and those that the node may have from before."""

    epoch: int
    token: str
    after: tuple[str, ...] = ()


def taken(held: Held, shown: Hold | None) -> Held:
    """How the node is held once `shown` was shown; None is shown by a front end that knows no holds.

    A newer epoch is let in whatever its token: somebody has decided so. Within one epoch each token is shown by one
    life of the ledger only and follows the one before, like the teeth of a ratchet: a copy of the ledger that was made
    earlier knows only tokens that the node has moved beyond. Raises StaleOrder."""
    if shown is None:
        if held.epoch:
            raise stale("this front end shows no hold, and")
        return held
    if shown.epoch > held.epoch:
        return Held(shown.epoch, shown.token)
    if shown.epoch < held.epoch:
        raise stale(f"this front end's epoch {shown.epoch} has ended (the node is in epoch {held.epoch}):")
    if held.token not in (shown.token, *shown.after):
        raise stale("this front end is a copy, or an older life of another one:")
    return Held(held.epoch, shown.token)


def stale(why: str) -> StaleOrder:
    """The refusal, with what to do."""
    return StaleOrder(
        f"{why} another front end, or a newer life of this one, has this node in hand",
        hint="if this one shall go on in its place: stratus recover --take-over",
    )
