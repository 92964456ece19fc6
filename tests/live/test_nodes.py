"""A cloud of three machines: nodes are added with a key and at a password prompt, run instances, and are removed.

Each machine is a set of namespaces with an sshd, a libvirtd and folders of its own; wires join them to the front end.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest

from tests.live.conftest import make_key
from tests.live.island import OWN_FOLDERS, Island, island
from tests.live.lab import Lab
from tests.live.patience import until

pytestmark = pytest.mark.live

SENT, KEYS = "/usr/lib/stratus", "/root/.ssh"
SMALL = "--ram 96 --swap 0"
PASSWORD = "correct horse"
# A distribution's sshd as it comes, but for the files: those of this machine are not touched.
SSHD = """\
HostKey /run/lt/host_key
PidFile /run/lt/sshd.pid
PermitRootLogin yes
PasswordAuthentication yes
UsePAM no
"""


@dataclass(frozen=True)
class Machine:
    """A bare machine with an sshd, and where the front end finds it."""

    island: Island
    name: str
    address: str

    def files(self) -> dict[str, str]:
        """All files of its own, with owner, mode and content's size, but for what libvirt writes for itself."""
        folders = [*OWN_FOLDERS, SENT, KEYS]
        lines = self.island.run("find", *folders, "-not", "-type", "s", "-printf", "%p %M %u:%g\\n").splitlines()
        return dict(line.split(" ", 1) for line in lines if "libvirt" not in line)

    @property
    def fingerprint(self) -> str:
        return self.island.run("ssh-keygen", "-lf", "/run/lt/host_key.pub").split()[1]


@dataclass(frozen=True)
class Cloud:
    """The front end, and the machines that are to be its nodes."""

    front: Island
    key: Path
    machines: tuple[Machine, Machine]


