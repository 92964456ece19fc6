"""Machine types, and StratusLab's listing of them to the byte."""

import pytest

from stratus.errors import BadInput, NotFound
from stratus.model.machine_type import STRATUSLAB_TYPES, MachineType, choose, listing

TYPES = {kind.name: kind for kind in STRATUSLAB_TYPES}
LISTING = """\
 Type             CPU       RAM      SWAP
  c1.medium       2 CPU    1536 MB    1536 MB
  c1.xlarge       4 CPU    6144 MB    6144 MB
  m1.large        2 CPU    6144 MB    6144 MB
  m1.medium       1 CPU    3072 MB    3072 MB
* m1.small        1 CPU    1536 MB    1536 MB
  m1.xlarge       4 CPU    8192 MB    8192 MB
  t1.micro        1 CPU     512 MB     512 MB"""


def test_the_listing_is_stratuslabs_to_the_byte():
    assert listing(TYPES, "m1.small") == LISTING


def test_a_site_may_have_other_types_and_another_default():
    types = {"big": MachineType("big", 16, 65536, 0)}
    assert listing(types, "big").splitlines()[1] == "* big            16 CPU   65536 MB       0 MB"


def test_a_type_may_be_taken_with_other_amounts():
    kind = choose(TYPES, "m1.small", cpu=None, ram_mib=None, swap_mib=None)
    assert kind == MachineType("m1.small", 1, 1536, 1536)
    kind = choose(TYPES, "m1.small", cpu=3, ram_mib=64, swap_mib=0)
    assert kind == MachineType("m1.small", 3, 64, 0)


def test_an_unknown_type_is_not_found():
    with pytest.raises(NotFound, match=r"unknown instance type: m9\.huge") as refused:
        choose(TYPES, "m9.huge", cpu=None, ram_mib=None, swap_mib=None)
    assert refused.value.hint == "stratus run --list-types"


@pytest.mark.parametrize("wish", [{"cpu": 0}, {"ram_mib": 0}, {"swap_mib": -1}, {"cpu": -1}])
def test_amounts_that_no_machine_has_are_refused(wish):
    with pytest.raises(BadInput):
        choose(TYPES, "m1.small", **{"cpu": None, "ram_mib": None, "swap_mib": None, **wish})
