"""KVM is believed when a guest ran under it, and asked once for the same machine, kernel and emulator."""

import json
from pathlib import Path

import pytest

from stratus.drivers.hypervisor.kvm_probe import GUEST, failure_under, why_not_kvm

EMULATOR = "/usr/bin/qemu-system-x86_64"


class Emulator:
    """An emulator that answers as it was told, and counts."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.asked = 0

    def __call__(self, path: str) -> str:
        self.asked += 1
        return self.answer


@pytest.mark.parametrize("answer", ["", "the emulator died of SIGABRT"])
def test_the_verdict_is_kept(tmp_path: Path, answer: str) -> None:
    emulator = Emulator(answer)
    verdicts = [why_not_kvm(EMULATOR, "7.2.22", str(tmp_path / "new"), run=emulator) for _ in range(3)]

    assert verdicts == [answer] * 3
    assert emulator.asked == 1


def test_a_new_emulator_is_asked_again(tmp_path: Path) -> None:
    emulator = Emulator("")
    for version in ("7.2.22", "7.2.23", "7.2.23"):
        why_not_kvm(EMULATOR, version, str(tmp_path), run=emulator)

    assert emulator.asked == 2


def test_after_a_boot_it_is_asked_again(tmp_path: Path) -> None:
    emulator = Emulator("")
    why_not_kvm(EMULATOR, "7.2.22", str(tmp_path), run=emulator)
    kept = json.loads((tmp_path / "kvm.json").read_text())
    kept["circumstances"]["boot_id"] = "the boot before"
    (tmp_path / "kvm.json").write_text(json.dumps(kept))
    why_not_kvm(EMULATOR, "7.2.22", str(tmp_path), run=emulator)

    assert emulator.asked == 2


@pytest.mark.parametrize("rubbish", ["", "{", "[]", "{}", '{"circumstances": 1}'])
def test_a_damaged_verdict_is_made_anew(tmp_path: Path, rubbish: str) -> None:
    (tmp_path / "kvm.json").write_text(rubbish)
    emulator = Emulator("no")

    assert why_not_kvm(EMULATOR, "7.2.22", str(tmp_path), run=emulator) == "no"
    assert emulator.asked == 1


def test_the_guest_fits_into_a_boot_sector_and_its_tables_are_where_it_looks() -> None:
    assert len(GUEST) <= 510
    assert GUEST[0x80:0x90] == bytes(8) + bytes.fromhex("00000000009a2000")
    assert GUEST[0x90:] == bytes.fromhex("0f00807c0000")


def test_an_emulator_that_is_not_there_is_a_reason(tmp_path: Path) -> None:
    assert "cannot be started" in failure_under("kvm", "host", str(tmp_path / "qemu"))


def test_an_emulator_that_ends_otherwise_is_a_reason() -> None:
    assert failure_under("kvm", "host", "/bin/false") == "the emulator ended with status 1"


@pytest.mark.slow
def test_an_emulator_that_hangs_is_given_up_and_quoted(tmp_path: Path) -> None:
    hanging = tmp_path / "qemu"
    hanging.write_text("#!/bin/sh\necho 'KVM internal error. Suberror: 1' >&2\nexec sleep 60\n")
    hanging.chmod(0o755)

    seen = failure_under("kvm", "host", str(hanging), timeout_s=2.0)
    assert seen == "a guest did not come to its end within 2 s: KVM internal error. Suberror: 1"


@pytest.mark.live
def test_the_guest_runs_to_its_end_under_plain_emulation() -> None:
    assert failure_under("tcg", "max", EMULATOR, timeout_s=60.0) == ""


@pytest.mark.live
def test_a_processor_that_is_not_there_is_a_reason_in_the_emulators_words() -> None:
    assert "nonsense" in failure_under("tcg", "nonsense", EMULATOR)
