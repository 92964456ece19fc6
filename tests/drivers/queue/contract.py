"""What every queue promises. A driver's test module inherits the suite and provides `queue` and `clock`.

The queue under test has stale_s=60 and max_tries=3, and takes its time from `clock`."""

import threading

import pytest

from stratus.drivers.queue.protocol import Claim, Poisoned, Queue
from stratus.errors import BadInput, Conflict


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += seconds


def drain(queue: Queue) -> list[bytes]:
    """Claim and finish until nothing is free."""
    bodies = []
    while claim := queue.claim():
        bodies.append(claim.body)
        queue.finish(claim)
    return bodies


class QueueContract:
    def test_an_empty_queue_has_nothing_to_claim(self, queue: Queue) -> None:
        assert queue.claim() is None
        assert queue.bodies(limit=10) == []
        assert queue.poisoned() == []

    @pytest.mark.parametrize("body", [b"", b"\0\xff\n", b"x" * 300_000], ids=["empty", "binary", "large"])
    def test_a_body_arrives_as_it_was_put(self, queue: Queue, body: bytes) -> None:
        name = queue.put(body)

        claim = queue.claim()

        assert (claim.name, claim.body, claim.tries) == (name, body, 1)

    def test_text_is_refused(self, queue: Queue) -> None:
        with pytest.raises(BadInput, match="bytes"):
            queue.put("text")

        assert queue.bodies(limit=1) == []

    def test_elements_come_in_the_order_of_their_arrival(self, queue: Queue) -> None:
        bodies = [f"{n}".encode() for n in range(30)]
        names = [queue.put(body) for body in bodies]

        assert len(set(names)) == 30
        assert queue.bodies(limit=100) == list(zip(names, bodies, strict=True))
        assert drain(queue) == bodies

    def test_what_is_in_hand_is_not_given_out_again(self, queue: Queue) -> None:
        queue.put(b"1")
        queue.put(b"2")

        assert [queue.claim().body, queue.claim().body] == [b"1", b"2"]
        assert queue.claim() is None

    def test_what_is_finished_is_gone(self, queue: Queue, clock) -> None:
        queue.put(b"1")
        claim = queue.claim()
        queue.finish(claim)
        queue.finish(claim)
        clock.pass_s(1000)

        assert queue.claim() is None
        assert queue.bodies(limit=10) == []
        with pytest.raises(Conflict):
            queue.touch(claim)

    def test_what_is_given_back_is_tried_again_before_what_came_later(self, queue: Queue) -> None:
        queue.put(b"1")
        queue.put(b"2")
        first = queue.claim()
        queue.release(first, reason="the disk was busy")

        again = queue.claim()

        assert (again.name, again.body, again.tries) == (first.name, b"1", 2)
        assert queue.poisoned() == []

    def test_what_nobody_can_make_anything_of_goes_to_the_poison_box_by_its_name(self, queue: Queue) -> None:
        one, other = queue.put(b"one"), queue.put(b"other")
        queue.give_up(one, reason="no report")
        queue.give_up(one, reason="again")
        assert [body for _, body in queue.bodies(limit=9)] == [b"other"]
        assert [(each.name, each.body, each.reason) for each in queue.poisoned()] == [(one, b"one", "no report")]
        assert [path for path, why in queue.strays() if why == "it was given up: no report"] == [queue.place(one)]
        queue.remove(other)
        queue.give_up(other, reason="gone")
        assert len(queue.poisoned()) == 1

    def test_what_was_given_back_too_often_goes_to_the_poison_box(self, queue: Queue) -> None:
        name = queue.put(b"bad")
        good = queue.put(b"good")
        for attempt in (1, 2, 3):
            claim = queue.claim()
            assert (claim.name, claim.tries) == (name, attempt)
            queue.release(claim, reason=f"failed: é {attempt}")

        assert queue.poisoned() == [Poisoned(name, b"bad", "failed: é 3")]
        assert queue.claim().name == good
        assert queue.bodies(limit=10) == [(good, b"good")]

    def test_a_silent_holder_loses_its_claim(self, queue: Queue, clock) -> None:
        queue.put(b"1")
        first = queue.claim()
        clock.pass_s(60)
        assert queue.claim() is None
        clock.pass_s(1)

        second = queue.claim()

        assert (second.name, second.tries) == (first.name, 2)
        with pytest.raises(Conflict):
            queue.touch(first)
        queue.touch(second)

    def test_a_touch_keeps_the_claim(self, queue: Queue, clock) -> None:
        queue.put(b"1")
        claim = queue.claim()
        for _ in range(5):
            clock.pass_s(50)
            queue.touch(claim)

        assert queue.claim() is None
        clock.pass_s(61)
        assert queue.claim().tries == 2

    def test_the_loser_of_a_claim_cannot_finish_or_give_back_the_winners(self, queue: Queue, clock) -> None:
        queue.put(b"1")
        loser = queue.claim()
        clock.pass_s(61)
        winner = queue.claim()

        queue.finish(loser)
        queue.release(loser, reason="late")

        assert queue.bodies(limit=10) == [(winner.name, b"1")]
        assert queue.claim() is None
        queue.touch(winner)

    def test_what_silences_every_holder_is_given_out_as_spent_and_then_put_aside(self, queue: Queue, clock) -> None:
        name = queue.put(b"kills its worker")
        good = queue.put(b"good")
        for attempt in (1, 2, 3):
            claim = queue.claim()
            assert (claim.name, claim.tries, claim.spent) == (name, attempt, "")
            clock.pass_s(61)

        spent = queue.claim()
        assert (spent.name, spent.body) == (name, b"kills its worker") and "silent" in spent.spent
        queue.release(spent, reason=spent.spent)

        assert queue.poisoned() == [Poisoned(name, b"kills its worker", spent.spent)]
        assert queue.strays() == [(queue.place(name), f"it was given up: {spent.spent}")]
        assert queue.claim().name == good

    def test_what_silences_even_those_who_only_tell_of_it_is_put_aside(self, queue: Queue, clock) -> None:
        queue.put(b"kills its worker")
        for _ in range(6):
            assert queue.claim()
            clock.pass_s(61)

        assert queue.claim() is None
        (given_up,) = queue.poisoned()
        assert "silent" in given_up.reason

    def test_a_claim_is_as_good_as_silent_once_the_clock_was_set_back(self, queue: Queue, clock) -> None:
        queue.put(b"1")
        queue.claim()
        clock.pass_s(-3600)

        assert queue.claim().tries == 2
        assert queue.claim() is None

    def test_a_healthy_queue_has_no_strays(self, queue: Queue) -> None:
        queue.put(b"1")
        queue.claim()

        assert queue.strays() == []

    def test_a_claim_that_was_given_back_cannot_be_touched(self, queue: Queue) -> None:
        queue.put(b"1")
        claim = queue.claim()
        queue.release(claim, reason="later")

        with pytest.raises(Conflict):
            queue.touch(claim)
        queue.finish(claim)
        assert queue.claim().tries == 2

    def test_an_invented_claim_holds_nothing(self, queue: Queue) -> None:
        name = queue.put(b"1")

        for invented in (Claim(name, b"1", 1), Claim(name, b"1", 1, "guess")):
            queue.finish(invented)
            with pytest.raises(Conflict):
                queue.touch(invented)

        assert queue.bodies(limit=1) == [(name, b"1")]

    def test_bodies_are_read_oldest_first_claimed_or_not_and_stay(self, queue: Queue) -> None:
        names = [queue.put(f"{n}".encode()) for n in range(5)]
        queue.claim()

        assert queue.bodies(limit=3) == [(names[0], b"0"), (names[1], b"1"), (names[2], b"2")]
        assert len(queue.bodies(limit=100)) == 5
        assert queue.bodies(limit=0) == []

    def test_removing_by_name_takes_just_that_away(self, queue: Queue) -> None:
        one, two, three = (queue.put(body) for body in (b"1", b"2", b"3"))

        queue.remove(two)
        queue.remove(two)

        assert [name for name, _ in queue.bodies(limit=10)] == [one, three]
        assert drain(queue) == [b"1", b"3"]

    def test_removing_takes_it_from_its_holder(self, queue: Queue) -> None:
        name = queue.put(b"1")
        claim = queue.claim()
        queue.remove(name)

        with pytest.raises(Conflict):
            queue.touch(claim)
        queue.finish(claim)
        queue.release(claim, reason="late")
        assert queue.claim() is None

    def test_the_poison_box_is_in_the_order_of_arrival(self, queue: Queue, clock) -> None:
        names = [queue.put(f"{n}".encode()) for n in range(3)]
        for _ in range(3):
            for claim in reversed([queue.claim() for _ in names]):
                queue.release(claim, reason="no")

        assert [given_up.name for given_up in queue.poisoned()] == names

    def test_threads_share_the_work_and_each_element_goes_to_one(self, queue: Queue) -> None:
        expected = {f"{n}".encode() for n in range(60)}
        done: list[bytes] = []
        putting = threading.Event()
        errors: list[BaseException] = []

        def guarded(work) -> threading.Thread:
            def run() -> None:
                try:
                    work()
                except BaseException as error:
                    errors.append(error)

            thread = threading.Thread(target=run)
            thread.start()
            return thread

        def put(number: int) -> None:
            for n in range(number, 60, 2):
                queue.put(f"{n}".encode())

        def take() -> None:
            while True:
                finished = putting.is_set()
                bodies = drain(queue)
                done.extend(bodies)
                if finished and not bodies:
                    return

        putters = [guarded(lambda n=n: put(n)) for n in range(2)]
        takers = [guarded(take) for _ in range(3)]
        for thread in putters:
            thread.join(30)
        putting.set()
        for thread in takers:
            thread.join(30)

        assert errors == []
        assert len(done) == 60
        assert set(done) == expected
