"""Another machine, played: it takes every errand of the installer, and remembers it."""

import json
from pathlib import Path

from stratus.install.apply import StepDone
from stratus.install.checks.verdict import ok
from stratus.install.errand import Brought, Errand
from stratus.install.uninstall import Undoing
from stratus.model.codec import decode, encode
from stratus.model.node import HostKey, Ran
from stratus.model.paths import NodePaths
from tests.memory_cloud import MemoryCloud, MemoryNode

KEY, OTHER = HostKey("ssh-ed25519", "AAAAb25l", "SHA256:one"), HostKey("ssh-ed25519", "AAAAdHdv", "SHA256:two")
STEPS = (
    StepDone("folders", "the folders", True, 0.0, ("install -d -m 0711 /var/lib/stratus",)),
    StepDone("kvm", "the KVM device", False, 0.0, ()),
)
UNDONE = (Undoing("folder", "/var/lib/stratus", ("rm -r /var/lib/stratus",)),)


class Played:
    """A machine at 10.0.0.2, whose node is n2."""

    def __init__(self, site: MemoryCloud) -> None:
        self.errands, self.verdicts, self.error = list[Errand](), (ok("system", "fit"),), Brought()
        self.machines = site.cloud.machines
        self.machines.keys["10.0.0.2"] = KEY
        self.machines.plays["10.0.0.2"] = self.take
        site.nodes["n2"] = MemoryNode("n2", site.folder / "n2", site.images)
        self.node = site.nodes["n2"]
        self.hold = Path(NodePaths(str(self.node.folder)).hold)

    def take(self, argv, input, say) -> Ran:
        if argv[0] != "/usr/bin/python3":
            say("beware\x1b[2J")
            return Ran(3 if "false" in argv else 0, " ".join(argv) + "\n")
        size, _, rest = input.partition(b"\n")
        errand = decode(Errand, json.loads(rest[int(size) :]))
        self.errands.append(errand)
        if errand.verb in ("let-go", "uninstall"):
            self.hold.unlink(missing_ok=True)
        done = self.error if self.error.code else Brought(self.verdicts, *_what(errand.verb))
        return Ran(0, "noise\n" + json.dumps(encode(done)))


def _what(verb: str) -> tuple[tuple[StepDone, ...], tuple[Undoing, ...]]:
    """What is shown of a plan."""
    return (STEPS if verb == "plan" else (), UNDONE if verb == "plan-uninstall" else ())
