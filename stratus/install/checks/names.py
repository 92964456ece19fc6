"""Checks of the clock and of the machine's own name."""

import datetime
import ipaddress

from stratus.install.checks.verdict import Verdict, failed, ok, warning
from stratus.install.facts import Facts, Wish
from stratus.install.survey import Survey

_FIRST_YEAR, _LAST_YEAR = 2025, 2100


def clock(facts: Facts, survey: Survey, wish: Wish) -> Verdict:
    """Certificates, leases and the order of events hang on it."""
    now = datetime.datetime.fromtimestamp(survey.now_s, datetime.UTC)
    says = now.strftime("%Y-%m-%d %H:%M UTC")
    if not _FIRST_YEAR <= now.year <= _LAST_YEAR:
        return failed("clock", f"it says {says}, which cannot be", "date -s 'YYYY-MM-DD HH:MM'; apt-get install chrony")
    if survey.synchronised:
        return ok("clock", f"{says}, synchronised")
    if survey.clock_keepers:
        keeper = survey.clock_keepers[0]
        return warning(
            "clock", f"{says}; {keeper} runs and has not synchronised it yet", "timedatectl; chronyc tracking"
        )
    return warning("clock", f"{says}; nothing keeps it right", "apt-get install chrony")


def own_name(facts: Facts, survey: Survey, wish: Wish) -> Verdict:
    """The machine's name, to an address and back."""
    name, check = survey.host_name, "name"
    line = f"write it to /etc/hosts: {_own_address(survey) or 'ADDRESS'} {name}"
    if not survey.host_addresses:
        return warning(check, f"nothing says what address {name} has", line)
    address = survey.host_addresses[0]
    if ipaddress.ip_address(address).is_loopback:
        says = f"{name} is {address}, which means this machine only here: enough for a cloud of one machine"
        return warning(check, says, f"for more, {line}") if wish.frontend != wish.node else ok(check, says)
    own = {card_address.partition("/")[0] for card in survey.cards for card_address in card.addresses}
    if address not in own:
        return warning(check, f"{name} is {address}, and no interface here has that address", line)
    if name not in {each.partition(".")[0] for each in survey.host_names} | set(survey.host_names):
        back = ", ".join(survey.host_names) or "nothing"
        return warning(check, f"{name} is {address}, and {address} is {back}", line)
    return ok(check, f"{name} is {address}, and back")


def _own_address(survey: Survey) -> str:
    """The first address of a card that others can reach."""
    addresses = (address.partition("/")[0] for card in survey.cards for address in card.addresses if not card.kind)
    return next((each for each in addresses if not ipaddress.ip_address(each).is_loopback), "")
