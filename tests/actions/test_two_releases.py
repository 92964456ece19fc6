"""Two releases that follow each other work together: this one, against what the one before said on the wire.

The tape was recorded by that release (tests/actions/taped.py); there both ends spoke protocol 1 alone, and a front end
of it refuses an agent that does not say so."""

import json
import socket
import threading
from typing import Any

import pytest

from stratus.drivers.link.lines import PROTOCOL
from stratus.model.states import State
from stratus.nodeagent.serve import serve
from tests.actions.taped import FOLDER, PLACE, ServedLink, cloud_with, day
from tests.memory_cloud import MemoryCloud

BEFORE = "protocol-1.jsonl"


def lines(folder: Any) -> list[dict[str, Any]]:
    text = (FOLDER / BEFORE).read_text().replace(PLACE, str(folder))
    return [json.loads(line) for line in text.splitlines()]


class OldAgent(ServedLink):
    """Answers as the recorded agent did: of each method what came next, and the reports on the orders that it has."""

    def __init__(self, tape: list[dict[str, Any]]) -> None:
        super().__init__({})
        said = [each["line"] for each in tape]
        self.hello = said[0]
        methods = {line["id"]: line["method"] for line in said if "method" in line}
        self.answers: dict[str, list[dict[str, Any]]] = {}
        for line in said:
            if "result" in line:
                self.answers.setdefault(methods[line["id"]], []).append(line["result"])
        self.reports = {
            body["order_id"]: (name, body) for each in self.answers["collect"] for name, body in each["reports"]
        }
        self.asked: list[str] = []
        self.ready: dict[str, Any] = {}

    def speak(self, input: Any, output: Any) -> None:
        output.write(json.dumps(self.hello).encode() + b"\n")
        output.flush()
        for line in input:
            request = json.loads(line)
            answer = {"id": request["id"], "result": self.answer(request["method"], request["params"])}
            output.write(json.dumps(answer).encode() + b"\n")
            output.flush()

    def answer(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(method)
        if method == "submit":
            self.ready |= dict(self.reports[order["id"]] for order in params["orders"])
        if method == "collect":
            return {"reports": list(self.ready.items())}
        if method == "acknowledge":
            for name in params["names"]:
                del self.ready[name]
        answers = self.answers[method]
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def site(tmp_path):
    cloud = MemoryCloud(tmp_path)
    yield cloud
    cloud.close()


def test_this_front_end_works_with_the_agent_of_the_release_before(site, tmp_path):
    agent = OldAgent(lines(tmp_path))
    assert agent.hello["hello"]["protocol"] == PROTOCOL - 1 and "newest" not in agent.hello["hello"]
    cloud_with(site, agent)
    ended = day(site)
    assert (ended.state, ended.error) == (State.DONE, "")
    assert agent.asked.count("submit") == 5 and not agent.ready


def test_this_agent_works_with_the_front_end_of_the_release_before(site, tmp_path):
    ours, theirs = socket.socketpair()
    theirs.settimeout(10)
    methods = site.nodes["node1"].agent.methods()
    streams = ours.makefile("rb"), ours.makefile("wb")
    served = threading.Thread(target=lambda: serve(methods, input=streams[0], output=streams[1]), daemon=True)
    served.start()
    heard = theirs.makefile("rb")
    tape = [each["line"] for each in lines(tmp_path)]
    assert json.loads(heard.readline())["hello"]["protocol"] == PROTOCOL - 1  # it takes nothing else
    recorded = {line["id"]: line["result"] for line in tape if "result" in line}
    names: list[str] = []
    for request in (line for line in tape if "method" in line):
        if request["method"] == "acknowledge":
            request["params"]["names"] = names
        if request["method"] == "collect":
            request["params"]["wait_s"] = 10.0 if recorded[request["id"]]["reports"] else 0.0
        theirs.sendall(json.dumps(request | {"timeout_s": 10.0}).encode() + b"\n")
        answer = json.loads(heard.readline())
        then, now = recorded[request["id"]], answer.get("result", answer)
        assert then.keys() <= now.keys(), (request["method"], answer)
        if request["method"] == "collect":
            names = [name for name, _ in now["reports"]]
            outcomes = [(body["order_id"], body["fault"]) for _, body in now["reports"]]
            assert outcomes == [(body["order_id"], body["fault"]) for _, body in then["reports"]]
        if request["method"] == "sweep":
            assert now["domains"].keys() == then["domains"].keys()
    theirs.shutdown(socket.SHUT_RDWR)
    served.join(10)
    assert not site.nodes["node1"].hypervisor.domains()