@pytest.fixture(scope="module")
def cloud(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A front end that is installed and has the appliance's image, and two bare machines."""
    home = tmp_path_factory.mktemp("front")
    key = make_key(home / ".ssh" / "id_ed25519")
    (image,) = lab.stratus.rows("image show", lab.image)
    shutil.copyfile(image["path"], home / "tiny.img")
    with ExitStack() as stack:
        made_folders(stack, SENT, KEYS)
        front = stack.enter_context(island(home, "lt-front"))
        front.stratus("install --yes")
        front.stratus(f"image import {home}/tiny.img --name tiny")
        machines = (bare(stack, tmp_path_factory, front, key, 1), bare(stack, tmp_path_factory, front, key, 2))
        yield Cloud(front, key, machines)


def made_folders(stack: ExitStack, *paths: str) -> None:
    """Folders that are only there to be covered in the namespaces; those that are new go again."""
    for path in map(Path, paths):
        if not path.exists():
            path.mkdir(mode=0o700)
            stack.callback(path.rmdir)


def bare(stack: ExitStack, factory: pytest.TempPathFactory, front: Island, key: Path, number: int) -> Machine:
    home = factory.mktemp(f"lt-n{number}")
    machine = stack.enter_context(island(home, f"lt-n{number}", (*OWN_FOLDERS, SENT, KEYS)))
    wire(front, machine, number)
    (home / "sshd_config").write_text(SSHD)
    hashed = subprocess.run(["openssl", "passwd", "-6", PASSWORD], capture_output=True, check=True, text=True).stdout
    (home / "shadow").write_text(f"root:{hashed.strip()}:20000:0:99999:7:::\n")
    machine.run("mount", "--bind", str(home / "shadow"), "/etc/shadow")
    machine.run("mkdir", "-p", "/run/lt", "/run/sshd")
    machine.run("chmod", "0700", KEYS)
    machine.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/run/lt/host_key")
    if number == 1:
        machine.run("install", "-m", "0600", f"{key}.pub", f"{KEYS}/authorized_keys")
    machine.run("/usr/sbin/sshd", "-f", str(home / "sshd_config"))
    return Machine(machine, f"n{number}", f"10.99.{number}.2")


def wire(front: Island, machine: Island, number: int) -> None:
    here, there = f"lt{number}a", f"lt{number}b"
    subprocess.run(["ip", "link", "add", here, "type", "veth", "peer", "name", there], check=True)
    for name, end, address in ((here, front, 1), (there, machine, 2)):
        subprocess.run(["ip", "link", "set", name, "netns", str(end.pid)], check=True)
        end.run("ip", "address", "add", f"10.99.{number}.{address}/24", "dev", name)
        end.run("ip", "link", "set", name, "up")


def test_nodes_are_added_run_instances_and_are_removed_without_a_trace(cloud: Cloud) -> None:
    stratus, (first, second) = cloud.front.stratus, cloud.machines
    clean = first.files()
    add = f"node add {first.address} --name n1 --key {cloud.key}"

    assert "SHA256:wrong" in stratus(f"{add} --host-key SHA256:wrong", status=4).stderr
    assert first.fingerprint in stratus(add, status=2).stderr
    planned = stratus(f"{add} --plan -o json").json
    assert first.files() == clean
    (row,) = stratus.rows(f"{add} --host-key {first.fingerprint}")
    assert (row["name"], row["state"]) == ("n1", "enabled")
    assert {step["where"] for step in planned["steps"]} == {"n1", "here"}
    assert first.island.run("ss", "-Hltn").count("LISTEN") == 2  # its sshd alone, for IPv4 and IPv6
    again = stratus(f"{add} -o json")
    assert again.stderr.count("nothing to do") == len(planned["steps"]) - 2
    add_at_a_prompt(cloud, second)

    steps = [
        [step["title"] for step in plan["steps"]] for plan in stratus(f"run tiny -n 3 {SMALL} --plan -o json").json
    ]
    assert [titles[0].startswith("send the image") for titles in steps].count(True) == 2
    stratus(f"run tiny --name web -n 3 {SMALL} --wait", timeout_s=200)
    rows = stratus.rows("describe")
    assert {row["node"] for row in rows} == {"n1", "n2", "lt-front"} and {row["state"] for row in rows} == {"running"}
    assert [len(machine.island.run("virsh", "list", "--name").split()) for machine in cloud.machines] == [1, 1]

    assert stratus(f"node run --on n1 --key {cloud.key} -- hostname").stdout == "n1: lt-n1\n"
    assert "this key opens the agent only" in with_the_front_ends_key(cloud, first, "cat", "/etc/shadow")
    assert "has 1 instance" in stratus("node remove n1", status=4).stderr
    stratus("kill web-1 web-2 web-3 --wait")
    gone = stratus(f"node remove n1 --uninstall --key {cloud.key} --plan").stdout
    assert f"n1: rm -r {SENT}\n" in gone
    stratus(f"node remove n1 --uninstall --key {cloud.key}")
    until(lambda: not first.island.processes("nodeagent"), deadline_s=10, what="the agents to end")
    assert first.files() == clean
    stratus(f"{add} --host-key {first.fingerprint}")
    stratus(f"run tiny --name again -n 3 {SMALL} --wait", timeout_s=100)
    assert "n1" in {row["node"] for row in stratus.rows("describe")}


def with_the_front_ends_key(cloud: Cloud, machine: Machine, *words: str) -> str:
    """What comes of asking for something else with the key that opens the agent."""
    argv = ["ssh", "-F", "none", "-o", "IdentitiesOnly=yes", "-i", "/var/lib/stratus/frontend/id_ed25519"]
    argv += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", f"root@{machine.address}", *words]
    done = subprocess.run([*cloud.front.prefix, *argv], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode != 0 and not done.stdout
    return done.stderr


def add_at_a_prompt(cloud: Cloud, machine: Machine) -> None:
    """As a person does who has nothing but the password, and compares the host key."""
    stratus = cloud.front.stratus
    argv = stratus.argv(f"node add {machine.address} --name {machine.name} --ask-password")
    with pexpect.spawn(argv[0], argv[1:], env=stratus.environ, timeout=60, encoding="utf-8") as terminal:
        terminal.expect_exact(machine.fingerprint)
        terminal.expect_exact("Is it the same?")
        terminal.sendline("y")
        terminal.expect("password: ")
        terminal.sendline(PASSWORD)
        terminal.expect(pexpect.EOF)
        said = terminal.before
    assert terminal.exitstatus == 0, said
    assert PASSWORD not in said


def test_a_machine_with_another_host_key_is_refused(cloud: Cloud) -> None:
    stratus, machine = cloud.front.stratus, cloud.machines[1]
    machine.island.run("rm", "/run/lt/host_key")
    machine.island.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/run/lt/host_key")
    machine.island.run("sh", "-c", "kill -HUP $(cat /run/lt/sshd.pid)")

    refused = stratus(f"node add {machine.address} --name {machine.name} --key {cloud.key}", status=4)

    assert "THE HOST KEY HAS CHANGED" in refused.stderr
