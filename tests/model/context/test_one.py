import base64
import dataclasses
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratus.errors import BadInput
from stratus.model.codec import decode, encode
from stratus.model.context.disk import context_disk
from stratus.model.context.shell import assignments
from stratus.model.context.values import ContextDisk, ContextNic, ContextRequest, UserDataPart
from tests.model.context.samples import HOSTILE, INSTANCE, public_key
from tests.model.context.test_pairs import VALUES

BUSYBOX = shutil.which("busybox")
SHELLS = [
    pytest.param(("dash",), id="dash"),
    pytest.param(("bash",), id="bash"),
    pytest.param(("bash", "--posix"), id="bash-posix"),
    # A machine that is no node may lack it; the demonstration appliance, and so the live tier, brings it.
    pytest.param(("busybox", "ash"), id="busybox", marks=[] if BUSYBOX else [pytest.mark.live]),
]
KEYS = (public_key(1), public_key(2, comment="it's $HER key"))


def _sourced(shell: tuple[str, ...], content: bytes, names: list[str], directory: Path, locale: str = "C") -> list[str]:
    """The values of `names` after the shell has sourced `content`; fails when the shell says anything on stderr."""
    (directory / "context.sh").write_bytes(content)
    script = ". ./context.sh\n" + "".join(f"printf '%s\\0' \"${{{name}-unset}}\"\n" for name in names)
    done = subprocess.run(
        [*shell, "-eu", "-c", script],
        cwd=directory,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": locale},
        capture_output=True,
        timeout=20,
        check=True,
    )
    assert done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_gives_hostile_values_back_and_runs_none_of_them(
    shell: tuple[str, ...], locale: str, tmp_path: Path
) -> None:
    variables = [(f"V{number}", value) for number, value in enumerate(HOSTILE)]

    values = _sourced(shell, assignments(variables), [name for name, _ in variables], tmp_path, locale)

    assert values == list(HOSTILE)
    assert os.listdir(tmp_path) == ["context.sh"]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_gives_any_text_back(shell: tuple[str, ...], tmp_path: Path) -> None:
    @settings(max_examples=40, deadline=None)
    @given(st.lists(VALUES, max_size=20))
    def check(values: list[str]) -> None:
        variables = [(f"V{number}", value) for number, value in enumerate(values)]
        assert _sourced(shell, assignments(variables), [name for name, _ in variables], tmp_path) == values

    check()


SPECIAL_NAMES = """
    PATH IFS ENV BASH_ENV LD_PRELOAD PS1 PS2 PS4 SHELLOPTS BASHOPTS HOME PWD OLDPWD SHELL USER LOGNAME UID EUID GID PPID
    LINENO RANDOM SRANDOM SECONDS EPOCHSECONDS EPOCHREALTIME OPTIND OPTARG OPTERR LANG LC_ALL LC_CTYPE LANGUAGE TZ TERM
    HOSTNAME HOSTTYPE MACHTYPE OSTYPE DIRSTACK FUNCNAME GROUPS HISTCMD HISTSIZE HISTFILE BASH BASHPID BASH_COMMAND
    BASH_ARGV BASH_ARGV0 BASH_SUBSHELL BASH_VERSION BASH_VERSINFO BASH_LINENO BASH_SOURCE BASH_CMDS BASH_ALIASES
    BASH_COMPAT BASH_XTRACEFD BASH_REMATCH POSIXLY_CORRECT TMOUT TMPDIR CDPATH GLOBIGNORE EXECIGNORE FIGNORE IGNOREEOF
    INPUTRC PROMPT_COMMAND PROMPT_DIRTRIM PS0 PS3 REPLY PIPESTATUS SHLVL COLUMNS LINES CHILD_MAX FUNCNEST MAIL MAILCHECK
    MAILPATH TIMEFORMAT COMP_WORDBREAKS COMP_WORDS COPROC MAPFILE READLINE_LINE _ __v FCEDIT ATTY auto_resume histchars
    x y key FOO
"""


@pytest.mark.parametrize("shell", SHELLS)
def test_a_name_with_a_meaning_for_shells_is_refused_or_comes_back(shell: tuple[str, ...], tmp_path: Path) -> None:
    value = "it's a[$(touch x)]"
    for name in SPECIAL_NAMES.split():
        try:
            content = assignments([(name, value)])
        except BadInput:
            continue
        assert _sourced(shell, content, [name], tmp_path) == [value], name
    assert os.listdir(tmp_path) == ["context.sh"]


def _variables(disk: ContextDisk, directory: Path) -> dict[str, str]:
    content = disk.file("context.sh")
    names = [line.split("=")[0] for line in content.decode().splitlines() if line.split("=")[0].isidentifier()]
    return dict(zip(names, _sourced(("dash",), content, names, directory), strict=True))


