"""The journal of an installation, and taking away what it tells of."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stratus.errors import BadInput, CommandFailed
from stratus.install import journal, machine
from stratus.install.deeds import Folder, Launch, Packages, Run, Write
from stratus.install.ground import Here
from stratus.install.journal import Journal, Made
from stratus.install.this_machine import ThisMachine
from stratus.install.uninstall import plan, uninstall
from stratus.model.codec import encode

SLEEPER = "import signal; print(flush=True); signal.pause()"


HERE = ThisMachine(Here("n1", "root", "root", sys.executable, "true", is_root=True))


def with_agent(folder: Path, condition: str = "") -> tuple[ThisMachine, Path]:
    """This machine with an agent that writes down what it is called for, unless the condition fails; and where."""
    agent, told = folder / "agent", folder / "told"
    agent.write_text(f'#!/bin/sh\n{condition}echo "$1 $STRATUSLAB_STATE_DIR" >> {told}\n')
    agent.chmod(0o755)
    return ThisMachine(dataclasses.replace(HERE.here, agent=str(agent))), told


def ignore(line: str) -> None:
    """Nobody listens."""


def started(code: str) -> subprocess.Popen[bytes]:
    """A Python that runs `code`, which prints a line first: until then its command line may not be there yet."""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout
    with process.stdout:
        process.stdout.readline()
    return process


def write_journal(path: Path, *made: Made) -> None:
    path.write_text(json.dumps(encode(Journal(made))))


def test_only_what_is_not_there_yet_is_made(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    old.mkdir()
    assert HERE.makes(Folder(str(new), 0o755)) == (Made("folder", str(new)),)
    old.chmod(0o750)
    (effect,) = HERE.makes(Folder(str(old), 0o711))
    assert effect.names == ("install", "-d", "-m", "0750", "-o", old.owner(), "-g", old.group(), str(old))
    assert HERE.makes(Write(str(new), "")) == (Made("file", str(new)),)
    assert HERE.makes(Run(("make",), makes=(str(new), str(old)))) == (Made("file", str(new)),)
    assert HERE.makes(Run(("do",), undo=("undo", "it"))) == (Made("effect", "undo it", ("undo", "it")),)
    assert HERE.makes(Launch("d", ("/usr/sbin/d",), "/run/d.pid", forks=True)) == (
        Made("daemon", "d", pid_file="/run/d.pid", program="/usr/sbin/d"),
    )


def test_a_daemon_is_known_by_its_own_program_also_behind_env() -> None:
    argv = ("/usr/bin/env", "STRATUSLAB_CONFIG_DIR=/x", "/opt/python", "-m", "stratus.cli")
    (*_, daemon) = HERE.makes(Launch("dispatcher", argv, "/run/no/such.pid"))
    assert daemon.program == "/opt/python"


def test_packages_of_several_runs_are_gathered() -> None:
    first = Journal().with_made(*HERE.makes(Packages(("a", "b"), refresh=False)))
    both = first.with_made(Made("packages", "packages", ("b", "c")), Made("file", "/x"), Made("file", "/x"))
    assert both.made == (Made("packages", "packages", ("a", "b", "c")), Made("file", "/x"))


def test_a_journal_survives_the_disk_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "install.json"
    assert journal.load(str(path)) == Journal()
    write_journal(path, Made("file", "/x"), Made("packages", "packages", ("a",)))
    assert journal.load(str(path)).made == (Made("file", "/x"), Made("packages", "packages", ("a",)))
    path.write_text("{")
    with pytest.raises(BadInput, match="no journal"):
        journal.load(str(path))


def test_uninstalling_takes_away_what_the_journal_tells_of_and_nothing_else(tmp_path: Path) -> None:
    state, etc = tmp_path / "state", tmp_path / "etc"
    for folder in (state / "instances/1", etc / "sshd"):
        folder.mkdir(parents=True)
    for file in (state / "instances/1/disk", etc / "sshd/ours", etc / "foreign"):
        file.write_text("x")
    path = state / "install.json"
    made = [Made("folder", str(state)), Made("folder", str(etc)), Made("folder", str(etc / "sshd"))]
    write_journal(path, *made, Made("file", str(etc / "sshd/ours")))
    here, cleared = with_agent(tmp_path, f"test -e {path} && ")
    assert uninstall(here, str(path), say=ignore)
    assert cleared.read_text() == f"clear {state}\n"
    assert not state.exists()
    assert [p.name for p in etc.iterdir()] == ["foreign"]
    assert not uninstall(here, str(path), say=ignore)
    assert cleared.read_text() == f"clear {state}\n"


def test_an_interrupted_uninstalling_goes_on_and_does_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "state" / "install.json"
    path.parent.mkdir()
    tally, switch = tmp_path / "tally", tmp_path / "switch"
    count = ("sh", "-c", f"echo once >> {tally}")
    fails = ("sh", "-c", f"test -e {switch}")
    write_journal(
        path, Made("folder", str(path.parent)), Made("effect", "fails", fails), Made("effect", "count", count)
    )
    here, cleared = with_agent(tmp_path)
    with pytest.raises(CommandFailed, match="test -e"):
        uninstall(here, str(path), say=ignore)
    assert [entry.kind for entry in journal.load(str(path)).made] == ["folder", "effect"]
    assert [each.what for each in plan(HERE, str(path), packages=True)] == ["effect", "folder"]
    switch.touch()
    assert uninstall(here, str(path), say=ignore)
    assert (cleared.read_text(), tally.read_text()) == (f"clear {path.parent}\n", "once\n")
    assert not path.parent.exists()


def test_an_installation_after_half_an_uninstalling_is_uninstalled_whole() -> None:
    half = Journal((Made("file", "/x"),)).cleared()
    assert half.is_cleared
    assert not half.with_made(Made("file", "/y")).is_cleared


def test_the_plan_of_uninstalling_shows_the_commands_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "install.json"
    file = tmp_path / "file"
    file.write_text("x")
    write_journal(
        path, Made("packages", "packages", ("mtools", "cpio")), Made("folder", str(tmp_path)), Made("file", str(file))
    )
    lines = [line for each in plan(HERE, str(path), packages=True) for line in each.deeds]
    assert lines[1:] == [f"rm -f {file}", "apt-get purge mtools cpio", f"rm -r {tmp_path}"]
    assert file.exists()


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="dpkg --configure wants root")
def test_packages_that_somebody_has_removed_already_stop_no_uninstalling(tmp_path: Path) -> None:
    path = tmp_path / "state" / "install.json"
    path.parent.mkdir()
    write_journal(path, Made("packages", "packages", ("no-such-package-anywhere",)))
    uninstall(HERE, str(path), say=ignore, packages=True)
    assert not path.exists()


def test_a_log_that_leads_elsewhere_is_not_given_away(tmp_path: Path) -> None:
    elsewhere, log = tmp_path / "elsewhere", tmp_path / "log"
    elsewhere.write_text("somebody's")
    log.symlink_to(elsewhere)
    with pytest.raises(CommandFailed, match="log"):
        machine.launch(("true",), account=("root", "root"), log=str(log))
    assert elsewhere.read_text() == "somebody's"


def test_programs_get_time_to_end_and_are_ended_then() -> None:
    code = f"{SLEEPER}  # the-one-to-end"
    process = started(code)
    try:
        assert machine.processes(sys.executable, code) == (process.pid,)
        machine.wait_for_end((process.pid,), timeout_s=0.0)
        assert machine.processes(sys.executable, code) == ()
    finally:
        process.kill()
        process.wait(timeout=10)


def test_a_daemon_is_stopped_but_not_another_program_with_its_number(tmp_path: Path) -> None:
    process = started(SLEEPER)
    try:
        pid_file = tmp_path / "d.pid"
        pid_file.write_text(str(process.pid))
        path = tmp_path / "install.json"
        write_journal(path, Made("daemon", "d", pid_file=str(pid_file), program="/usr/sbin/libvirtd"))
        uninstall(HERE, str(path), say=ignore)
        assert process.poll() is None
        write_journal(path, Made("daemon", "d", pid_file=str(pid_file), program=sys.executable))
        uninstall(HERE, str(path), say=ignore)
        assert machine.process_fact(process.pid) is None
    finally:
        process.kill()
        process.wait(timeout=10)


def test_a_program_that_ends_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("no such ledger\n")
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(timeout=30)
    with pytest.raises(CommandFailed, match="no such ledger"):
        machine.watch_start(process.pid, str(log))


def test_a_failed_command_shows_its_line_and_its_output() -> None:
    code = "import sys; print('words'); sys.exit(3)"
    with pytest.raises(CommandFailed, match=r"(?s)ended with status 3.*words"):
        machine.run((sys.executable, "-c", code))
    with pytest.raises(CommandFailed, match="is not on this machine"):
        machine.run(("no-such-program-at-all",))


def test_a_program_that_starts_right_after_its_code_was_changed_is_not_older(tmp_path: Path) -> None:
    """The kernel's time of the boot is a whole second: taken for exact, such a program looks up to one too old."""
    for _ in range(3):
        (tmp_path / "code.py").write_text("x")
        process = started(SLEEPER)
        try:
            fact = machine.process_fact(process.pid)
            assert fact is not None
            assert not fact.is_older_than((tmp_path / "code.py").stat().st_mtime)
            assert fact.is_older_than(fact.started_s + 1)
        finally:
            process.kill()
            process.wait()
