"""Every option of StratusLab's is accepted, and what does nothing says why."""

from pathlib import Path

import pytest

from stratus.commands.stratuslab.command import Noted
from stratus.commands.stratuslab.names import NAMES, command_of

ROOT = Path(__file__).parents[3]
LISTED = [line.split() for line in Path(__file__).with_name("options.txt").read_text().splitlines() if line[0] != "#"]
NOTED = [(name, each) for name in NAMES for each in command_of(name).params if isinstance(each, Noted)]


def test_every_option_of_every_command_is_declared_under_all_its_words():
    assert {name for name, *_ in LISTED} == set(NAMES)
    for name, *words in LISTED:
        command = command_of(name)
        declared = [set(each.opts) for each in command.params]
        declared.append(set(command.context_settings["help_option_names"]))
        assert any(set(words) <= opts for opts in declared), f"{name} {words}"


# Argon2 is younger than StratusLab.
OURS = {("hash-password", "--format")}


def test_nothing_is_declared_that_stratuslab_did_not_have():
    known = {(name, word) for name, *words in LISTED for word in words}
    for name in NAMES:
        for each in command_of(name).params:
            assert each.param_type_name == "argument" or {(name, word) for word in each.opts} <= known | OURS


@pytest.mark.parametrize(("name", "option"), NOTED, ids=lambda value: getattr(value, "word", value))
def test_what_does_nothing_is_warned_of(name, option, old, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    old.answers = ["alice", "secret", "secret"]
    rest = {"run-instance": ["tiny"], "prepare-context": ["ssh,k.pub"], "install": ["-n", "192.0.2.1"]}.get(
        name, ["7"] if "-instance" in name else []
    )
    value = [] if option.is_flag else ["a value"]
    said = old.words(name, option.word, *value, *rest)
    assert f"stratus-{name}: warning: {option.word} {option.note}\n" in said.err
    old.answers = ["alice", "secret", "secret"]
    assert "warning" not in old.words(name, "-qq", option.word, *value, *rest).err


@pytest.mark.parametrize("option", ["--vm-disks-bus", "--vm-network-model"])
def test_what_happens_anyway_is_not_warned_of(option, old):
    assert "warning" not in old.ok(f"run-instance {option} virtio tiny").err


def test_a_long_option_may_be_cut_short(requests_of):
    (request,) = requests_of("run-instance --num=2 --vola 3 --vm-na web tiny")
    assert (request.count, request.volatile_gib, request.name) == (2, 3, "web")


def test_the_value_of_what_does_nothing_is_its_next_word_whatever_that_is(requests_of):
    (request,) = requests_of("run-instance -p -n --endpoint --number --num 2 tiny")
    assert (request.image, request.count) == ("tiny", 2)


def test_a_cut_that_fits_several_options_is_refused(old):
    said = old("run-instance --c 3 tiny")
    assert said.status == 2 and "--c" in said.err and said.out == ""


def test_a_value_is_never_taken_for_a_cut_option(requests_of):
    (request,) = requests_of("run-instance --context 'A=--num' --num 2 tiny")
    assert (request.context.variables, request.count) == ((("A", "--num"),), 2)


def test_the_page_says_the_same():
    page = (ROOT / "docs/stratuslab-names.md").read_text()
    for name, each in NAMES.items():
        assert f"| `stratus-{name}` |" in page
        assert not each.becomes or f"`{each.becomes}`" in page
    for name, option in NOTED:
        if name != "hash-password":
            assert f"| `{option.word}` | {option.note} |" in page
