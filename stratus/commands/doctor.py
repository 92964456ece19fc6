"""stratus doctor: find what is wrong with the cloud, and mend it."""

import click

from stratus import output
from stratus.commands.options import output_option
from stratus.commands.session import Session, pass_session
from stratus.model.doctor.finding import Diagnosis, Finding, Mended, Severity
from stratus.model.requests import DoctorRequest

UNWELL_STATUS = 1
COLUMNS = ("severity", "code", "node", "what", "fix", "by hand")


@click.command("doctor")
@click.argument("nodes", metavar="[NODE]...", nargs=-1)
@click.option("--fix", is_flag=True, help="Mend what can be mended; nothing that somebody may miss is destroyed.")
@click.option("--plan", is_flag=True, help="Show the exact steps of each mend, and change nothing.")
@output_option
@pass_session
def command(session: Session, nodes: tuple[str, ...], fix: bool, plan: bool, format: str) -> int:
    """Compare the ledger with what the nodes have, name each difference, and say or do what mends it.

    It looks at domains, disks, records, addresses, names, capacity, orders, queues, journals, networks, DHCP, filter
    rules, images, clocks, disk space and versions. What an order is about is left alone until it has ended, and so is
    all that is not of this cloud. Disks that nobody knows are put aside on their node, not removed.

    \b
    Examples:
      stratus doctor
      stratus doctor --plan
      stratus doctor --fix node1

    Exit status: 0 when nothing is wrong (any more), 1 when something is, or that of the error; stratus(1) lists them.
    """
    diagnosis = session.perform(DoctorRequest(nodes, fix and not plan))
    if format == "csv":
        output.rows([_row(finding) for finding in diagnosis.findings], COLUMNS, format)
    else:
        output.value(diagnosis, format, lambda: _show(diagnosis, session, plan))
    return 0 if diagnosis.healthy else UNWELL_STATUS


def _row(finding: Finding) -> dict[str, object]:
    mend = finding.mend
    return {
        "severity": finding.severity.value,
        "code": finding.code,
        "node": finding.node,
        "what": finding.what,
        "fix": "yes" if mend.automatic else "no",
        "by hand": mend.command,
    }


def _show(diagnosis: Diagnosis, session: Session, plan: bool) -> None:
    for one in diagnosis.mended:
        output.show(_mended(one))
    wrong = [one for one in diagnosis.findings if one.severity is not Severity.REMARK]
    remarks = [one for one in diagnosis.findings if one.severity is Severity.REMARK]
    for finding in (*wrong, *(remarks if session.verbose else ())):
        _show_finding(finding, plan)
    checked = f"{_count(diagnosis.nodes, 'node')} and {_count(diagnosis.instances, 'instance')}"
    output.show(f"{_count(len(wrong), 'finding')} on {checked}" if wrong else f"{checked} are as the ledger says")
    if plan:
        output.show("nothing was changed")
    elif any(one.mend.automatic for one in wrong) and not diagnosis.mended:
        output.show("try: stratus doctor --plan, then: stratus doctor --fix")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _mended(one: Mended) -> str:
    how = f"not mended ({output.clean(one.trouble)})" if one.trouble else "mended"
    return f"{how}: {output.clean(one.finding.what)}"


def _show_finding(finding: Finding, plan: bool) -> None:
    output.show(f"{finding.severity} {finding.code}: {output.clean(finding.what)}")
    mend = finding.mend
    if mend.command:
        output.show(f"    by hand: {output.clean(mend.command)}")
    if not plan:
        return
    for step in mend.steps:
        output.show(f"    {mend.node}: {output.clean(step.title)}")
        for argv in step.explain():
            output.show(f"        {output.command_line(argv)}")
    for correction in mend.corrections:
        output.show(f"    {output.clean(correction.title)}")
    if mend.look:
        output.show(f"    {mend.node}: deliver orders, bring reports in, and look at all domains")
    if mend.close_key:
        output.show("    the front end's private key: chmod 0600")
