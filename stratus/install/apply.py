"""Installing: for each step gather, plan, show or apply, and verify that nothing is left to do."""

import dataclasses
import time
from collections.abc import Callable, Sequence

from stratus.errors import DeadlineExceeded, StratusError
from stratus.install.deeds import Deed
from stratus.install.facts import Facts, Wish
from stratus.install.ground import Ground, Say
from stratus.install.steps import STEPS, Step
from stratus.model.values import dataclass

_VERIFY_S = 20.0
_PAUSE_S = 0.1


@dataclass(frozen=True)
class Hooks:
    """What an installation needs from the rest of the program, which it may not import."""

    ground: Ground
    authorized_line: Callable[[str], str]  # a public key -> the line for authorized_keys that starts the agent alone
    enroll: Callable[[], None]  # make the node known to the ledger; may be repeated. Called as the administrator
    enrolled: Callable[[], bool] = lambda: False  # whether the ledger says already what `enroll` would write
    again: str = "stratus install"  # the command that goes on after a failure


@dataclass(frozen=True)
class StepDone:
    """What became of one step, or would: `deeds` are its exact command lines, none if it was done already."""

    step: str
    title: str
    changed: bool
    seconds: float
    deeds: tuple[str, ...]


def plan(wish: Wish, hooks: Hooks) -> tuple[StepDone, ...]:
    """What an installation would do now. Changes nothing."""
    facts, wish = look(wish, hooks)
    planned = ((step, _lines(step.plan(facts, wish))) for step in STEPS)
    return tuple(StepDone(step.name, step.title, bool(lines), 0.0, lines) for step, lines in planned)


def install(
    wish: Wish, hooks: Hooks, *, say: Say, before: Callable[[Deed], None] = lambda deed: None
) -> tuple[StepDone, ...]:
    """Make this machine what `wish` says, step by step, as root. Safe to repeat and to go on with after a failure.

    `before` is called with each deed when it has been written to the journal and not been done. Raises the error of
    the step that failed, with the step's mend as hint."""
    results = []
    facts, wish = look(wish, hooks)
    program_s = facts.code_changed_s
    for number, step in enumerate(STEPS, start=1):
        began = hooks.ground.monotonic()
        head = f"[{number}/{len(STEPS)}] {step.title}"
        try:
            deeds = step.plan(facts, wish)
            if deeds:
                say(f"{head} ...")
                for deed in deeds:
                    _record(deed, wish, hooks.ground)
                    before(deed)
                    hooks.ground.do(deed, wish, enroll=hooks.enroll)
                facts, wish = _verified(step, wish, hooks, program_s)
        except StratusError as error:
            raise _with_the_way_on(error, step, number, hooks.again) from error
        seconds = hooks.ground.monotonic() - began
        say(f"{head}: done in {seconds:.1f} s" if deeds else f"{head}: nothing to do")
        results.append(StepDone(step.name, step.title, bool(deeds), round(seconds, 3), _lines(deeds)))
    return tuple(results)


def look(wish: Wish, hooks: Hooks) -> tuple[Facts, Wish]:
    """The facts of now, and the wish with the line that follows from the front end's key, if there is one."""
    facts = hooks.ground.facts(wish, enrolled=hooks.enrolled)
    public = facts.files.get(f"{wish.front_end.private_key}.pub")
    return facts, dataclasses.replace(
        wish, authorized_line=hooks.authorized_line(public.text) if public else wish.authorized_line
    )


def _lines(deeds: Sequence[Deed]) -> tuple[str, ...]:
    return tuple(line for deed in deeds for line in deed.shown())


def _with_the_way_on(error: StratusError, step: Step, number: int, again: str) -> StratusError:
    """The same error; it tells of which step it is, and what will be done again."""
    rerun = f"steps 1 to {number - 1} are done and stay; " if number > 1 else ""
    head = f"step {number} of {len(STEPS)}, {step.title}: {error.message}"
    return type(error)(f"{head}\n{rerun}`{again}` goes on with this one", hint=error.hint or step.mend)


def _verified(step: Step, wish: Wish, hooks: Hooks, program_s: float) -> tuple[Facts, Wish]:
    """The facts after the step; daemons may take a moment. They are held to the program as it was at the beginning,
    which is the one that installs: what is changed meanwhile is the next installation's."""
    deadline = hooks.ground.monotonic() + _VERIFY_S
    while True:
        facts, fresh = look(wish, hooks)
        facts = dataclasses.replace(facts, code_changed_s=program_s)
        left = step.plan(facts, fresh)
        if not left:
            return facts, fresh
        if hooks.ground.monotonic() > deadline:
            missing = "\n".join(line for deed in left for line in deed.shown()[:1])
            raise DeadlineExceeded(f"{step.title}: this is still to be done after it was done:\n{missing}")
        time.sleep(_PAUSE_S)


def _record(deed: Deed, wish: Wish, ground: Ground) -> None:
    """Before the deed, so that nothing is forgotten that was half done."""
    if made := ground.makes(deed):
        ground.keep(ground.journal(wish.journal).with_made(*made), wish.journal)
