"""The installer on a machine that it was sent to: the same checks, steps and journal as `stratus install` has at home.

An Errand comes in on standard input; what was found and done goes out as one line of JSON, progress before it to
standard error."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import stratus
from stratus.errors import BadInput, Conflict, Denied, StratusError
from stratus.install import apply, machine
from stratus.install import uninstall as undoing
from stratus.install.apply import Hooks
from stratus.install.checks import judge
from stratus.install.checks.verdict import FAILED
from stratus.install.errand import Brought, Errand
from stratus.install.facts import Wish
from stratus.install.ground import Here
from stratus.install.steps.access import mark_of
from stratus.install.this_machine import ThisMachine
from stratus.model.codec import decode, encode
from stratus.model.paths import SENT_AGENT, NodePaths

_AGENT_ENDS_S = 1.0  # there is nothing that it could be at work on
_HERE = ThisMachine(Here("", "root", "root", sys.executable, SENT_AGENT, is_root=True))


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
            return Brought(undone=undoing.plan(_HERE, wish.journal, packages=errand.packages))
        case "uninstall":
            return _uninstall(wish, packages=errand.packages)
    raise BadInput(f"{errand.verb!r} is no errand")


def _hooks(wish: Wish) -> Hooks:
    """Nobody but the front end knows its ledger; and the key is the one that it sent."""
    again = f"stratus node add {wish.node_name}"
    return Hooks(_HERE, authorized_line=lambda key: wish.authorized_line, enroll=lambda: None, again=again)


def _planned(wish: Wish) -> Brought:
    facts, wish = apply.look(wish, _hooks(wish))
    return Brought(judge(facts, _HERE.survey(wish), wish), apply.plan(wish, _hooks(wish)))


def _install(wish: Wish, *, force: bool) -> Brought:
    if Path(wish.front_end.private_key).exists():
        raise Conflict("this machine is a front end itself", hint="on it: stratus uninstall; or add another machine")
    facts, wish = apply.look(wish, _hooks(wish))
    verdicts = judge(facts, _HERE.survey(wish), wish)
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
    gone = undoing.uninstall(_HERE, wish.journal, say=_say, packages=packages)
    return Brought(undone=gone)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
