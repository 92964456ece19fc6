"""What every audit promises. A way's test module inherits the suite and provides `audit`."""

from itertools import islice

from stratus.drivers.audit.protocol import Audit

NOON_S, DAY_S = 1_800_014_400.0, 86_400.0


def line(number: int, *, days: float = 0.0) -> dict[str, object]:
    return {"at_s": NOON_S + days * DAY_S + number, "number": number}


class AuditContract:
    def test_lines_come_back_newest_first(self, audit: Audit):
        for number in range(3):
            audit.write(line(number), sync=number == 1)
        assert list(audit.read()) == [line(2), line(1), line(0)]

    def test_nothing_was_asked_yet(self, audit: Audit):
        assert list(audit.read()) == [] and audit.forget(NOON_S) == 0

    def test_days_follow_each_other(self, audit: Audit):
        for days in (0, 1, 2):
            audit.write(line(days, days=days), sync=False)
        assert [each["number"] for each in audit.read()] == [2, 1, 0]

    def test_only_what_was_written_within(self, audit: Audit):
        for number in (10, 20, 30):
            audit.write(line(number), sync=False)
        audit.write(line(5, days=1), sync=False)
        assert [each["number"] for each in audit.read(NOON_S + 20)] == [5, 30, 20]
        assert [each["number"] for each in audit.read(NOON_S + 20, NOON_S + 29)] == [20]

    def test_any_number_is_a_time(self, audit: Audit):
        audit.write(line(1), sync=False)
        assert list(audit.read(-1e300, 1e300)) == [line(1)]
        assert not list(audit.read(1e300)) and not list(audit.read(0.0, -1e300))

    def test_whole_days_are_forgotten(self, audit: Audit):
        for days in (0, 1, 2):
            audit.write(line(days, days=days), sync=False)
        assert audit.forget(NOON_S + 2 * DAY_S) == 2
        assert [each["number"] for each in audit.read()] == [2]

    def test_text_of_any_kind_comes_back_as_it_was(self, audit: Audit):
        said = {"at_s": NOON_S, "what": {"name": "a\nb\0c\u202e\"$(id)`'\\", "long": "x" * 65536, "list": [1, None]}}
        audit.write(said, sync=True)
        audit.write(line(1), sync=True)
        assert list(audit.read()) == [line(1), said]

    def test_no_more_is_read_than_is_taken(self, audit: Audit):
        for number in range(5000):
            audit.write(line(number), sync=False)
        assert [each["number"] for each in islice(audit.read(), 2)] == [4999, 4998]
