"""What every link promises; each driver's test module has a `link` fixture and inherits these."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from stratus.drivers.link.lines import MAX_LINE_BYTES
from stratus.drivers.link.protocol import Link
from stratus.errors import BadInput, DeadlineExceeded, NoCapacity, NotFound, StaleOrder, StratusError
from tests.drivers.link.agent import CONSOLE_STATUS


class LinkContract:
    def test_an_answer_comes_back(self, link: Link) -> None:
        params = {"name": "é\udc80\n\x00", "n": 1.5, "none": None, "list": [1, {"a": True}]}

        assert link.call("echo", params) == params

    def test_a_tuple_arrives_as_a_list_because_all_is_json(self, link: Link) -> None:
        assert link.call("echo", {"pair": (1, 2)}) == {"pair": [1, 2]}

    @pytest.mark.parametrize("kind", [NoCapacity, StaleOrder])
    def test_an_error_of_the_agent_is_the_same_kind_here(self, link: Link, kind: type[StratusError]) -> None:
        with pytest.raises(kind) as caught:
            link.call("refuse", {"kind": kind.__name__})

        assert (caught.value.message, caught.value.hint) == ("no node has 6144 MiB free", "stratus why 12")

    def test_a_bug_in_a_method_is_told_and_the_agent_lives_on(self, link: Link) -> None:
        with pytest.raises(StratusError, match="ZeroDivisionError: a mistake in a method"):
            link.call("crash", {})

        assert link.call("echo", {"still": "there"}) == {"still": "there"}

    def test_a_result_that_json_cannot_carry_is_a_bug(self, link: Link) -> None:
        with pytest.raises(StratusError, match="ValueError"):
            link.call("unspeakable", {})

    def test_an_unknown_method_is_not_found(self, link: Link) -> None:
        with pytest.raises(NotFound, match="frobnicate"):
            link.call("frobnicate", {})

    def test_a_late_answer_is_a_deadline_exceeded_and_is_dropped(self, link: Link) -> None:
        link.call("echo", {})

        with pytest.raises(DeadlineExceeded, match=r"nap within 0\.05 s"):
            link.call("nap", {"seconds": 0.2}, timeout_s=0.05)

        assert link.call("nap", {"seconds": 0.3}) == {"slept": 0.3}
        assert link.call("echo", {"n": 2}) == {"n": 2}

    @pytest.mark.slow
    def test_a_long_poll_holds_up_nobody(self, link: Link) -> None:
        link.call("echo", {})
        with ThreadPoolExecutor() as pool:
            began_s = time.monotonic()
            poll = pool.submit(link.call, "nap", {"seconds": 1.0})

            assert link.call("echo", {"quick": 1}) == {"quick": 1}

            assert time.monotonic() - began_s < 0.9
            assert poll.result() == {"slept": 1.0}

    def test_a_call_that_times_out_leaves_the_others_alone(self, link: Link) -> None:
        link.call("echo", {})
        with ThreadPoolExecutor() as pool:
            other = pool.submit(link.call, "nap", {"seconds": 0.4})

            with pytest.raises(DeadlineExceeded):
                link.call("nap", {"seconds": 2}, timeout_s=0.1)

            assert other.result() == {"slept": 0.4}

    def test_sixteen_threads_at_once_each_get_their_own_answer(self, link: Link) -> None:
        together = threading.Barrier(16)

        def caller(number: int) -> list[int]:
            together.wait(10)
            return [link.call("echo", {"n": number * 1000 + turn})["n"] for turn in range(20)]

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(caller, range(16)))

        assert answers == [[number * 1000 + turn for turn in range(20)] for number in range(16)]

    def test_a_megabyte_goes_there_and_back(self, link: Link) -> None:
        text = "0123456789" * 100_000

        assert link.call("echo", {"text": text}) == {"text": text}

    def test_a_request_too_long_for_a_line_is_refused_before_it_is_sent(self, link: Link) -> None:
        with pytest.raises(BadInput, match="more than the 16777216"):
            link.call("echo", {"text": "x" * MAX_LINE_BYTES})

        assert link.call("echo", {}) == {}

    def test_close_may_be_repeated_and_the_next_call_opens_again(self, link: Link) -> None:
        link.close()
        link.call("echo", {})
        link.close()
        link.close()

        assert link.call("echo", {"again": 1}) == {"again": 1}

    def test_attach_gives_the_status_of_the_sub_command(self, link: Link) -> None:
        assert link.attach(["version"]) == 0
        assert link.attach(["console", "none"]) != 0


def agents_terminal(words: tuple[str, ...]) -> int:
    """What the agent of the tests does with `words`, for a link that has no real terminal."""
    return {("version",): 0, ("console", "12"): CONSOLE_STATUS}.get(words, 7)
