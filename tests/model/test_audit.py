"""What is kept of a request, and what is not."""

import json

import pytest

from stratus.errors import BadInput
from stratus.model import requests
from stratus.model.audit import objects_of, verb_of, what_was_asked
from stratus.model.context.values import ContextRequest
from stratus.model.moments import moment_of


def test_a_type_of_requests_in_words():
    assert verb_of(requests.RunRequest) == "run" and verb_of(requests.ImportImageRequest) == "import image"


def test_only_what_was_asked_beyond_the_defaults():
    assert what_was_asked(requests.KillRequest(("1", "web"))) == {"targets": ["1", "web"]}
    assert what_was_asked(requests.DescribeRequest()) == {}


def test_no_secret_is_kept():
    context = ContextRequest(variables=(("DB_PASSWORD", "hunter2"),))
    said = what_was_asked(requests.RunRequest("https://ann:hunter2@example.org/i.img", context, name="web"))
    assert said["context"] == "***" and said["name"] == "web"
    inner = requests.PlanImagesRequest(requests.ImportImageRequest("https://ann:hunter2@example.org/i.img"))
    assert "hunter2" not in json.dumps([said, what_was_asked(inner)])


def test_long_texts_and_lists_are_cut():
    said = what_was_asked(requests.KillRequest(tuple(map(str, range(5000)))))
    assert len(said["targets"]) == 100
    assert len(what_was_asked(requests.WhyRequest("x" * 65536))["target"]) < 300


def test_what_a_request_is_about():
    assert objects_of(requests.KillRequest(("web", "1", "web"))) == ("web", "1")
    assert objects_of(requests.RenameNodeRequest("a", "b")) == ("a", "b")


@pytest.mark.parametrize(("text", "at_s"), [("90s", 910.0), ("15m", 100.0), ("0d", 1000.0)])
def test_so_long_ago(text, at_s):
    assert moment_of(text, 1000.0) == at_s


def test_a_date_and_a_time():
    assert moment_of("1970-01-02T00:00:00+00:00", 0.0) == 86400.0 and moment_of("2w", 0.0) == -14 * 86400.0


@pytest.mark.parametrize("text", ["", "d", "-1d", "1.5h", "9999999d", "soon", "2026-13-01", "1\n", "٣d", "0001-01-01"])
def test_what_is_no_moment(text):
    with pytest.raises(BadInput, match="is no moment"):
        moment_of(text, 0.0)
