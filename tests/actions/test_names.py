"""Names: each is one instance's, and nobody can take those that the cloud gives."""

import pytest

from stratus.errors import BadInput, Conflict


@pytest.mark.parametrize("wishes", [{"name": "one-2"}, {"name": "ONE-7"}, {"name": "one", "count": 2}])
def test_a_name_that_the_cloud_gives_is_refused(site, wishes):
    with pytest.raises(BadInput, match="is what the cloud calls an instance that has no name"):
        site.run(**wishes)
    assert [instance.name for instance in site.run(count=2)] == ["one-1", "one-2"]


@pytest.mark.parametrize("name", ["one", "one-x", "one-1-2", "phone-1"])
def test_names_that_only_look_like_it_are_free(site, name):
    assert site.run(name=name)[0].name == name


def test_several_get_the_name_with_a_number(site):
    assert [instance.name for instance in site.run(count=3, name="x")] == ["x-1", "x-2", "x-3"]


def test_one_taken_name_among_several_refuses_all(site):
    site.run(name="x-2")
    with pytest.raises(Conflict, match="the name x-2 is taken"):
        site.run(count=3, name="x")
    assert site.run(name="x-1")[0].id == 2


def test_a_name_with_its_number_must_fit_too(site):
    name = "a" * 62
    with pytest.raises(BadInput, match="too long for a host name"):
        site.run(count=10, name=name)
    assert site.run(name=name)[0].name == name
