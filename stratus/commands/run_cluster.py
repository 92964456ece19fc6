"""stratus run-cluster: start instances and make a working cluster of them."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from stratus import output
from stratus.commands.guest_login import login_of
from stratus.commands.looks import result_options
from stratus.commands.options import SECONDS, plan_option
from stratus.commands.run_options import Wanted, run_options
from stratus.commands.session import Session, pass_session
from stratus.model.cluster.members import Member
from stratus.model.cluster.view import ClusterView, Lost
from stratus.model.cluster.wish import ClusterRequest, ClusterWish
from stratus.model.instance import Instance
from stratus.model.listing import Listing, Look
from stratus.model.sandbox import no_guest

if TYPE_CHECKING:  # SSH and threads, which only the deed needs
    from stratus.actions.cluster.effort import Hearer
    from stratus.model.guest import GuestLogin

_FIELDS: Mapping[str, Callable[[Member], Any]] = {
    "id": lambda one: one.id,
    "name": lambda one: one.name,
    "role": lambda one: one.host,
    "address": lambda one: one.address,
    "node": lambda one: one.node,
    "cores": lambda one: one.cores,
}
MEMBERS = Listing(_FIELDS, tuple(_FIELDS), lambda one: one.name, kept=("name", "role", "address"))


@click.command("run-cluster")
@run_options
@click.option("--shared-folder", default="", metavar="DIR", help="Share this folder of the master's over NFS.")
@click.option("--cluster-user", "user", default="", metavar="NAME", help="Make this account on every member.")
@click.option("--cluster-admin", "admin", default="root", metavar="NAME", help="Who to log in as; root unless told.")
@click.option("--ssh-hostbased", "hostbased", is_flag=True, help="Members trust one another's hosts, besides keys.")
@click.option("--mpi-machine-file", "mpi", is_flag=True, help="Write /tmp/machinefile: addresses and slots.")
@click.option("--include-master", is_flag=True, help="The master works too.")
@click.option("--add-packages", default="", metavar="A,B", help="Install these on every member.")
@click.option("--master", default="", metavar="INSTANCE", help="This one, which runs already, is the master.")
@click.option("--tolerate-failures", "tolerate", is_flag=True, help="Do without members that fail.")
@click.option("--keep", is_flag=True, help="Kill nothing that fails, so that you can look at it.")
@click.option("--resume", is_flag=True, help="Members that are there already by their names stay; others are started.")
@click.option(
    "--timeout", "timeout_s", default=600.0, type=SECONDS, metavar="SECONDS", help="To answer SSH; 600 unless told."
)
@plan_option
@result_options(MEMBERS)
@pass_session
def command(
    session: Session,
    wanted: Wanted,
    shared_folder: str,
    user: str,
    admin: str,
    hostbased: bool,
    mpi: bool,
    include_master: bool,
    add_packages: str,
    master: str,
    tolerate: bool,
    keep: bool,
    resume: bool,
    timeout_s: float,
    plan: bool,
    look: Look,
) -> None:
    """Start instances of IMAGE and make a cluster of them: the first is the master, the others are workers.

    Members log in to one another without a password, know one another's names, and may share a folder. What fails is
    killed, and so is everything when it is interrupted.

    `stratus-run-cluster` is StratusLab's name of it, with StratusLab's options and output; it ends with 128 when a
    machine cannot be reached.

    \b
    Examples:
      stratus run-cluster cluster -n 3 --name hpc --shared-folder /shared --cluster-user ann
      stratus run-cluster cluster -n 8 --name hpc --mpi-machine-file --tolerate-failures
      stratus run-cluster cluster -n 3 --name hpc --plan
    """
    if wanted.show_types(session):
        return
    wish = ClusterWish(
        shared_folder=shared_folder.rstrip("/") or shared_folder,
        user=user,
        admin=admin,
        packages=packages_in(add_packages),
        mpi_machine_file=mpi,
        include_master=include_master,
        hostbased=hostbased,
    )
    asked = ClusterRequest(wanted.request(session), wish, master, resume, tolerate, keep, timeout_s)
    if plan:
        from stratus.actions.cluster.foresee import foresee

        output.plans(foresee(session.perform, named(asked)).plans, look.document)
        return
    view = started(session, named(asked), wanted.keys, _Told(session))
    if session.quiet and look.format == "table" and not look.columns:
        for one in view.members:
            output.show(f"{one.id}, {one.address}")
        return
    output.listing(MEMBERS, view.members, look)
    names = " ".join(one.name for one in view.members)
    session.note(f"it took {view.seconds:.1f} s; to end it: stratus kill {names}")


def named(asked: ClusterRequest) -> ClusterRequest:
    """The same with a name: the members are one group, and are told apart by their names."""
    if asked.run.name or asked.resume:
        return asked
    return replace(asked, run=replace(asked.run, name=f"cluster-{secrets.token_hex(2)}"))


def packages_in(text: str) -> tuple[str, ...]:
    """The names between the commas."""
    return tuple(word for piece in text.split(",") if (word := piece.strip()))


def started(session: Session, asked: ClusterRequest, keys: Sequence[str], hear: "Hearer") -> ClusterView:
    """The cluster that was asked for. Raises Conflict in a sandbox."""
    from stratus.actions.cluster.effort import run_cluster

    if not session.site.guests:
        raise no_guest()

    def login(instance: Instance) -> "GuestLogin":
        return login_of(session, instance, keys=keys, user=asked.wish.admin)

    return run_cluster(session.perform, session.guests(), asked, login, hear, session.monotonic)


@dataclass
class _Told:
    """Says on standard error how far it has come."""

    session: Session

    def step(self, title: str) -> None:
        """What is done now."""
        self.session.note(f"{title} ..." if not title.endswith("...") else title)

    def started(self, instances: Sequence[Instance]) -> None:
        """The instances are listed at the end."""

    def answered(self, members: Sequence[Member]) -> None:
        """Who is who."""
        self.session.note(f"master: {members[0].name}; workers: {', '.join(one.name for one in members[1:]) or 'none'}")

    def lost(self, lost: Lost) -> None:
        """Who is done without, which nobody may overlook."""
        became = "killed" if lost.killed else "left as it is"
        self.session.warn(f"left out and {became}: {output.clean(lost.why)}")

    def ended(self, text: str) -> None:
        """What became of a cluster that was interrupted."""
        if text:
            output.note(text)
