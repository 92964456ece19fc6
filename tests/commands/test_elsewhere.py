"""Commands that are no commands of ours: programs in PATH, aliases, StratusLab's names; and `stratus help`."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stratus.commands.elsewhere import Elsewhere
from stratus.commands.help import TOPICS

ROOT = Path(__file__).parents[2]
DEADLINE_S = 30


@pytest.fixture
def environ(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / ".stratuslab").mkdir()
    (tmp_path / "bin").mkdir()
    return {
        "PATH": f"{tmp_path}/bin:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "STRATUSLAB_CONFIG_DIR": str(tmp_path / "etc"),
    }


def program(folder, name, text, mode=0o755):
    path = folder / f"stratus-{name}"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(mode)
    return path


def run(environ, *words):
    argv = [sys.executable, "-P", "-m", "stratus.cli", *words]
    return subprocess.run(argv, env=environ, capture_output=True, timeout=DEADLINE_S, check=False)


@pytest.fixture
def aliases(stratus):
    folder = stratus.home / ".stratuslab"
    folder.mkdir()

    def write(*lines):
        (folder / "stratuslab-user.cfg").write_text("\n".join(["[default]", "[alias]", *lines, ""]))
        return str(folder / "stratuslab-user.cfg")

    return write


# Programs in PATH


def test_an_unknown_command_is_a_program_in_path_with_its_arguments_untouched(tmp_path, environ):
    program(tmp_path / "bin", "foo", 'for word; do printf "%s\\n" "<$word>"; done; exit 37')
    words = ["--help", "-o", "", "two words", "$(touch x)", "'", "a\nb", b"\xff"]
    ended = run(environ, "foo", *words)
    printed = b"".join(b"<%s>\n" % (word if isinstance(word, bytes) else word.encode()) for word in words)
    assert (ended.returncode, ended.stdout, ended.stderr) == (37, printed, b"")


def test_a_program_that_dies_of_a_signal_dies_of_it_here(tmp_path, environ):
    program(tmp_path / "bin", "foo", "kill -TERM $$")
    assert run(environ, "foo").returncode == -signal.SIGTERM


def test_a_program_is_not_left_deaf_to_a_broken_pipe(tmp_path, environ):
    program(tmp_path / "bin", "foo", "kill -PIPE $$; echo deaf")
    assert run(environ, "foo").returncode == -signal.SIGPIPE


def test_the_environment_tells_a_program_the_options_before_it(tmp_path, environ):
    program(tmp_path / "bin", "foo", 'echo "$STRATUSLAB_USER_CONFIG_SECTION $STRATUSLAB_NAT_NETWORK $STRATUSLAB_KEY"')
    ended = run(environ, "-S", "lab", "-c", "nat_network=10.1.2.0", "-c", "user_public_key_file=k.pub", "foo")
    assert ended.stdout == b"lab 10.1.2.0 k.pub\n"


def test_a_setting_of_no_key_starts_no_program(tmp_path, environ):
    program(tmp_path / "bin", "foo", "echo started")
    ended = run(environ, "-c", "nonsense=1", "foo")
    assert (ended.returncode, ended.stdout) == (12, b"")


def test_a_program_that_cannot_be_executed_is_an_error_that_names_it(tmp_path, environ):
    path = program(tmp_path / "bin", "foo", "")
    path.write_text("#!/nowhere/sh\n")
    ended = run(environ, "foo")
    assert ended.returncode == 11
    assert ended.stderr.decode() == f"stratus: {path} cannot be run: No such file or directory\n  try: file {path}\n"


def test_folders_files_without_permission_and_relative_places_in_path_do_not_count(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "stratus-folder").mkdir()
    program(tmp_path / "one", "locked", "", 0o644)
    program(tmp_path, "here", "")
    second = program(tmp_path / "two", "locked", "")
    (tmp_path / "one" / "stratus-dangling").symlink_to("nowhere")
    elsewhere = Elsewhere({"PATH": f"{tmp_path}/one::.:two:{tmp_path}/none:{tmp_path}/two"})
    assert elsewhere.programs() == {"locked": str(second)}
    assert elsewhere.program("locked") == str(second)
    for name in ("folder", "here", "dangling", "", "../two/stratus-locked", "a\0b", "x" * 5000):
        assert elsewhere.program(name) is None


def test_a_program_hides_neither_a_command_nor_a_name_of_stratuslab(tmp_path, environ):
    for name in ("describe", "hash-password", "nodeagent"):
        program(tmp_path / "bin", name, "echo hidden")
    assert run(environ, "describe", "--help").stdout.startswith(b"Usage: stratus describe")
    assert run(environ, "hash-password", "--help").stdout.startswith(b"Usage: stratus-hash-password")
    assert Elsewhere(environ).programs() == {"describe": str(tmp_path / "bin" / "stratus-describe")}


# StratusLab's names


def test_a_hyphenated_name_works_behind_stratus_too(stratus):
    stratus.site.run(name="web")
    told = stratus.ok("describe-instance")
    assert told.out.startswith("id  state     vcpu memory    cpu% host/ip") and told.out.endswith(" web \n")


def test_the_options_before_a_hyphenated_name_count(stratus):
    assert stratus("-c nat_netwrok=1 describe-instance").status == 12
    said = stratus.ok("-q run-instance tiny")
    assert said.out == "1, 172.30.16.2\n"


# Aliases


def test_an_alias_stands_for_its_words_and_takes_more(stratus, aliases):
    aliases("ll = describe -o json", 'named = describe "a b"')
    stratus.site.run(name="web")
    assert [each["name"] for each in stratus.ok("ll").json] == ["web"]
    assert stratus.ok("ll web").json[0]["name"] == stratus.ok("LL --all").json[0]["name"] == "web"
    assert stratus("named").err == "stratus: no instance 'a b'\n  try: stratus describe\n"


def test_an_alias_may_have_options_before_its_command_and_lead_to_another(stratus, aliases):
    aliases("quick = -q up", "up = run tiny")
    assert stratus.ok("quick").out == "1, 172.30.16.2\n"


def test_an_error_behind_an_alias_is_in_the_format_that_the_alias_asks_for(stratus, aliases):
    aliases("ll = describe -o json")
    said = stratus("ll nothing")
    assert said.status == 3 and said.err.startswith('{"code": "NotFound"')


def test_an_alias_hides_no_command(stratus, aliases):
    path = aliases("describe = kill")
    assert stratus.ok("describe -o json").json == []
    said = stratus("config check")
    assert (said.status, said.out.splitlines()[0]) == (
        0,
        f"warning: {path}:3: describe: has no effect: a command has this name",
    )
    for name in ("kill", "run-instance"):
        said = stratus(f"config -s alias {name} describe")
        assert (said.status, said.err.splitlines()[0]) == (
            8,
            f"stratus: {name} is a command, and an alias cannot hide it",
        )


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["a = b", "b = a"], "3: alias a: it comes back to itself: a -> b -> a"),
        (["a = b", "b = c", "c = b"], "4: alias b: it comes back to itself: b -> c -> b"),
        (["a = -q a"], "3: alias a: it comes back to itself: a -> a"),
        (["a = describe 'web"], "3: alias a: its quotes do not close (no closing quotation)"),
        (["b = describe", "a ="], "4: alias a: it stands for nothing"),
        (
            ["a = !rm -rf /"],
            "3: alias a: nothing goes through a shell; put a program called stratus-NAME in PATH instead",
        ),
    ],
)
def test_an_alias_that_leads_nowhere_is_an_error_with_its_file_and_line(stratus, aliases, lines, said):
    path = aliases(*lines)
    ended = stratus("a")
    assert (ended.status, ended.out) == (12, "")
    assert ended.err.splitlines()[0] == f"stratus: {path}:{said}"


def test_a_file_that_cannot_be_read_is_told_where_it_could_have_an_alias(stratus, aliases):
    path = aliases("nonsense")
    assert stratus("ll").err.startswith(f"stratus: {path}:3: ")
    assert stratus("help").status == 12 and stratus.ok("describe --help")


def test_aliases_are_set_shown_and_taken_away_as_keys_are(stratus):
    stratus.ok("config -s alias LL", "describe -o wide")
    assert stratus.ok("config -s alias ll").out == "describe -o wide\n"
    assert stratus.ok("config --keys").out.endswith(
        "[alias]\nkey  value             default\nll   describe -o wide  -\n"
    )
    (row,) = stratus.ok("config --keys -s alias -o json").json
    assert (row["section"], row["key"], row["value"]) == ("alias", "ll", "describe -o wide")
    assert row["origin"].endswith("stratuslab-user.cfg:6")
    stratus.ok("config -s alias --unset ll")
    said = stratus("config -s alias ll")
    assert (said.status, said.err) == (3, "stratus: there is no alias ll\n  try: stratus config --keys -s alias\n")


@pytest.mark.parametrize("value", ["describe 'web", "!ls", '""'])
def test_an_alias_that_leads_nowhere_is_not_set(stratus, value):
    said = stratus.words("config", "-s", "alias", "a", value if value != '""' else "")
    assert said.status == 8 and not (stratus.home / ".stratuslab").exists()


def test_the_name_of_an_alias_is_a_word(stratus):
    for name in ("two words", "-x", "a/b"):
        said = stratus.words("config", "-s", "alias", "--", name, "describe")
        assert said.status == 8 and "no command can have this name" in said.err


def test_aliases_and_programs_are_among_what_a_typing_error_may_mean(stratus, aliases, tmp_path):
    aliases("overview = describe")
    program(tmp_path, "backup", "")
    stratus.environ = {**stratus.environ, "PATH": str(tmp_path)}
    assert stratus("overveiw").err.endswith("  try: stratus overview\n")
    assert stratus("bakcup").err.endswith("  try: stratus backup\n")


# help


def test_help_lists_commands_names_programs_and_aliases_apart(stratus, aliases, tmp_path):
    aliases("ll = describe")
    path = program(tmp_path, "back\x1b[31mup", "")
    stratus.environ = {**stratus.environ, "PATH": str(tmp_path)}
    told = stratus.ok("help").out
    assert told.startswith(stratus.ok("--help").out)
    assert "\nStratusLab's names:\n  run-instance " in told
    assert f"\nPrograms in PATH:\n  back\\x1b[31mup  {str(path)[:-9]}" in told and "\x1b" not in told
    assert told.endswith("\nAliases:\n  ll  describe\n")


@pytest.mark.parametrize(
    ("words", "command"), [("run", "run"), ("image import", "image import"), ("help", "help"), ("image", "image")]
)
def test_help_of_a_command_is_what_the_command_says_of_itself(stratus, words, command):
    assert stratus.ok(f"help {words}").out == stratus.ok(f"{command} --help").out


def test_help_of_an_old_name_an_alias_and_a_program(stratus, aliases, tmp_path):
    aliases("ll = describe -o wide")
    path = program(tmp_path, "backup", "echo started")
    stratus.environ = {**stratus.environ, "PATH": str(tmp_path)}
    assert stratus.ok("help run-instance").out == stratus.ok("run-instance --help").out
    assert stratus.ok("help ll").out == "ll is an alias of: describe -o wide\n"
    assert stratus.ok("help backup").out == f"backup is {path}\n"


@pytest.mark.parametrize(
    ("words", "hint"), [("rnu", "stratus run"), ("image lsit", "stratus image list"), ("run now", "stratus run --help")]
)
def test_help_of_what_is_no_command_names_the_nearest(stratus, words, hint):
    said = stratus(f"help {words}")
    assert (said.status, said.err.splitlines()[-1]) == (2, f"  try: {hint}")


def test_the_topics_are_the_pages_that_are_no_commands():
    pages = {path.name for path in (ROOT / "man").iterdir() if path.suffix not in (".1", ".txt")}
    assert {page for page, _ in TOPICS.values()} == pages


def test_a_topic_is_read_as_its_page(tmp_path, environ):
    man = tmp_path / "bin" / "man"
    man.write_text('#!/bin/sh\necho "man $@"\n')
    man.chmod(0o755)
    assert run(environ, "help", "nodeagent").stdout.decode() == f"man {ROOT}/man/stratus-nodeagent.8\n"
    assert run(environ, "help", "run").stdout.startswith(b"Usage: stratus run")  # this is no terminal


def test_without_man_a_topic_is_an_error_that_tells_what_else_there_is(environ):
    ended = run({**environ, "PATH": "/nowhere"}, "help", "stratuslab.cfg")
    assert (ended.returncode, ended.stdout) == (3, b"")
    assert ended.stderr.endswith(b"  try: stratus config --keys\n")


def test_on_a_terminal_help_of_a_command_opens_its_page(tmp_path, environ):
    import pexpect

    man = tmp_path / "bin" / "man"
    man.write_text('#!/bin/sh\necho "page $1"; test "${1##*/}" != stratus-kill.1\n')
    man.chmod(0o755)
    for word, shown in (("run", "page .*/man/stratus-run.1"), ("kill", "Usage: stratus kill")):
        child = pexpect.spawn(
            sys.executable, ["-P", "-m", "stratus.cli", "help", word], env=environ, timeout=DEADLINE_S
        )
        child.expect(shown)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0
