"""Real shells on a terminal: what is completed there, and that nothing of it is ever evaluated."""

import shutil
import subprocess

import pexpect
import pytest

from stratus.commands.completion import SHELLS, script

pytestmark = pytest.mark.slow
DEADLINE_S = 60
HOSTILE = 'zz $(touch pwned) `touch pwned` it\'s "co:lon" ; * & \\'
START = {
    "bash": (
        ["--norc", "--noprofile", "-i"],
        "source <(stratus completion bash); PS1='READY> '; bind 'set bell-style none'",
    ),
    "zsh": (["-f", "-i"], "PS1='READY> '; autoload -Uz compinit; compinit -u; source <(stratus completion zsh)"),
    "fish": (["--no-config", "-i"], "stratus completion fish | source; function fish_prompt; echo 'READY> '; end"),
}


@pytest.fixture(params=SHELLS)
def terminal(request, site):
    site.program()
    site.call(HOSTILE, "one two")
    words, line = START[request.param]
    assert shutil.which(request.param), f"{request.param} is missing; run: bin/bootstrap --tests"
    child = pexpect.spawn(
        request.param,
        words,
        env=site.environ,
        cwd=str(site.folder),
        timeout=DEADLINE_S,
        encoding="utf-8",
        dimensions=(40, 200),
    )
    child.shell = request.param
    child.sendline(line)
    child.sendline("stratus 'set' up")
    child.expect_exact("<set><up>.")
    child.expect_exact("READY> ")
    yield child
    child.close(force=True)


def typed(child, text):
    """The arguments that stratus gets when this has been typed, with its tabs, and the line is ended."""
    child.send(text)
    child.send("\r")
    child.expect(r"((?:<[^\r\n]*>)+)\.\r?\n")
    return child.match[1]


def test_names_options_and_choices_are_completed(terminal):
    assert typed(terminal, "stratus kill we\t") == "<kill><web>"
    assert typed(terminal, "stratus insta\t-o js\t") == "<install><-o><json>"
    assert typed(terminal, "stratus run --wait=s\ttiny") == "<run><--wait=ssh><tiny>"


def test_a_name_that_needs_quotes_gets_them_and_nothing_is_evaluated(terminal, site):
    assert typed(terminal, "stratus kill one\t") == "<kill><one two>"
    assert typed(terminal, "stratus kill zz\t") == f"<kill><{HOSTILE}>"
    assert typed(terminal, "stratus kill 'one\t") == "<kill><one two>"
    assert typed(terminal, "stratus kill $(touch\\ pwned\t\x15stratus end") == "<end>"
    assert not (site.folder / "pwned").exists()


def test_files_are_completed_where_an_option_takes_one(terminal, site):
    (site.folder / "my key.pub").write_text("")
    assert typed(terminal, "stratus run --key my\t") == "<run><--key><my key.pub>"


def test_where_nothing_is_known_the_terminal_stays_as_it_is(terminal, site):
    site.ledger.unlink()
    assert typed(terminal, "stratus kill we\t") == "<kill><we>"


def test_the_script_of_bash_is_clean():
    done = subprocess.run(
        ["shellcheck", "-s", "bash", "-"],
        input=script("bash"),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_names_every_command_that_it_completes(shell):
    text = script(shell)
    assert "stratus stratus-run-instance " in text and "@NAMES@" not in text
