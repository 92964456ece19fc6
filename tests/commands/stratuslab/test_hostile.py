"""Words that want to be more than words, through every option that takes one."""

import pytest

from stratus.commands.stratuslab.__main__ import new_session
from stratus.commands.stratuslab.command import Noted
from stratus.commands.stratuslab.names import NAMES, command_of
from tests.commands.test_hostile import WORDS, harmless

HOLES = [
    (name, each.opts[-1])
    for name in NAMES
    if name not in ("hash-password",)
    for each in command_of(name).params
    if each.param_type_name == "option" and not each.is_flag and not each.count and not isinstance(each, Noted)
]
STATUSES = (0, 1, 2, 3, 4, 5, 8, 9, 12)


@pytest.mark.parametrize(("name", "option"), HOLES, ids=lambda value: value)
@pytest.mark.slow
def test_a_value_is_a_value(old, tmp_path, monkeypatch, name, option):
    (tmp_path / "a/b/c").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a/b/c")
    rest = ["--", "tiny"] if name == "run-instance" else ["--", "7"] if name.endswith("-instance") else []
    for what, word in WORDS.items():
        said = old.words(name, f"{option}={word}", *rest)
        assert said.status in STATUSES, (what, said)
        assert harmless(said.out.replace("\t", "")) and harmless(said.err), (what, said)


@pytest.mark.parametrize("name", ["run-instance", "describe-instance", "kill-instance", "connect-instance"])
def test_what_does_nothing_does_nothing_with_any_value(old, name):
    noted = [each for each in command_of(name).params if isinstance(each, Noted) and not each.is_flag]
    for what, word in WORDS.items():
        said = old.words(name, *(f"{each.word}={word}" for each in noted), "--", "none")
        assert said.status in (3, 12), (what, said)
        assert all(f"warning: {each.word} " in said.err for each in noted)
        assert harmless(said.out.replace("\t", "")) and harmless(said.err), (what, said)


@pytest.mark.parametrize("option", ["-c", "-S"])
def test_a_file_or_section_of_the_configuration_is_a_name(old, option, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STRATUSLAB_STATE_DIR", str(tmp_path / "state"))
    old.new_session = new_session
    for what, word in WORDS.items():
        said = old.words("run-instance", "--list-types", option, word)
        assert said.status in (0, 12), (what, said)
        assert harmless(said.out) and harmless(said.err), (what, said)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"hash-password", "copy-config"}))
def test_an_argument_is_an_argument(old, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    for what, word in WORDS.items():
        said = old.words(name, "-v", "--", word)
        assert said.status in STATUSES, (what, said)
        assert harmless(said.out) and harmless(said.err), (what, said)


def test_a_file_of_ids_may_hold_anything(old, tmp_path):
    (tmp_path / "ids").write_bytes(b"\xff\x00$(reboot)\n\x1b[31m\n../../x\n\xe2\x80\xae1\n")
    said = old(f"kill-instance -v -i {tmp_path}/ids")
    assert said.status in (3, 8) and harmless(said.out) and harmless(said.err)


def test_any_name_and_password_are_hashed_or_refused(old):
    for word in WORDS.values():
        old.answers = [word, word, word]
        said = old("hash-password")
        assert said.status in (0, 8) and harmless(said.out) and harmless(said.err)
