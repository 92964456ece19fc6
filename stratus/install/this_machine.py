"""This machine, as the ground of an installation."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from stratus.install import guarded, journal, machine
from stratus.install.as_account import as_account
from stratus.install.deeds import Deed
from stratus.install.doing import do
from stratus.install.facts import Facts, Wish
from stratus.install.gather import gather
from stratus.install.ground import Here, Say
from stratus.install.journal import Journal, Made, what_it_makes
from stratus.install.revert import Marks
from stratus.install.survey import Survey
from stratus.install.surveyor import survey
from stratus.install.undoing import undo


@dataclass
class ThisMachine:
    """Implements `Ground`. What changes anything needs root."""

    here: Here

    def monotonic(self) -> float:
        """As Ground.monotonic."""
        return time.monotonic()

    def facts(self, wish: Wish, *, enrolled: Callable[[], bool]) -> Facts:
        """As Ground.facts."""
        return gather(wish, enrolled=lambda: as_account(wish.admin, enrolled))

    def survey(self, wish: Wish) -> Survey:
        """As Ground.survey."""
        return survey(wish)

    def journal(self, path: str) -> Journal:
        """As Ground.journal."""
        return journal.load(path)

    def keep(self, journal_now: Journal | None, path: str) -> None:
        """As Ground.keep."""
        folder = Path(path).parent
        if journal_now is None:
            Path(path).unlink(missing_ok=True)
            return
        if not folder.exists():  # the journal lies in the first folder that we make
            journal_now = Journal((Made("folder", str(folder)),)).with_made(*journal_now.made)
            machine.make_folder(str(folder), mode=0o711, owner="root", group="root")
        journal.save(journal_now, path)

    def makes(self, deed: Deed) -> tuple[Made, ...]:
        """As Ground.makes."""
        return what_it_makes(deed, partial(machine.file_fact, with_text=False))

    def do(self, deed: Deed, wish: Wish, *, enroll: Callable[[], None]) -> None:
        """As Ground.do."""
        do(deed, wish, enroll)

    def undo(self, entry: Made, state_dir: str, say: Say) -> None:
        """As Ground.undo."""
        undo(entry, state_dir, say, agent=self.here.agent)

    def confirm(self) -> None:
        """As Ground.confirm."""
        guarded.confirm(Marks())
