"""Which orders expire: those that have surely not left, and never the end of an instance."""

import pytest

from stratus.model.expiry import expires, given_up, is_over, prospect
from stratus.model.order import Dispatched, Order

HOUR = 3600.0


def order(verb: str = "run", status: str = "waiting") -> Dispatched:
    return Dispatched(Order("000000000001-7", 7, 2, 1, verb, ()), "n2", status, 1000.0)


@pytest.mark.parametrize("verb", ["run", "start", "stop", "reboot", "mend"])
def test_what_has_waited_for_its_time_is_over(verb):
    assert not is_over(order(verb), 1000.0 + HOUR - 1, HOUR)
    assert is_over(order(verb), 1000.0 + HOUR, HOUR)


@pytest.mark.parametrize("verb", ["kill", "shutdown"])
def test_an_end_waits_for_ever(verb):
    assert not expires(verb) and not is_over(order(verb), 1e12, HOUR)
    assert prospect(order(verb), 2000.0, HOUR) == f"a {verb} does not expire"


def test_what_was_sent_ends_by_its_report_alone():
    assert not is_over(order(status="sent"), 1e12, HOUR)


def test_nothing_expires_where_the_site_says_so_or_where_the_clock_was_set_back():
    assert not is_over(order(), 1e12, 0.0)
    assert not is_over(order(), 0.0, HOUR)
    assert prospect(order(), 1e12, 0.0) == "orders do not expire here"


def test_who_asks_is_told_how_long_it_still_waits():
    assert prospect(order(), 1000.0 + 600, HOUR) == "expires in 50m0s"


def test_the_report_tells_for_how_long_and_why_and_that_nothing_is_left():
    report = given_up(order(), "no route to host", 1000.0 + 25 * HOUR)
    assert report.clean and not report.done and report.fault is not None
    assert report.fault.message == "the order expired: n2 did not take it for 1d1h: no route to host"
