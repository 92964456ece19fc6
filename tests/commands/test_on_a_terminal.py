"""What asks, or hands the terminal on: typed on a real one, by somebody who hesitates, agrees, or presses Ctrl-C."""

import os
import stat
import sys
from pathlib import Path

import pexpect
import pytest

pytestmark = pytest.mark.slow  # processes that start all of the program
ROOT = str(Path(__file__).parents[2])
DEADLINE_S = 60
CTRL_C = "\x03"
# The shell of a cloud in memory; its ledger is a file, so that the first line may prepare what the second one finds.
CLOUD = (
    "import sys; from pathlib import Path; from stratus import cli; from tests.commands.conftest import Terminal; "
    "terminal = Terminal(Path(sys.argv[1])); terminal.ok('run tiny --name web --ram 16 --swap 0 --wait'); "
    "sys.exit(cli.run(sys.argv[2:], given=cli.Given(terminal.environ, terminal.open)))"
)


class Person:
    """Somebody at a terminal, with a configuration of their own."""

    def __init__(self, folder: Path):
        self.folder, self.bin = folder, folder / "bin"
        self.bin.mkdir()
        self.environ = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "PYTHONPATH": ROOT,
            "HOME": str(folder),
            "STRATUSLAB_CONFIG_DIR": str(folder / "etc"),
            "STRATUSLAB_STATE_DIR": str(folder / "state"),
            "TMPDIR": str(folder),
            "TERM": "dumb",
        }
        self.child = None

    def program(self, name: str, text: str) -> None:
        """A program of this name that is found first."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def types(self, *words: str, module: str = "stratus.cli") -> None:
        self._start(["-P", "-m", module, *words])

    def types_to_a_cloud(self, *words: str) -> None:
        (self.folder / "cloud").mkdir()
        self._start(["-P", "-c", CLOUD, str(self.folder / "cloud"), *words])

    def sees(self, text: str) -> None:
        self.child.expect_exact(text)

    def answers(self, text: str) -> None:
        self.child.sendline(text)

    def presses(self, key: str) -> None:
        self.child.send(key)

    def ends(self) -> tuple[int, str]:
        """The status, and what was seen since the last look."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus, self.child.before

    def _start(self, argv):
        self.child = pexpect.spawn(
            sys.executable, argv, env=self.environ, encoding="utf-8", timeout=DEADLINE_S, dimensions=(40, 200)
        )


@pytest.fixture
def person(tmp_path):
    (tmp_path / "etc").mkdir()
    person = Person(tmp_path)
    yield person
    if person.child is not None:
        person.child.close(force=True)


@pytest.mark.parametrize(
    ("words", "handed_on"),
    [
        ((), ["root", "172.30.16.2"]),
        (("-u", "alice"), ["alice", "172.30.16.2"]),
        (("--user", "alice", "--", "uname", "-a"), ["alice", "172.30.16.2", "--", "uname", "-a"]),
        (("-k", "my key"), ["root", "172.30.16.2"]),
        (("--key", "my key"), ["root", "172.30.16.2"]),
    ],
)
def test_connect_becomes_ssh_with_its_status_and_its_terminal(person, words, handed_on):
    person.program("ssh", 'test -t 0 && for word; do echo "<$word>"; done\nexit 7')
    person.types_to_a_cloud("connect", "web", *words)
    status, said = person.ends()
    given = [line[1:-1] for line in said.splitlines() if line.startswith("<")]
    assert status == 7 and given[given.index("-l") + 1 :] == handed_on
    assert ('IdentityFile="my key"' in given) == ("my key" in words)


def test_what_is_edited_takes_the_place_of_the_file_and_the_editor_has_the_terminal(person):
    person.program("editor", 'printf "value? "; read value; echo "[nat]\nnat_network = $value" > "$1"')
    person.environ["EDITOR"] = "editor"
    person.types("config", "edit", "--site")
    person.sees("value? ")
    person.answers("10.9.8.0")
    status, said = person.ends()
    assert status == 0 and "stratuslab.cfg is changed" in said
    assert (person.folder / "etc/stratuslab.cfg").read_text() == "[nat]\nnat_network = 10.9.8.0\n"


