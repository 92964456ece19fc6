"""The machine on which transcripts install: a small Debian without systemd, of which nothing was said yet."""

from stratus.install.facts import KVM_DEVICE, Facts, FileFact
from stratus.install.ground import Here
from stratus.install.survey import Place, Survey
from stratus.model.links import Link

HERE = Here("node1", "alice", "users", "/opt/stratus/bin/python", "/opt/stratus/bin/stratus-nodeagent", is_root=True)
FACTS = Facts(
    accounts={"alice": (1000, 100)},
    distribution="debian",
    installed=("util-linux", "iproute2", "openssh-client", "e2fsprogs"),
    networks=("192.0.2.0/24",),
    files={KVM_DEVICE: FileFact("other", 0o600, "root", "root")},
)
SURVEY = Survey(
    cpu_flags=("vmx",),
    kvm="works",
    cpus=8,
    memory_mib=16384,
    state=Place("/var/lib/stratus", free_mib=100_000),
    temporary=Place("/tmp", free_mib=10_000),
    now_s=1800000000.0,
    synchronised=True,
    clock_keepers=("chronyd",),
    host_name="node1",
    host_addresses=("192.0.2.5",),
    host_names=("node1.example.org",),
    programs=("sshd",),
    cards=(Link("eth0", "", "", up=True, addresses=("192.0.2.5/24",)),),
)