def test_a_guest_is_told_all_that_it_needs(tmp_path: Path) -> None:
    request = ContextRequest(public_keys=KEYS, variables=(("BIO_DB_SERVER", "db"), ("SCRIPT_EXEC", "echo hello")))

    disk = context_disk(request, INSTANCE)

    assert disk.label == "CONTEXT"
    assert [name for name, _ in disk.files] == ["context.sh", "init.sh", "prolog.sh", "epilog.sh"]
    assert _variables(disk, tmp_path) == {
        "CONTEXT_METHOD": "one",
        "TARGET": "hdd",
        "VMID": "12",
        "PUBLIC_KEY": "\n".join(KEYS),
        "SSH_PUBLIC_KEY": "\n".join(KEYS),
        "SET_HOSTNAME": "web1",
        "HOSTNAME": "web1",
        "DSMODE": "local",
        "ETH0_MAC": "0A:00:c0:00:02:2a",
        "ETH0_IP": "192.0.2.42",
        "ETH0_MASK": "255.255.255.0",
        "ETH0_GATEWAY": "192.0.2.1",
        "ETH0_DNS": "192.0.2.1 192.0.2.2",
        "ETH0_SEARCH_DOMAIN": "example.org",
        "BIO_DB_SERVER": "db",
        "SCRIPT_EXEC": "echo hello",
    }


def test_a_card_whose_router_is_unknown_is_left_to_dhcp(tmp_path: Path) -> None:
    instance = dataclasses.replace(INSTANCE, nics=(ContextNic("02:00:0a:00:00:01", "10.0.0.1"),))

    told = _variables(context_disk(ContextRequest(), instance), tmp_path)

    assert {key: value for key, value in told.items() if key.startswith("ETH")} == {"ETH0_MAC": "02:00:0a:00:00:01"}


def test_the_users_own_variables_win(tmp_path: Path) -> None:
    disk = context_disk(ContextRequest(variables=(("HOSTNAME", "other"),)), INSTANCE)

    assert _variables(disk, tmp_path)["HOSTNAME"] == "other"


def test_user_data_goes_along_and_is_not_given_twice(tmp_path: Path) -> None:
    part = UserDataPart("none", "raw", b"\0\xffbinary")
    request = ContextRequest(user_data=(part,))

    told = _variables(context_disk(request, INSTANCE), tmp_path)

    assert base64.b64decode(told["USER_DATA"]) == part.content
    assert told["USERDATA_ENCODING"] == told["USER_DATA_ENCODING"] == "base64"
    with pytest.raises(BadInput, match="user data is given twice"):
        context_disk(dataclasses.replace(request, variables=(("USERDATA", "x"),)), INSTANCE)


def test_a_request_travels_as_json() -> None:
    request = ContextRequest("cloud-init", KEYS, (("A", "é\n"),), (UserDataPart("plain", "f", b"\0\xff"),))
    disk = context_disk(request, INSTANCE)

    assert decode(ContextRequest, encode(request)) == request
    assert decode(ContextDisk, encode(disk)) == disk


def _booted(shell: tuple[str, ...], script: str, request: ContextRequest, directory: Path) -> str:
    """What a guest's boot prints when it runs `script` from its context disk; its root is `directory`/root."""
    disk, root = directory / "disk it's", directory / "guest"
    disk.mkdir(exist_ok=True)
    (root / "run").mkdir(parents=True, exist_ok=True)
    for name, content in context_disk(request, INSTANCE).files:
        (disk / name).write_bytes(content)
    done = subprocess.run(
        [*shell, "-eu", str(disk / script)],
        env={"PATH": "/usr/bin:/bin", "CONTEXT_ROOT": str(root)},
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_a_guest_lets_the_keys_in_and_runs_the_script_with_the_variables(
    shell: tuple[str, ...], tmp_path: Path
) -> None:
    variables = (("SCRIPT_EXEC", 'echo "<$file>"; exit 3'), ("file", "it's $mine"))
    keys = tmp_path / "guest/root/.ssh/authorized_keys"
    keys.parent.mkdir(parents=True)
    keys.write_text("already there, without a line break")

    said = _booted(shell, "init.sh", ContextRequest(public_keys=KEYS, variables=variables), tmp_path)

    assert said == "<it's $mine>\ncontext: SCRIPT_EXEC ended with status 3\n"
    assert keys.read_text() == "\n".join(["already there, without a line break", *KEYS, ""])
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("shell", SHELLS)
def test_a_guest_that_runs_every_script_does_everything_once(shell: tuple[str, ...], tmp_path: Path) -> None:
    request = ContextRequest(public_keys=KEYS, variables=(("SCRIPT_EXEC", "echo ran"),))

    said = [_booted(shell, script, request, tmp_path) for script in ("prolog.sh", "init.sh", "epilog.sh")]

    assert said == ["", "ran\n", "context: SCRIPT_EXEC was run already\n"]
    assert (tmp_path / "guest/root/.ssh/authorized_keys").read_text() == "\n".join([*KEYS, ""])


def test_a_guest_without_keys_and_script_does_nothing(tmp_path: Path) -> None:
    assert _booted(("dash",), "init.sh", ContextRequest(), tmp_path) == ""
    assert not (tmp_path / "guest/root").exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_a_guests_own_script_may_source_ours(shell: tuple[str, ...], tmp_path: Path) -> None:
    disk = tmp_path / "mnt"
    disk.mkdir()
    for name, content in context_disk(ContextRequest(public_keys=KEYS), INSTANCE).files:
        (disk / name).write_bytes(content)

    done = subprocess.run(
        [*shell, "-eu", "-c", f'CONTEXT_DIR={disk}; . {disk}/init.sh; echo "going on: $VMID"', "-rc.context"],
        env={"PATH": "/usr/bin:/bin", "CONTEXT_ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=20,
    )

    assert (done.stdout, done.stderr) == ("going on: 12\n", "")
    assert (tmp_path / "root/.ssh/authorized_keys").exists()
