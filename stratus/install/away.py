"""The installer on a machine that it was sent to: the same checks, steps and journal as `stratus install` has at home.

An Errand comes in on standard input; what was found and done goes out as one line of JSON, progress before it to
standard error."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import stratus
from stratus.errors import BadInput, CommandFailed, Conflict, Denied, StratusError
from stratus.install import apply, machine
from stratus.install import uninstall as undoing
from stratus.install.apply import Hooks
from stratus.install.checks import judge
from stratus.install.checks.verdict import FAILED
from stratus.install.errand import Brought, Errand
from stratus.install.facts import Wish
from stratus.install.steps.access import mark_of
from stratus.install.surveyor import survey
from stratus.model.codec import decode, encode
from stratus.model.paths import SENT_AGENT, NodePaths

_CLEAR_S = 300.0
_AGENT_ENDS_S = 1.0  # there is nothing that it could be at work on


def main() -> int:
    """Do the errand that comes in; 0, also when what comes out is an error."""
    try:
        brought = do(decode(Errand, json.load(sys.stdin)))
    except StratusError as error:
        brought = Brought(code=error.code, message=error.message, hint=error.hint)
    print(json.dumps(encode(brought)))
    return 0


def do(errand: Errand) -> Brought:
    """What was found and done. Raises Denied, Conflict, and what a step raises."""
    if os.geteuid() != 0 and not errand.verb.startswith("plan"):
        raise Denied("this changes the machine, which only root may do", hint="give --user root, or a user with sudo")
    home = os.path.expanduser("~root")
    wish = replace(
        errand.wish, unpacked=str(Path(stratus.__file__).parents[1]), keys_file=f"{home}/.ssh/authorized_keys"
    )
    match errand.verb:
        case "plan":
            return _planned(wish)
        case "install":
            return _install(wish, force=errand.force)
        case "let-go":
            _let_go(wish)
            return Brought()
        case "plan-uninstall":
            return Brought(undone=undoing.plan(_journal(wish), packages=errand.packages))
        case "uninstall":
            return _uninstall(wish, packages=errand.packages)
    raise BadInput(f"{errand.verb!r} is no errand")


def _hooks(wish: Wish) -> Hooks:
    """Nobody but the front end knows its ledger; and the key is the one that it sent."""
    again = f"stratus node add {wish.node_name}"
    return Hooks(authorized_line=lambda key: wish.authorized_line, enroll=lambda: None, again=again)


def _planned(wish: Wish) -> Brought:
    facts, wish = apply.look(wish, _hooks(wish))
    return Brought(judge(facts, survey(wish), wish), apply.plan(wish, _hooks(wish)))


def _install(wish: Wish, *, force: bool) -> Brought:
    if Path(wish.front_end.private_key).exists():
        raise Conflict("this machine is a front end itself", hint="on it: stratus uninstall; or add another machine")
    facts, wish = apply.look(wish, _hooks(wish))
    verdicts = judge(facts, survey(wish), wish)
    if not force and any(each.verdict == FAILED for each in verdicts):
        return Brought(verdicts)
    steps = apply.install(wish, _hooks(wish), say=_say)
    # The first question makes libvirt try every emulator once, half a minute on a slow machine; it remembers it.
    machine.run(("virsh", "-c", "qemu:///system", "capabilities"), timeout_s=300.0)
    return Brought(verdicts, steps)


def _let_go(wish: Wish) -> None:
    """The front end comes in no more, and any other may take this machine in hand."""
    machine.take_line(wish.keys_file, mark_of(wish.authorized_line))
    machine.wait_for_end(machine.processes("stratus.nodeagent", "ssh-entry"), timeout_s=_AGENT_ENDS_S)
    Path(NodePaths(wish.state_dir).hold).unlink(missing_ok=True)


def _uninstall(wish: Wish, *, packages: bool) -> Brought:
    gone = undoing.uninstall(_journal(wish), clear=lambda: _clear(wish), say=_say, packages=packages)
    return Brought(undone=gone)


def _journal(wish: Wish) -> str:
    return f"{wish.state_dir}/install.json"


def _clear(wish: Wish) -> None:
    argv = (SENT_AGENT, "clear")
    environ = os.environ | {"STRATUSLAB_STATE_DIR": wish.state_dir}
    try:
        done = subprocess.run(
            argv, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_CLEAR_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandFailed(f"the agent does not clear this node: {error}", hint=" ".join(argv)) from error
    if done.returncode != 0:
        raise CommandFailed(f"the agent does not clear this node: {done.stderr.strip()}", hint=" ".join(argv))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
