"""stratus burnin: does this cloud do what it should?"""

import click

from stratus import output
from stratus.commands.options import SECONDS, output_option
from stratus.commands.session import Session, pass_session
from stratus.model.burnin import Burnin, Verdict
from stratus.model.doctor.finding import Severity
from stratus.model.requests import BurninRequest

FAILED_STATUS = 1


@click.command("burnin")
@click.option("--nodes", multiple=True, metavar="NODE", help="Only on this node; may be given more than once.")
@click.option("-n", "--count", default=2, type=click.IntRange(1, 1000), help="Instances at once; 2 unless told.")
@click.option("--rounds", default=1, type=click.IntRange(1, 1000), help="How often; once unless told.")
@click.option("--image", default="tiny", help="The image; tiny unless told.")
@click.option("--ssh/--no-ssh", default=True, help="Whether a guest has to answer SSH after run and start; it has to.")
@click.option(
    "--timeout", "timeout_s", default=120.0, type=SECONDS, metavar="SECONDS", help="For each verb; 120 unless told."
)
@output_option
@pass_session
def command(
    session: Session,
    nodes: tuple[str, ...],
    count: int,
    rounds: int,
    image: str,
    ssh: bool,
    timeout_s: float,
    format: str,
) -> int:
    """Try the cloud: make instances, reboot, stop, start and kill them, and say how each verb went.

    The instances are called burnin-..., and are ended whatever happens, also with Ctrl-C; no others are touched. Last
    comes the doctor.

    \b
    Examples:
      stratus burnin
      stratus burnin --count 10 --rounds 3

    Exit status: 0 when all went well, 1 when something did not, or that of the error; stratus(1) lists them.
    """
    result = session.perform(BurninRequest(image, nodes, count, rounds, ssh, timeout_s))
    if format in ("table", "csv"):
        output.rows([_row(one) for one in result.verdicts], COLUMNS, format)
        if format == "table":
            _show_troubles(result)
    else:
        output.value({"passed": result.passed, **output.plain(result)}, format, lambda: None)
    return 0 if result.passed else FAILED_STATUS


COLUMNS = ("verb", "verdict", "done", "failed", "min", "median", "max")


def _row(one: Verdict) -> dict[str, object]:
    return {
        "verb": one.verb,
        "verdict": "failed" if one.failed else "good" if one.done else "not tried",
        "done": one.done,
        "failed": one.failed,
        "min": f"{one.min_s:.2f} s",
        "median": f"{one.median_s:.2f} s",
        "max": f"{one.max_s:.2f} s",
    }


def _show_troubles(result: Burnin) -> None:
    for one in result.verdicts:
        for trouble in one.troubles:
            output.show(output.clean(trouble))
    for name in result.left:
        output.show(f"{name} could not be ended: stratus why {name}")
    for finding in result.diagnosis.findings:
        if finding.severity is not Severity.REMARK:
            output.show(f"{finding.severity} {finding.code}: {output.clean(finding.what)}")
    output.show("this cloud does what it should" if result.passed else "this cloud does not do all that it should")
