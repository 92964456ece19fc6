"""Two users who come in over real SSH: what each may do, how soon a key counts, and what the gate stands.

The front end is a machine of the tests' own, with an account list of its own: `stratus install --gate` adds to it."""

import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pexpect
import pytest

from stratus.errors import Denied, NotFound
from stratus.model.carried import ask
from stratus.model.context.values import ContextRequest
from stratus.model.instance import Instance
from stratus.model.requests import (
    DescribeRequest,
    DoctorRequest,
    ImportImageRequest,
    KillRequest,
    ListImagesRequest,
    ListNodesRequest,
    LogRequest,
    RebootRequest,
    RecoverRequest,
    RunRequest,
    ShutdownRequest,
    StartRequest,
    StopRequest,
    WaitRequest,
    WhyRequest,
)
from stratus.model.wire import Answer, Hello, Refusal, Spoken, Waiting, Welcome
from tests.live.cli import Stratus
from tests.live.conftest import make_key
from tests.live.gate import OWN_ETC, PORT, Remote, answers_in, hear, say
from tests.live.island import Island, island
from tests.live.lab import Lab
from tests.live.patience import until

pytestmark = pytest.mark.live

GATE_LOG = "/var/lib/stratus/frontend/gate.log"
AT_ONCE = 50
SMALL = {"ram_mib": 96, "swap_mib": 0}


@dataclass(frozen=True)
class Site:
    """The front end, and two users of it; Alice has an instance that runs."""

    front: Island
    alice: Remote
    bob: Remote
    web: Instance
    image: Path

    def has_session(self) -> bool:
        return bool(self.front.processes("stratus.gate serve"))


