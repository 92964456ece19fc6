"""Quotas: what counts, what fits, and what the site's defaults leave open."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratus.model.quota import NAMES, UNLIMITED, Excess, Quota, Usage, excess, held_by, total
from tests.model import samples

amounts = st.integers(0, 10_000)
usages = st.builds(Usage, *(amounts for _ in range(6)))
quotas = st.builds(Quota, *(st.none() | st.integers(-1, 10_000) for _ in range(6)))


def test_an_instance_takes_what_its_node_gave_it_and_an_address() -> None:
    one = samples.instance(cpu=2, ram_mib=512, swap_mib=1024, volatile_gib=3)
    assert held_by(one) == Usage(1, 2, 512, 4096, 0, 1)
    assert held_by(replace(one, holds_capacity=False)) == Usage(1, 0, 0, 4096, 0, 1)
    assert held_by(replace(one, holds_capacity=False, holds_lease=False)).is_nothing
    assert total([one, one]) == Usage(2, 4, 1024, 8192, 0, 2)


def test_the_site_s_default_holds_where_a_user_s_quota_says_nothing() -> None:
    default = Quota(instances=5, cpu=8)
    own = Quota(cpu=UNLIMITED, ram_mib=1024)
    assert dict(own.over(default).limits()) == {"instances": 5, "ram_mib": 1024}


@pytest.mark.parametrize(("held_mib", "wanted_mib", "fits"), [(0, 1024, True), (0, 1025, False), (512, 512, True)])
def test_a_gib_that_was_begun_counts_whole(held_mib: int, wanted_mib: int, fits: bool) -> None:
    over = excess(Quota(disk_gib=1), Usage(disk_mib=held_mib), Usage(disk_mib=wanted_mib))
    assert (not over) is fits


def test_all_that_does_not_fit_is_told_in_numbers() -> None:
    over = excess(Quota(instances=2, cpu=8, ram_mib=512), Usage(2, 2, 256), Usage(1, 1, 512))
    assert over == (Excess("instances", 2, 1, 2), Excess("ram_mib", 256, 512, 512))


def test_who_is_over_a_quota_that_was_lowered_may_still_take_what_it_does_not_limit() -> None:
    held = Usage(instances=5, cpu=5)
    assert not excess(Quota(instances=1), held, Usage(cpu=1))
    assert excess(Quota(instances=1), held, Usage(instances=1))


@given(quotas, usages, usages)
def test_what_fits_is_never_beyond_the_quota(quota: Quota, held: Usage, wanted: Usage) -> None:
    limits = dict(quota.limits())
    over = {one.name for one in excess(quota, held, wanted)}
    for name in NAMES:
        beyond = name in limits and wanted.of(name) > 0 and held.plus(wanted).of(name) > limits[name]
        assert (name in over) is beyond


@given(usages, usages)
def test_what_was_taken_and_given_back_leaves_nothing(held: Usage, taken: Usage) -> None:
    assert held.plus(taken).minus(taken) == held
