"""The program: a machine that is reached from elsewhere gets the release that was sent there with the installer."""

from stratus.install.deeds import Deed, Folder, Program
from stratus.install.facts import Facts, Wish
from stratus.model.paths import PROGRAM_DIR


def plan(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    """Keep it, unless it is there and `current` leads to it."""
    if not wish.release:
        return ()
    current = facts.files.get(f"{PROGRAM_DIR}/current")
    if current and current.text == wish.release and f"{PROGRAM_DIR}/{wish.release}" in facts.files:
        return ()
    folder = () if PROGRAM_DIR in facts.files else (Folder(PROGRAM_DIR, 0o755),)
    return (*folder, Program(wish.unpacked, PROGRAM_DIR, wish.release))
