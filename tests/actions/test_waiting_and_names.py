"""Waiting for what nobody ordered, and images whose name is taken."""

import pytest

from stratus.errors import Conflict
from stratus.model.requests import DeleteImageRequest, ImportImageRequest, ListImagesRequest, WaitRequest
from stratus.model.states import State
from tests.actions.test_lifecycle import wait


def test_one_can_wait_for_a_guest_to_power_itself_off(site):
    (instance,) = site.run()
    wait(site, instance)
    site.nodes["node1"].hypervisor.power_off_itself("one-1")
    (waited,) = site.perform(WaitRequest(("1",), "stopped", 10.0))
    assert waited.instance.state is State.STOPPED


def test_content_whose_name_is_taken_is_kept_under_a_name_of_its_own(site):
    with pytest.raises(Conflict, match="this one is kept as tiny-") as refused:
        site.perform(ImportImageRequest("/images/other.img", "tiny"))
    names = [entry.name for entry in site.perform(ListImagesRequest())]
    assert len(names) == 2 and names[0] == "tiny" and names[1] in refused.value.message
    site.perform(DeleteImageRequest((names[1],)))
    assert [entry.name for entry in site.perform(ListImagesRequest())] == ["tiny"]


def test_the_same_content_may_have_several_names_which_all_go_with_it(site):
    entry = site.perform(ImportImageRequest("/images/tiny.img", "small"))
    assert entry.name == "tiny"
    (shown,) = site.perform(ListImagesRequest(("small",)))
    assert (shown.name, shown.aliases) == ("tiny", ("small",))
    site.perform(DeleteImageRequest(("small",)))
    assert site.perform(ListImagesRequest()) == ()
