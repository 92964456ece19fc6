"""stratus login: try the way in to a cloud, and write it into the configuration."""

import os
import sys
from pathlib import Path

import click

from stratus import output
from stratus.commands.clouds import CLOUDS, Tried, sources_of
from stratus.commands.config.planning import show_plan
from stratus.commands.looks import result_options
from stratus.commands.options import plan_option
from stratus.commands.session import ALONE_S, Session, pass_session
from stratus.config.clouds import clouds_of
from stratus.config.setting import entering
from stratus.errors import BadInput, Conflict, NotFound, UsageError
from stratus.model.endpoint import Endpoint, endpoint_of
from stratus.model.listing import Look
from stratus.model.node import HostKey


@click.command("login")
@click.argument("endpoint", required=False, metavar="[ENDPOINT]")
@click.option("-i", "--key", "key_file", default="", metavar="FILE", help="Your private key; unless told, ssh's own.")
@click.option("--name", default="", help="What to call the cloud; unless told, the name of its host.")
@click.option("--host-key", "said", default="", metavar="SHA256:...", help="The fingerprint of its host key.")
@click.option("--accept-new", is_flag=True, help="Trust the host key that it shows, if none is known yet.")
@plan_option
@result_options(CLOUDS)
@pass_session
def command(
    session: Session,
    endpoint: str | None,
    key_file: str,
    name: str,
    said: str,
    accept_new: bool,
    plan: bool,
    look: Look,
) -> None:
    """Come in to the cloud behind a gate, ssh://[USER@]HOST[:PORT], and select it: later commands go there.

    The gate's host key is shown, asked about and kept. Then the way in is tried, with your agent, your keys and your
    ~/.ssh/config; when it is open, it is written into a section of ~/.stratuslab/stratuslab-user.cfg. Again, and for
    several clouds, as often as you like: -S chooses another one for one command.

    \b
    Examples:
      stratus login ssh://cloud.example.org
      stratus login ssh://cloud.example.org:2200 --name lab -i ~/.ssh/lab --plan
    """
    place = _place(session, endpoint)
    section, kept_key = _section(session, place, name)
    key = _key(key_file) or kept_key
    keys = {"endpoint": str(place), **({"gate_key": key} if key else {})}
    change = entering(sources_of(session), section, keys)
    trusted = _trusted(session, place, said, accept_new or plan)
    if plan:
        output.note(f"its host key would be kept: {trusted.type} {trusted.fingerprint}")
        show_plan(change.path, change.before, change.after, title=f"enter {place}", reveal=False, format=look.document)
        return
    session.gates().pin(place, trusted)
    gate = session.gates().gate(place, key, timeout_s=ALONE_S)
    try:
        welcome = gate.welcome()
    finally:
        gate.close()
    if change.make():
        session.note(f"[{section}] of {change.path} is the selected cloud now; another one for one command: -S NAME")
    output.listing(CLOUDS, [Tried(section, str(place), True, welcome=welcome)], look)


def _place(session: Session, text: str | None) -> Endpoint:
    """The endpoint that was typed, where a host alone will do, or the selected one."""
    given = text or session.preference("endpoint")
    if not given:
        raise UsageError("which cloud?", hint="stratus login ssh://cloud.example.org")
    return endpoint_of(given if "://" in given else f"ssh://{given}")


def _key(text: str) -> str:
    """The private key's file, absolute. Raises NotFound, BadInput."""
    if not text:
        return ""
    path = Path(os.path.abspath(Path(text.removesuffix(".pub")).expanduser()))
    try:
        is_file = path.is_file()
    except ValueError as error:
        raise BadInput(f"{text!r} is no file name") from error
    if not is_file:
        raise NotFound(f"there is no private key {path}", hint="ls ~/.ssh")
    return str(path)


def _section(session: Session, place: Endpoint, name: str) -> tuple[str, str]:
    """The section of that name, or that has this endpoint, or one of the host's name; and the key that it has."""
    known = [each for each in clouds_of(sources_of(session)) if each.name and each.endpoint == str(place)]
    found = next((each for each in known if each.name == name or not name), None)
    return (found.name, found.gate_key) if found else (name or place.host, "")


def _trusted(session: Session, place: Endpoint, said: str, accept_new: bool) -> HostKey:
    """The key that the gate shows, if it is the kept one, the one that was `said`, or is agreed to now."""
    gates = session.gates()
    kept, key = gates.pinned(place), gates.shown(place, timeout_s=ALONE_S)
    shows = f"{place} shows the host key {key.type} {key.fingerprint}"
    if said:
        if said != key.fingerprint:
            raise Conflict(f"{shows}, which is not the one that you gave: {said}; nothing was sent")
        return key
    if kept is not None and kept != key:
        raise Conflict(
            f"THE HOST KEY HAS CHANGED, another machine may pose as it: {shows}, known is {kept.type}"
            f" {kept.fingerprint}; nothing was sent",
            hint=f"ask its administrator; if that is right: stratus login {place} --host-key {key.fingerprint}",
        )
    if kept is None:
        session.note(shows)
        if not accept_new:
            _agree(place, key)
    return key


def _agree(place: Endpoint, key: HostKey) -> None:
    if not sys.stdin.isatty():
        raise UsageError(
            "its host key is not known yet, and there is nobody to ask",
            hint=f"ask its administrator for it, then: stratus login {place} --host-key {key.fingerprint}",
        )
    output.note("its administrator can tell you whether that is the right one")
    click.confirm("Is it?", abort=True, err=True)