def test_what_is_edited_wrongly_is_kept_aside_and_told(person):
    person.program("editor", 'echo "[nat]\nnat_network = nowhere" > "$1"')
    person.environ["VISUAL"] = "editor"
    person.types("config", "edit", "--site")
    status, said = person.ends()
    assert status == 12 and "was not changed: the text has errors" in said
    assert not (person.folder / "etc/stratuslab.cfg").exists()


def test_ctrl_c_in_the_editor_changes_nothing(person):
    person.program("editor", 'trap "exit 3" INT; echo begun; while :; do sleep 1; done')
    person.environ["EDITOR"] = "editor"
    person.types("config", "edit", "--site")
    person.sees("begun")
    person.presses(CTRL_C)
    status, _ = person.ends()
    assert status in (11, 130) and not (person.folder / "etc/stratuslab.cfg").exists()


def test_a_password_is_asked_for_unseen_and_twice(person):
    person.types("stratus-hash-password", module="stratus.commands.stratuslab")
    for question, answer in (("username:", "alice"), ("password:", "secret"), ("retype password:", "secret")):
        person.sees(question)
        person.answers(answer)
    status, said = person.ends()
    assert status == 0 and "secret" not in said
    assert said.replace("\r", "").strip().splitlines() == [
        "MD5:5ebe2294ecd0e0f08eab7690d2a6ee69",
        "CRYPT:alLeJsGsRtpcA",
    ]


def test_ctrl_c_at_the_question_for_a_password_is_130(person):
    person.types("stratus-hash-password", module="stratus.commands.stratuslab")
    person.sees("username:")
    person.answers("alice")
    person.sees("password:")
    person.presses(CTRL_C)
    status, said = person.ends()
    assert status == 130 and said.replace("\r", "").strip() == "interrupted"


@pytest.mark.live  # as root, but nothing is agreed to
class TestRoot:
    """What changes this machine asks before it does."""

    @pytest.mark.parametrize("answer", ["n", "", CTRL_C])
    def test_an_installation_that_is_not_agreed_to_changes_nothing(self, person, answer):
        person.types("install")
        person.sees("Do this? [y/N]: ")
        assert_declined(person, answer)
        assert list((person.folder / "etc").iterdir()) == []
        assert not (person.folder / "state").exists()

    def test_a_machine_that_is_not_fit_is_asked_about_only_by_force(self, person):
        (person.folder / "etc/stratuslab.cfg").write_text("[nat]\nnat_network = 127.0.0.0\n")
        person.types("install", "-y")
        status, said = person.ends()
        assert status == 4 and "this machine is not fit for it yet; nothing was changed" in said
        person.types("install", "--force")
        person.sees("failed: ranges: ")
        person.sees("Do this? [y/N]: ")
        person.answers("n")
        assert person.ends()[0] == 0
        assert not (person.folder / "state").exists()

    @pytest.mark.parametrize("answer", ["n", "", CTRL_C])
    def test_an_uninstallation_that_is_not_agreed_to_changes_nothing(self, person, answer):
        person.types("uninstall", "--packages")
        person.sees("Go on? [y/N]: ")
        assert_declined(person, answer)

    def test_where_nothing_was_installed_there_is_nothing_to_take_away(self, person):
        person.types("uninstall", "-y")
        assert person.ends() == (0, "nothing was installed here\r\n")

    def test_stratuslab_s_name_for_it_tells_this_machine_from_others(self, person):
        for option in ("-n", "--node"):
            person.types("stratus-install", option, "240.0.0.1", module="stratus.commands.stratuslab")
            status, said = person.ends()
            assert status == 9 and "240.0.0.1" in said
        person.types("stratus-install", "--version", module="stratus.commands.stratuslab")
        status, said = person.ends()
        assert status == 0 and said.startswith("stratus-install ")


def assert_declined(person, answer):
    person.presses(CTRL_C) if answer == CTRL_C else person.answers(answer)
    status, said = person.ends()
    last = said.replace("\r", "").strip().splitlines()[-1]
    assert (status, last) == ((130, "interrupted") if answer == CTRL_C else (0, "nothing was changed"))
