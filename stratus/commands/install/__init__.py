"""stratus install: make this machine the front end, a node, or both."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict

import click

from stratus import output
from stratus.commands.as_root import become_root
from stratus.commands.install.ground import ground_of
from stratus.commands.install.wish import hooks_of, wish_of
from stratus.commands.options import output_option, plan_option
from stratus.commands.session import Session, pass_session
from stratus.errors import Conflict, UsageError
from stratus.install import apply
from stratus.install.apply import Hooks, StepDone
from stratus.install.checks import judge
from stratus.install.checks.verdict import FAILED, OK, Verdict
from stratus.install.facts import Wish
from stratus.install.ground import Ground

_COLUMNS = ("check", "verdict", "says", "mend")


@click.command("install")
@click.option("--frontend", is_flag=True, help="Only the front end.")
@click.option("--node", is_flag=True, help="Only a node.")
@click.option("--gate", is_flag=True, help="Let users in over SSH, from now on: gate = True in the configuration.")
@click.option("--check", is_flag=True, help="Look whether this machine is fit for it, and change nothing.")
@click.option("--force", is_flag=True, help="Go on even where a check failed.")
@click.option("--confirm", is_flag=True, help="Keep the change of the network that waits to be confirmed.")
@click.option(
    "--revert-after",
    "revert_s",
    type=click.FloatRange(min=1),
    default=60.0,
    metavar="SECONDS",
    help="When a change of the network is taken back if nobody answers; 60 unless told.",
)
@plan_option
@output_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@pass_session
def command(
    session: Session,
    frontend: bool,
    node: bool,
    gate: bool,
    check: bool,
    force: bool,
    confirm: bool,
    revert_s: float,
    plan: bool,
    format: str,
    yes: bool,
) -> None:
    """Make this machine front end and node, or one of them.

    Needs root, or sudo. The machine is checked first; where a check fails nothing is changed. May be repeated: what is
    done already stays as it is, and an installation that was interrupted goes on. `stratus uninstall` takes away what
    it made. `stratus -c KEY=VALUE install` writes these settings to the configuration that it makes.

    \b
    Examples:
      stratus install --check
      stratus install --plan
      stratus install --yes
      stratus install --yes --gate
    """
    if gate and node and not frontend:
        raise UsageError("the gate is the front end's: a node has none", hint="stratus install --frontend --gate")
    if sum((check, plan, confirm)) > 1:
        raise UsageError("--check, --plan and --confirm are different things", hint="stratus install --help")
    ground = ground_of(session)
    if not (plan or check or ground.here.is_root):
        become_root(session.environ)
    if confirm:
        ground.confirm()
        output.show("the change of the network stays")
        return
    both = frontend == node
    roles = {"frontend": frontend or both, "node": node or both}
    wish = wish_of(session, ground.here, **roles, gate=gate, revert_s=revert_s)
    if check:
        _show_verdicts(_verdicts(wish, hooks_of(session, ground, wish)), format)
    elif plan:
        _show_plan(apply.plan(wish, hooks_of(session, ground, wish)), format)
    else:
        carry_out(session, ground, wish, force=force, yes=yes, format=format)


def carry_out(session: Session, ground: Ground, wish: Wish, *, force: bool, yes: bool, format: str) -> None:
    """Check, ask, install, and show what became of it. As root. Raises Conflict where a check fails."""
    hooks = hooks_of(session, ground, wish)
    _warn(_verdicts(wish, hooks), force=force)
    if not yes and not _agreed(wish, hooks):
        session.note("nothing was changed")
        return
    began = ground.monotonic()
    try:
        done = apply.install(wish, hooks, say=session.note)
    except KeyboardInterrupt:
        output.note("what was done stays; `stratus install` goes on from there")
        raise
    spent = ground.monotonic() - began
    output.value([asdict(each) for each in done], format, lambda: output.show(_summary(wish, done, spent)))


def _verdicts(wish: Wish, hooks: Hooks) -> tuple[Verdict, ...]:
    facts, wish = apply.look(wish, hooks)
    return judge(facts, hooks.ground.survey(wish), wish)


def _show_verdicts(verdicts: Sequence[Verdict], format: str) -> None:
    data = [{"check": each.name, "verdict": each.verdict, "says": each.says, "mend": each.mend} for each in verdicts]
    output.rows(data, _COLUMNS, format)
    _refuse_unfit(verdicts)


def _warn(verdicts: Sequence[Verdict], *, force: bool) -> None:
    """Say what is not well. Raises Conflict where that is too much."""
    for each in verdicts:
        if each.verdict != OK:
            output.note(f"{each.verdict}: {each.name}: {output.clean(each.says)}")
            output.note(f"  try: {output.clean(each.mend)}")
    if not force:
        _refuse_unfit(verdicts)


def _refuse_unfit(verdicts: Sequence[Verdict]) -> None:
    bad = [each for each in verdicts if each.verdict == FAILED]
    if bad:
        says = "\n".join(f"{each.name}: {each.says}" for each in bad)
        raise Conflict(f"this machine is not fit for it yet; nothing was changed\n{says}", hint=bad[0].mend)


def _show_plan(steps: Sequence[StepDone], format: str) -> None:
    data = [{"step": each.step, "title": each.title, "deeds": list(each.deeds)} for each in steps]
    output.value(data, format, lambda: _say_plan(steps, output.show))


def _say_plan(steps: Sequence[StepDone], say: Callable[[str], None]) -> None:
    for number, each in enumerate(steps, start=1):
        say(f"[{number}/{len(steps)}] {each.title}:{'' if each.deeds else ' nothing to do'}")
        for line in each.deeds:
            say(f"    {output.clean(line)}")


def _agreed(wish: Wish, hooks: Hooks) -> bool:
    """Whether to go on: after the plan was shown and the question answered, or when there is nothing to ask about."""
    if not sys.stdin.isatty():
        raise UsageError("this changes the machine and there is nobody to ask", hint="stratus install --yes")
    steps = apply.plan(wish, hooks)
    _say_plan(steps, output.note)
    return not any(step.changed for step in steps) or click.confirm("Do this?", err=True)


def _summary(wish: Wish, done: Sequence[StepDone], seconds: float) -> str:
    roles = "front end and node" if wish.frontend and wish.node else "the front end" if wish.frontend else "a node"
    changed = [each.step for each in done if each.changed]
    if changed:
        return f"this machine is {roles} now ({seconds:.1f} s; changed: {', '.join(changed)})"
    return f"this machine is {roles} already; nothing was changed ({seconds:.1f} s)"
