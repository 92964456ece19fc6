"""stratus-run-cluster: machines that work together, and say so in StratusLab's words."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import click

from stratus import output
from stratus.commands.run_cluster import named, packages_in, started
from stratus.commands.session import Session, pass_session
from stratus.commands.stratuslab.command import SETTINGS, USER, Noted, StratusLabCommand, pass_outside
from stratus.commands.stratuslab.files import complete
from stratus.commands.stratuslab.hosts import host_names
from stratus.commands.stratuslab.options import CREDENTIALS, DISKS, MACHINE, MARKETPLACE, PDISK, SAVE
from stratus.commands.stratuslab.outside import Outside
from stratus.commands.stratuslab.running import (
    Machines,
    machine_options,
    show_action,
    show_machines,
    show_step,
    starting,
)
from stratus.errors import DeadlineExceeded, NodeUnreachable
from stratus.model.cluster.members import Member
from stratus.model.cluster.view import Lost
from stratus.model.cluster.wish import ClusterRequest, ClusterWish
from stratus.model.instance import Instance

FAILED = 128
_DNS_S = 5.0
_ALWAYS = Noted(
    "--clean-after-failure", note="has no effect: what fails is killed; `stratus run-cluster --keep` does not"
)


@click.command(
    "stratus-run-cluster",
    cls=StratusLabCommand,
    context_settings=SETTINGS,
    params=[*MACHINE, *SAVE, *DISKS, *CREDENTIALS, *MARKETPLACE, *PDISK, *USER, _ALWAYS],
)
@machine_options
@click.option("--shared-folder", default="", metavar="DIR", help="Share this folder of the master's over NFS.")
@click.option("--ssh-hostbased", is_flag=True, help="Machines trust one another's hosts.")
@click.option("--cluster-admin", default="root", metavar="NAME", help="Who to log in as; root unless told.")
@click.option("--cluster-user", default="", metavar="NAME", help="Make this account on every machine.")
@click.option("--mpi-machine-file", is_flag=True, help="Write /tmp/machinefile: addresses and slots.")
@click.option("--include-master", is_flag=True, help="The master works too.")
@click.option("--add-packages", default="", metavar="A,B", help="Install these on every machine.")
@click.option("--master-vmid", default="", metavar="VM-ID", help="This machine, which runs already, is the master.")
@click.option("--tolerate-failures", is_flag=True, help="Do without machines that fail.")
@pass_outside
@pass_session
def command(
    session: Session,
    outside: Outside,
    machines: Machines,
    shared_folder: str,
    ssh_hostbased: bool,
    cluster_admin: str,
    cluster_user: str,
    mpi_machine_file: bool,
    include_master: bool,
    add_packages: str,
    master_vmid: str,
    tolerate_failures: bool,
) -> int:
    """Start machines of IMAGE as a cluster, as `stratus run-cluster` does, with StratusLab's options and output.

    The exit status is 128 when a machine does not answer, and without --tolerate-failures all are killed then.

    \b
    Examples:
      stratus-run-cluster -n 3 --shared-folder /shared --cluster-user ann cluster
      stratus-run-cluster -n 8 --mpi-machine-file --tolerate-failures cluster
    """
    if machines.show_types(session):
        return 0
    wish = ClusterWish(
        shared_folder=shared_folder,
        user=cluster_user,
        admin=cluster_admin,
        packages=packages_in(add_packages),
        mpi_machine_file=mpi_machine_file,
        include_master=include_master,
        hostbased=ssh_hostbased,
    )
    asked = ClusterRequest(machines.request(session), wish, master_vmid, tolerate=tolerate_failures)
    hear = _Told(session, outside, asked.run.count)
    try:
        with complete(Path(machines.ids_file)) if machines.ids_file else nullcontext() as ids:
            view = started(session, named(asked), (machines.key,) if machines.key else (), hear)
            if ids is not None:
                ids.write("\n".join(str(one.id) for one in view.members if one.id in hear.ours))
    except (DeadlineExceeded, NodeUnreachable) as failure:
        hear.failed(failure)
        return FAILED
    hear.step("Done!")
    return 0


@dataclass
class _Told:
    """Says on standard output how far it has come; with -q, which machines there are."""

    session: Session
    outside: Outside
    count: int
    ours: set[int] = field(default_factory=set)  # what was started, and not the master that was there

    def __post_init__(self) -> None:
        if not self.session.quiet:
            show_action("Starting cluster")
            show_action("Starting machine(s)")
            show_step(starting(self.count))

    def step(self, title: str) -> None:
        """What is done now."""
        if not self.session.quiet:
            show_step(title)

    def started(self, instances: Sequence[Instance]) -> None:
        """The machines."""
        self.ours = {instance.id for instance in instances}
        if not self.session.quiet:
            show_machines(instances)
        else:
            for instance in instances:
                output.show(f"{instance.id}, {instance.lease.address}")

    def answered(self, members: Sequence[Member]) -> None:
        """Who is who."""
        if not self.session.quiet:
            names = host_names((one.address for one in members), self.outside.host_name, deadline_s=_DNS_S)
            output.show(f"\tMaster is {names[members[0].address]}")
            for one in members[1:]:
                output.show(f"\tWorker: {names[one.address]}")
            show_action("Configuring nodes")

    def lost(self, lost: Lost) -> None:
        """A machine that the cluster does without."""
        where = lost.member.address
        output.note(f"  [ERROR] Timed out while connecting to {where}.  Removing from target config. list.")

    def failed(self, failure: DeadlineExceeded | NodeUnreachable) -> None:
        """The end of a cluster."""
        output.note(f"  [ERROR] {output.clean(failure.message)}")
        output.note("  [ERROR] Error instantiating some or all of the nodes. Bailing out...")

    def ended(self, text: str) -> None:
        """What became of a cluster that was interrupted."""
        if text:
            output.note(text)
