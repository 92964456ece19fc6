"""Plans on the installed cloud: each verb carries out its own, and the lines of one do by hand what the verb does."""

import shlex
import subprocess
from pathlib import Path

import pytest

from tests.live.cli import Stratus
from tests.live.lab import Lab, Start
from tests.live.node import leftovers, virsh
from tests.live.plans import carried_out, planned

pytestmark = pytest.mark.live


def test_each_verb_carries_out_its_plan(start: Start, stratus: Stratus) -> None:
    guest = start("verbs", wait="running")
    for verb in ("reboot --hard", "stop --force", "start", "reboot", "kill"):
        plan = planned(stratus, f"{verb} {guest.id}")
        stratus(f"{verb} --wait {guest.id}")
        assert carried_out(guest.history()[-1]["steps"], plan) == plan, verb


def test_the_lines_of_a_start_and_of_a_kill_do_the_same_when_they_are_typed(start: Start, stratus: Stratus) -> None:
    guest = start("by-hand", "--volatile-disk", "1", wait="running")
    stratus(f"stop --force --wait {guest.id}")
    to_start = dict(planned(stratus, f"start {guest.id}"))
    to_kill = planned(stratus, f"kill {guest.id}")

    for title in (f"define {guest.domain}", f"start {guest.domain}"):
        for command in to_start[title]:
            by_hand(command)
    assert virsh("domstate", guest.domain).strip() == "running" and len(leftovers(guest)) >= 6

    for _, commands in to_kill:
        for command in commands:
            by_hand(command)
    assert leftovers(guest) == []
    stratus(f"kill --wait {guest.id}")
    assert guest.states()[-1] == "done"


def test_an_image_comes_and_goes_by_its_plan(lab: Lab, stratus: Stratus, tmp_path: Path) -> None:
    (kept,) = stratus.rows("image show", lab.image)
    disk, name = tmp_path / "disk.qcow2", lab.name("planned")
    by_hand(["qemu-img", "convert", "-f", kept["format"], "-O", "qcow2", kept["path"], str(disk)])
    line = f"image import {disk} --name {name}"

    plan = planned(stratus, line)
    stratus(line)

    (image,) = stratus.rows("image show", name)
    event = stratus(f"image log {name} -o json").json[-1]  # the same content may have been here before
    known = [(title, [[word.replace("IDENTIFIER", image["identifier"]) for word in argv] for argv in commands])
             for title, commands in plan]  # fmt: skip
    assert carried_out(event["steps"], known) == known
    for command in dict(known)["have qemu-img examine it"]:
        by_hand(
            [word.replace(dict(known)["unpack it and take its checksums"][0][-1], image["path"]) for word in command]
        )
    for tool, digest in (("md5sum", "md5"), ("sha512sum", "sha512")):
        assert by_hand([tool, image["path"]]).split()[0] == image[digest]

    gone = planned(stratus, f"image delete {name}")
    stratus(f"image delete {name}")
    assert carried_out(stratus(f"image log {name} -o json").json[-1]["steps"], gone) == gone


def by_hand(command: list[str]) -> str:
    """What a command of a plan prints that is pasted into a shell."""
    line = ["sh", "-c", shlex.join(command)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{shlex.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout
