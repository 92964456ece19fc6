"""What a line may go on with: commands, options, choices, and the names of things."""

import os

import pytest

from stratus import cli
from tests.commands.conftest import flushed


def test_commands_names_of_stratuslab_programs_and_aliases(site):
    site.user_file("[default]\n[alias]\ndaily = describe -o json\n")
    (site.folder / "bin" / "stratus-deploy").write_text("")
    (site.folder / "bin" / "stratus-deploy").chmod(0o755)
    _, found = site.answer("d")
    assert found["describe"] == "show instances" and found["daily"] == "describe -o json"
    assert {"dispatch", "describe-instance"} < set(found) and "deploy" in found
    assert "run-instance" not in site.answer("")[1]
    assert set(site.answer("image", "im")[1]) == {"import"}


def test_options_but_not_those_that_stand_there_already(site):
    _, found = site.answer("kill", "--plan", "--")
    assert {"--wait", "--timeout", "--output"} <= set(found) and "--plan" not in found
    assert site.answer("kill", "--ti")[1] == {"--timeout": "How long to wait; 300 unless told."}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("describe", "-o", "js"), ["json"]),
        (("describe", "--output=js"), ["--output=json"]),
        (("run", "--wait=s"), ["--wait=ssh"]),
        (("kill", "--wait", "w"), ["web"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
        (("run", "-t", "m1.s"), ["m1.small"]),
        (("-c", "nat=true", "-c", "nat_network=10.1.2.0", "run", "--network", "l"), ["local"]),
        (("describe", "--state", "ru"), ["running"]),
        (("wait", "--for", "ss"), ["ssh"]),
        (("-c", "nat_netwo"), ["nat_network=", "nat_network_interface="]),
        (("-c", "nat=t"), ["nat=true"]),
        (("config", "nat_netm"), ["nat_netmask"]),
        (("config", "nat", ""), ["true", "false"]),
        (("config", "che"), ["check"]),
        (("config", "-s", "dh"), ["dhcp"]),
        (("nothing-of-ours", ""), []),
    ],
    ids=" ".join,
)
def test_values(site, words, found):
    assert sorted(site.answer(*words)[1]) == sorted(found)


def test_instances_by_name_with_their_state_and_by_number_once_a_digit_is_typed(site):
    kind, found = site.answer("kill", "")
    assert (kind, set(found)) == ("words", {"web", "db"})
    assert found["web"].endswith(", tiny on node1") and found["web"].split(",")[0] in (
        "pending",
        "prolog",
        "boot",
        "running",
    )
    assert set(site.answer("kill", "web", "")[1]) == {"db"}
    assert site.answer("kill", "2")[1]["2"].startswith("db, ")
    assert set(site.answer("log", "w")[1]) == {"web"}


def test_images_by_name_and_identifier_or_files(site):
    ((name, identifier),) = site.answer("run", "")[1].items()
    assert name == "tiny" and len(identifier) == 27
    assert site.answer("run", identifier[:5])[1] == {identifier: "tiny"}
    assert site.answer("image", "import", "./")[0] == site.answer("run", "./")[0] == "files"


def test_files_where_a_parameter_takes_a_file(site):
    for words in (("run", "--key", ""), ("run", "--context-file=x"), ("connect", "-k", "")):
        assert site.answer(*words) == ("files", {})


def test_the_sections_of_the_user_behind_S_and_the_line_s_own_configuration(site, tmp_path):
    site.user_file("[default]\n[lab]\n[alias]\n[instance_types]\nmy.type = 1, 512, 0\n")
    assert site.answer("-S", "") == ("words", {"lab": ""})
    assert site.answer("run", "-t", "my") == ("words", {"my.type": "1 CPU, 512 MiB"})
    assert site.answer("-c", f"state_dir={tmp_path}/nowhere", "config", "nat_netm")[1]


def test_the_hyphenated_names_complete_as_commands_and_behind_stratus(site):
    _, found = site.answer("kill-instance", "")
    assert set(found) == {"web", "db", "1", "2"}
    assert "--list-types" in site.answer("run-instance", "--list-t")[1]
    assert site.answer("run-instance", "--version", "t") == site.answer("run-instance", "t")


def test_an_alias_completes_as_what_it_stands_for(site):
    site.user_file("[default]\n[alias]\nend = stop-all\nstop-all = -q kill --wait\nloop = loop\n")
    assert set(site.answer("end", "")[1]) == {"web", "db"}


def ask(site, *words):
    """What a shell gets: the answer, and what would be seen on the terminal."""
    import contextlib
    import io

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        cli.run(["--complete", *words], given=cli.Given(site.environ))
    return tuple(stream.buffer.getvalue().decode() for stream in map(flushed, (out, err)))


def no_ledger(site):
    site.ledger.unlink()


def ledger_of_somebody_else(site):
    site.ledger.write_bytes(b"\0" * 4096)


def broken_site(site):
    (site.folder / "etc" / "stratuslab.cfg").write_text("nonsense\n")


def broken_user(site):
    site.user_file("nonsense\n")


def no_folder(site):
    (site.folder / "etc" / "stratuslab.cfg").write_text("[general]\nstate_dir = /proc/none\n")


@pytest.mark.parametrize("trouble", [no_ledger, ledger_of_somebody_else, broken_site, broken_user, no_folder])
def test_where_nothing_can_be_known_nothing_is_said_and_nothing_is_made(site, trouble):
    trouble(site)
    before = sorted(map(str, site.folder.rglob("*")))
    assert ask(site, "bash", "stratus kill ", "") in (("", ""), ("words\n", ""))
    assert ask(site, "zsh", "stratus", "kill", "--pl")[0].startswith("words\n--plan")
    assert sorted(map(str, site.folder.rglob("*"))) == before


@pytest.mark.parametrize(
    "words", [(), ("bash",), ("tcsh", "x"), ("zsh",), ("zsh", "stratus"), ("bash", "", ""), ("zsh", "", "\0")]
)
def test_an_answer_to_nonsense_is_no_answer(site, words):
    out, err = ask(site, *words)
    assert err == "" and "Traceback" not in out


def test_a_look_changes_nothing_while_the_ledger_is_in_use_and_while_it_is_not(site):
    from stratus.drivers.ledger.sqlite import SqliteLedger

    def state():
        return {path.name: (path.stat().st_mtime_ns, path.stat().st_size) for path in site.ledger.parent.iterdir()}

    before = state()
    assert "web" in site.answer("kill", "")[1]
    assert state() == before and len(before) == 1
    using = SqliteLedger(site.ledger)
    site.call("late")
    before = state()
    assert "late" in site.answer("kill", "")[1]
    assert {name: size for name, (_, size) in state().items()} == {name: size for name, (_, size) in before.items()}
    using.close()


def test_a_name_that_no_terminal_could_show_is_no_candidate(site):
    site.call("w\x1b[31m", "w\nx", "w\u202ex", "w\tx", "wé")
    assert set(site.answer("kill", "w")[1]) == {"web", "wé"}


def test_a_description_is_one_short_line(site):
    _, found = site.answer("config", "")
    assert max(map(len, found.values())) <= 70 and all(text.isprintable() for text in found.values())


def test_one_question_to_the_ledger(site):
    from stratus.actions import glance
    from stratus.drivers.ledger.sqlite import SqliteLedger

    class Counting(SqliteLedger):
        asked = 0

        def find(self, *args, **more):
            self.asked += 1
            return super().find(*args, **more)

    for look in (glance.instances, glance.images, glance.nodes):
        ledger = Counting(site.ledger, read_only=True)
        assert look(ledger) and ledger.asked == 1
        ledger.close()


def test_completing_loads_nothing_heavy(site):
    import subprocess
    import sys

    program = (
        "import sys; from stratus import cli; status = cli.run(sys.argv[1:]);"
        "sys.stderr.write('\\n'.join(sys.modules)); sys.exit(status)"
    )
    argv = [sys.executable, "-P", "-c", program, "--complete", "bash", "stratus kill w", ""]
    done = subprocess.run(argv, env=site.environ, capture_output=True, text=True, timeout=60, check=False)
    loaded = set(done.stderr.splitlines())
    assert done.stdout == "words\nweb\n"
    heavy = {"rich", "paramiko", "requests", "libvirt", "lxml", "yaml", "pexpect", "socket", "subprocess"}
    ours = {"stratus.cloud", "stratus.actions.perform", "stratus.actions.dispatch", "stratus.model.views"}
    assert not loaded & (heavy | ours), loaded & (heavy | ours)
    assert os.path.exists(site.ledger)
