"""The rows about real instances on this machine's own node: from the command until libvirt runs them."""

import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.command_line import program, silently
from bench.ledgers import usual
from bench.measure import Pairs, in_turn
from bench.row import ROOT, STRATUS, CannotRun, Effort, Row

SCRIPT = str(ROOT / "bench" / "start-instance.sh")
INSTANCES = Path("/var/lib/stratus/instances")
IMAGE, RAM_MIB, BURST = "tiny", "96", 10
VIRSH = ("virsh", "-q", "-c", "qemu:///system")


def _against_script(effort: Effort) -> Pairs:
    with _node(effort) as node:
        return in_turn(lambda: node.run(1), lambda: node.script(1), effort.rounds(9), tidy=node.end_all)


def _against_virt_install(effort: Effort) -> Pairs:
    with _node(effort) as node:
        return in_turn(lambda: node.run(1), node.virt_install, effort.rounds(9), tidy=node.end_all)


def _burst(effort: Effort) -> Pairs:
    with _node(effort) as node:
        return in_turn(lambda: node.run(BURST), lambda: node.script(BURST), effort.rounds(5), tidy=node.end_all)


ROWS = (
    Row("run", "run to running, real libvirt", "a shell script: overlay, ISO, define, start", 1.3, _against_script),
    Row(
        "run-virt-install",
        "run to running, real libvirt",
        "virt-install --import --cloud-init",
        0.8,
        _against_virt_install,
    ),
    Row("burst", f"{BURST} instances at once, all running", f"the script {BURST} times in a row", 1, _burst),
)


@dataclass(frozen=True)
class Image:
    """The image that every instance here starts from."""

    path: str
    format: str


class Node:
    """This machine as the node of its cloud. Names begin with a token that nobody else has."""

    def __init__(self, folder: Path, image: Image) -> None:
        self._folder, self._image = folder, image
        self._token = f"bench-{secrets.token_hex(3)}"
        self._environ = {**usual(), "HOME": str(folder), "STRATUSLAB_CPU_RATIO": "64"}
        self._xml = ""
        self._count = 0

    def run(self, count: int) -> None:
        """So many instances, running, by one command."""
        options = ("--ram", RAM_MIB, "--swap", "0", "--name", self._name(), "-n", str(count), "--wait=running")
        silently((STRATUS, "-q", "run", IMAGE, *options), self._environ)()

    def script(self, count: int) -> None:
        """So many domains, running, by the script, one after another. They are like the cloud's in every detail."""
        for name in [self._name() for _ in range(count)]:
            folder = INSTANCES / name
            xml = self._folder / f"{name}.xml"
            xml.write_text(self._xml.replace("@NAME@", name).replace("@FOLDER@", str(folder)), "utf-8")
            silently((SCRIPT, self._image.path, self._image.format, str(folder), name, str(xml)))()

    def virt_install(self) -> None:
        """One domain, running, by virt-install, which makes its disks itself."""
        name = self._name()
        (INSTANCES / name).mkdir()
        backing = f"backing_store={self._image.path},backing_format={self._image.format},format=qcow2,size=1"
        words = (
            *("virt-install", "--connect", "qemu:///system", "--virt-type", "qemu", "--import", "--noautoconsole"),
            *("--name", name, "--memory", RAM_MIB, "--vcpus", "1", "--osinfo", "detect=off,require=off"),
            *("--disk", f"path={INSTANCES / name}/root.qcow2,{backing}", "--network", "bridge=stratus0"),
            *("--graphics", "vnc", "--cloud-init", f"ssh-key={self._folder}/.ssh/id_ed25519.pub"),
        )
        silently(words)()

    def learn(self) -> None:
        """Run one instance and keep its domain's XML, without what only it may have, for the script's."""
        self.run(1)
        (row,) = self._instances()
        xml = subprocess.run(
            (*VIRSH, "dumpxml", "--inactive", f"one-{row}"), check=True, capture_output=True, text=True
        )
        text = xml.stdout.replace(str(INSTANCES / str(row)), "@FOLDER@").replace(f"<name>one-{row}<", "<name>@NAME@<")
        self._xml = re.sub(r"<(uuid|title)>.*?</\1>|<mac address=.*?/>|<target dev='st\w+'/>", "", text)
        self.end_all()

    def end_all(self) -> None:
        """End everything that was started here, and wait until it is gone."""
        ours = self._instances()
        if ours:
            silently((STRATUS, "-q", "kill", "--wait", *map(str, ours)), self._environ)()
        names = subprocess.run((*VIRSH, "list", "--all", "--name"), check=True, capture_output=True, text=True).stdout
        for name in [name for name in names.split() if name.startswith(self._token)]:
            subprocess.run((*VIRSH, "destroy", name), capture_output=True)
            subprocess.run((*VIRSH, "undefine", name), check=True, capture_output=True)
        for folder in INSTANCES.glob(f"{self._token}*"):
            shutil.rmtree(folder)

    def _name(self) -> str:
        self._count += 1
        return f"{self._token}-{self._count}"

    def _instances(self) -> list[int]:
        done = subprocess.run((STRATUS, "describe", "-o", "json"), env=self._environ, check=True, capture_output=True)
        return [row["id"] for row in json.loads(done.stdout) if row["name"].startswith(self._token)]


@contextmanager
def _node(effort: Effort) -> Iterator[Node]:
    """The node, with the image in hand. Raises CannotRun where there is none."""
    if os.getuid() != 0:
        raise CannotRun("only root may use libvirt's and the cloud's files")
    for name in ("virsh", "qemu-img", "genisoimage", "virt-install"):
        program(name)
    image = _image()
    (effort.folder / ".ssh").mkdir()
    key = effort.folder / ".ssh" / "id_ed25519"
    silently(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)))()
    node = Node(effort.folder, image)
    try:
        node.learn()
        yield node
    finally:
        node.end_all()


def _image() -> Image:
    asked = subprocess.run((STRATUS, "image", "show", IMAGE, "-o", "json"), capture_output=True, check=False)
    if asked.returncode:
        raise CannotRun(f"no node with the image {IMAGE}: make install-node; bin/stratus image build {IMAGE}")
    (shown,) = json.loads(asked.stdout)
    return Image(shown["path"], shown["format"])
