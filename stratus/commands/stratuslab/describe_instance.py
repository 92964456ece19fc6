"""stratus-describe-instance: what machines are, in StratusLab's columns."""

import click

from stratus import output
from stratus.commands.session import Session, pass_session
from stratus.commands.stratuslab.command import SETTINGS, USER, Noted, StratusLabCommand, pass_outside
from stratus.commands.stratuslab.hosts import host_names
from stratus.commands.stratuslab.listing import everything, line, table
from stratus.commands.stratuslab.options import CREDENTIALS, PAT
from stratus.commands.stratuslab.outside import Outside
from stratus.model.requests import DescribeRequest

_DNS_DEADLINE_S = 2.0
_MANY_SITES = Noted("-m", note="is replaced by `stratus describe -m`")


@click.command(
    "stratus-describe-instance",
    cls=StratusLabCommand,
    context_settings=SETTINGS,
    params=[_MANY_SITES, *PAT, *CREDENTIALS, *USER],
)
@click.argument("vm_ids", metavar="[VM-ID]...", nargs=-1)
@click.option("-n", "as_addresses", is_flag=True, help="Print addresses, and do not ask DNS for their names.")
@pass_outside
@pass_session
def command(session: Session, outside: Outside, vm_ids: tuple[str, ...], as_addresses: bool) -> None:
    """List the machines that are named, or all that have not ended, as `stratus describe` does.

    With -v also why a machine failed; with -vvv and one VM-ID everything that is known of it.

    \b
    Examples:
      stratus-describe-instance
      stratus-describe-instance -n 165 166
      stratus-describe-instance -vvv 165
    """
    views = session.perform(DescribeRequest(vm_ids))
    addresses = {view.instance.lease.address for view in views}
    ask_nobody = as_addresses or not addresses
    names = {} if ask_nobody else host_names(addresses, outside.host_name, deadline_s=_DNS_DEADLINE_S)
    hosts = [names.get(view.instance.lease.address, view.instance.lease.address) for view in views]
    if len(vm_ids) == 1 and session.verbose > 2:
        text = everything(views[0], hosts[0])
    else:
        lines = [line(view, host) for view, host in zip(views, hosts, strict=True)]
        text = table(lines, errors=session.verbose > 0)
    output.write("".join(f"{output.clean(each)}\n" for each in text.split("\n")[:-1]))