@pytest.fixture(scope="module")
def site(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("gate")
    (image,) = lab.stratus.rows("image show", lab.image)
    shutil.copyfile(image["path"], home / "tiny.img")
    with island(home, "lt-gate") as front:
        front.run("sh", "-ec", OWN_ETC)
        front.stratus("install --yes --gate")
        front.stratus(f"image import {home}/tiny.img --name tiny")
        alice, bob = (Remote(front, make_key(home / name / "id_ed25519")) for name in ("alice", "bob"))
        for name, remote in (("alice", alice), ("bob", bob)):
            front.stratus(f"user add {name} --key {remote.key}.pub")
        context = ContextRequest(public_keys=(Path(f"{alice.key}.pub").read_text().strip(),))
        (accepted,) = alice.ask(RunRequest("tiny", context, name="web", **SMALL))
        (arrived,) = alice.ask(WaitRequest((str(accepted.instances[0].id),)))
        yield Site(front, alice, bob, arrived[0].instance, home / "tiny.img")


def test_a_user_sees_and_touches_nothing_of_somebody_elses(site: Site) -> None:
    ((before,),) = site.alice.ask(DescribeRequest(("web",)))
    (own,) = site.bob.ask(RunRequest("tiny", ContextRequest(), name="db", **SMALL))
    (mine,) = own.instances
    guesses = (str(site.web.id), "web", site.web.uuid, f"one-{site.web.id}", "*", "")
    tried = [
        request
        for guess in guesses
        for request in (
            *(kind((guess,)) for kind in (DescribeRequest, KillRequest, StopRequest, StartRequest, ShutdownRequest)),
            *(KillRequest((guess,), plan=True), KillRequest((mine.name, guess)), RebootRequest((guess,), hard=True)),
            *(
                WaitRequest((guess,), timeout_s=1),
                LogRequest(guess),
                LogRequest(guess, console=True),
                WhyRequest(guess),
            ),
        )
    ]
    answers = site.bob.ask(*tried)
    let_in = [request for request, answer in zip(tried, answers, strict=True) if not isinstance(answer, NotFound)]
    assert not let_in
    assert not [answer for answer in answers if "alice" in str(answer.message) + str(answer.hint)]
    all_of_bobs, _, _, *denied = site.bob.ask(
        DescribeRequest(finished=True),
        RunRequest("tiny", ContextRequest(), name="web", plan=True, **SMALL),
        ListNodesRequest(),
        *(DoctorRequest(), RecoverRequest(ledger=True), RecoverRequest(take_over=True)),
        *(ImportImageRequest(place) for place in ("/etc/shadow", "file:///etc/shadow", "http://127.0.0.1/a.img")),
    )
    assert [view.instance.id for view in all_of_bobs] == [mine.id]
    assert all(isinstance(answer, Denied) for answer in denied), denied
    for words in (f"console {site.web.id}", "console web", f"tunnel {site.web.id} 22", "tunnel web 22"):
        done = site.bob.ssh("stratus-gate", *words.split())
        assert done.returncode == NotFound.status and b"no instance" in done.stderr and not done.stdout, words
    ((after,),) = site.alice.ask(DescribeRequest(("web",)))
    assert after.instance == before.instance
    site.bob.ask(KillRequest((mine.name,)))


def test_a_key_counts_from_the_moment_it_is_added_to_the_moment_it_is_taken_away(site: Site) -> None:
    stratus = site.front.stratus
    carol = Remote(site.front, make_key(site.alice.key.parent / "carol"))
    assert carol.ssh().returncode == 255
    stratus(f"user add carol --key {carol.key}.pub")
    session = carol.open()
    assert isinstance(welcome := hear(session), Welcome) and welcome.user == "carol"
    say(session, Hello(Spoken("0.1.0")))
    say(session, ask("1", ListImagesRequest()))
    assert isinstance(hear(session), Answer)
    stratus("user disable carol")
    refusal = hear(session)
    assert isinstance(refusal, Refusal) and "may not come in with this key any more" in refusal.cause
    assert hear(session) is None and session.wait(20) == Denied.status
    assert carol.ssh().returncode == 255
    stratus("user enable carol")
    assert carol.ask(ListImagesRequest())
    (key,) = stratus.rows("user key list carol")
    stratus(f"user key remove carol {key['fingerprint']}")
    assert carol.ssh().returncode == 255


def test_fifty_commands_at_once_are_all_answered(site: Site) -> None:
    line = wire_of(ListImagesRequest())
    began = time.monotonic()
    sessions = [site.bob.open() for _ in range(AT_ONCE)]
    outputs = [session.communicate(line, timeout=60) for session in sessions]
    print(f"{AT_ONCE} connections at once: {time.monotonic() - began:.1f} s")
    assert [session.returncode for session in sessions] == [0] * AT_ONCE, outputs
    for output, _ in outputs:
        assert answers_in(output, {"1": ListImagesRequest()})[0][0].name == "tiny"


def test_nothing_but_the_gate_opens(site: Site, tmp_path: Path) -> None:
    front, bob = site.front, site.bob
    shell = bob.ssh(options=("-tt",))
    assert shell.returncode == 126 and b"no shell" in shell.stdout
    shared = ("-o", "ControlMaster=auto", "-o", f"ControlPath={tmp_path}/m", "-o", "ControlPersist=10")
    for words in (
        ("sh",),
        ("id",),
        ("stratus-gate;id",),
        ("stratus-gate", "serve", "--user", "alice"),
        ("$(id)",),
        ("scp", "-t", "/tmp"),
        ("stratus", "describe"),
        ("stratus-gate", "tunnel", "web"),
        ("stratus-gate\nid",),
    ):
        done = bob.ssh(*words, options=shared)
        assert done.returncode == 126 and b"uid=" not in done.stdout + done.stderr, words
        assert b"not a shell" in done.stderr or b"not among what it does" in done.stderr, words
    argv = bob.argv()
    (tmp_path / "a").write_text("a")
    for program in (
        [*front.prefix, "sftp", "-b", "/dev/null", *_for_sftp(argv)],
        [*front.prefix, "scp", "-O", *_for_sftp(argv)[:-1], str(tmp_path / "a"), f"{argv[-1]}:/tmp/lt-gate-a"],
    ):
        assert subprocess.run(program, capture_output=True, timeout=30, check=False).returncode != 0
    assert front.run("ls", "/tmp/lt-gate-a", status=None) == ""
    for forwarding in (("-N", "-R", "7999:127.0.0.1:22"), ("-W", "127.0.0.1:22")):
        done = bob.ssh(options=("-o", "ExitOnForwardFailure=yes", *forwarding))
        assert done.returncode == 255 and b"SSH-2.0" not in done.stdout, forwarding
    environ = ("-A", "-X", "-o", "SetEnv=STRATUSLAB_STATE_DIR=/tmp PYTHONPATH=/tmp LD_PRELOAD=/tmp/x.so")
    done = bob.ssh(options=environ, input=wire_of(ListImagesRequest()))
    assert done.returncode == 0 and answers_in(done.stdout, {"1": ListImagesRequest()})[0][0].name == "tiny"


def test_garbage_half_a_request_and_a_gigabyte_change_nothing_and_take_little_memory(site: Site) -> None:
    for sent in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 1000 + b"\n", b"[" * 1_000_000 + b"\n"):
        refusal = _last(site.bob.ssh(input=sent).stdout)
        assert refusal["kind"] == "Refusal" and "no line of the gate's protocol" in refusal["cause"]
    half = site.bob.ssh(input=wire_of(KillRequest(("web",)))[:-20])
    assert half.returncode == 0 and _last(half.stdout)["kind"] == "Welcome"
    words = 'head -c 1000000000 /dev/zero | exec "$@"'
    done = subprocess.run(
        [*site.front.prefix, "sh", "-c", words, "sh", *site.bob.argv()[len(site.front.prefix) :]],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert "a line of more than" in _last(done.stdout)["cause"]
    deep = b'{"kind":"Ask","id":"1","request":{"kind":"KillRequest","targets":[' + b"[]," * 1_300_000 + b"[]]}}\n"
    site.bob.ssh(input=wire_of(ListImagesRequest()) + deep)
    until(lambda: not site.has_session(), deadline_s=20, what="the gate to end")
    memory = [int(found) for found in re.findall(r"at most (\d+) MiB", site.front.read(GATE_LOG))]
    print(f"the gate's memory: {min(memory)} to {max(memory)} MiB")
    assert max(memory) < 256


def test_the_gate_goes_with_its_client_and_the_instance_stays_as_it_is(site: Site) -> None:
    ((before,),) = site.alice.ask(DescribeRequest(("web",)))
    session = site.alice.open()
    say(session, Hello(Spoken("0.1.0")))
    say(session, ask("1", WaitRequest(("web",), until="stopped"), wants_progress=True))
    while not isinstance(hear(session), Waiting):
        pass
    site.front.kill(site.front.processes(str(site.alice.key)))
    session.communicate()
    until(lambda: not site.has_session(), deadline_s=20, what="the gate to end")
    ((after,),) = site.alice.ask(DescribeRequest(("web",)))
    assert after.instance == before.instance


def test_the_console_and_the_ssh_server_of_ones_own_instance_are_reached(site: Site, tmp_path: Path) -> None:
    proxy = " ".join(site.alice.argv("stratus-gate", "tunnel", "web", "22", host="stratus@127.0.0.1"))
    options = (
        "StrictHostKeyChecking=no",
        f"UserKnownHostsFile={tmp_path}/hosts",
        "IdentitiesOnly=yes",
        "BatchMode=yes",
    )
    flags = [word for option in (*options, f"IdentityFile={site.alice.key}") for word in ("-o", option)]
    argv = ["ssh", "-F", "none", *flags, "-o", f"ProxyCommand={proxy}", "root@web", "hostname; cat"]
    site.alice.ask(WaitRequest(("web",), until="ssh"))
    megabytes = b"0123456789abcdef" * (1 << 17)
    done = subprocess.run(argv, input=megabytes, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.partition(b"\n")[2] == megabytes

    command, *words = site.alice.argv("stratus-gate", "console", "web", options=("-tt",))
    terminal = pexpect.spawn(command, words, timeout=30)
    try:
        terminal.expect("Escape character")
        terminal.send("\r")
        terminal.expect("web> ")
        terminal.send("\x1d")
        terminal.expect(pexpect.EOF)
    finally:
        terminal.close(force=True)
    until(lambda: not site.has_session(), deadline_s=20, what="the gate to end")


def wire_of(*requests: Any) -> bytes:
    from stratus.model import wire

    return b"".join(
        [wire.line(Hello(Spoken("0.1.0"))), *(wire.line(ask(str(n), r)) for n, r in enumerate(requests, start=1))]
    )


def _for_sftp(argv: list[str]) -> list[str]:
    """The same options, as sftp and scp have them."""
    words = argv[argv.index("ssh") + 1 :]
    return ["-P" if word == "-p" else word for word in words if word not in ("-F", "none")]


def _last(output: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def test_the_program_itself_comes_in_like_that(site: Site) -> None:
    with tempfile.TemporaryDirectory(prefix="h") as home:  # a short name, as homes have: a socket is to be made there
        shutil.copyfile(site.image, f"{home}/mine.img")
        there = (*site.front.prefix, "env", "-C", home)
        far = Stratus(Path(home), {"STRATUSLAB_KEY": f"{site.alice.key}.pub"}, there)
        before = connections(site)
        login = f"login ssh://localhost -i {site.alice.key}"
        assert "nobody to ask" in far(login, status=2).stderr
        far(f"{login} --accept-new")
        (opened,) = connections(site) - before
        assert far.rows("clouds")[0]["user"] == "alice"
        assert [row["name"] for row in far.rows("describe")] == ["web"]
        (image,) = far.rows("image import ./mine.img --name mine")
        assert image["identifier"] == site.web.image
        (run,) = far.rows("run mine --name far --ram 96 --swap 0 --wait=ssh")
        assert far("connect far -- echo within").stdout == "within\n"
        assert far("stop bobs-own", status=3).stderr.startswith("stratus: no instance")
        assert "front end itself" in far("dispatch --once", status=7).stderr
        assert [row["cloud"] for row in far.rows("describe -m")] == ["localhost", "localhost"]
        far(f"kill {run['id']} --wait")
        assert connections(site) - before == {opened}, "one handshake is enough for all of that"


def test_uninstalling_ends_what_is_open_and_takes_the_account_away(site: Site) -> None:
    session = site.bob.open()
    assert isinstance(hear(session), Welcome)
    site.front.stratus("uninstall --yes")
    assert hear(session) is None and session.wait(20) != 0
    assert site.front.run("getent", "passwd", "stratus", status=2) == ""
    assert site.front.run("find", "/etc/stratuslab", "/run/stratus", status=None).split() == ["/etc/stratuslab"]
    assert str(PORT) not in site.front.run("ss", "-ltnH")


def connections(site: Site) -> set[int]:
    """The processes of the gate's sshd that have somebody logged in."""
    return set(site.front.processes("sshd: stratus"))
