"""What every way through the appliance door must do."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from stratus.drivers.appliance.protocol import ApplianceBuilder
from stratus.errors import NotFound
from stratus.model.plan import Explained


class ApplianceContract:
    def test_every_recipe_has_a_line_about_it(self, builder: ApplianceBuilder) -> None:
        recipes = builder.recipes()

        assert "tiny" in dict(recipes)
        assert all(name and summary for name, summary in recipes)

    def test_an_unknown_recipe_is_not_found_and_writes_nothing(self, builder: ApplianceBuilder, tmp_path: Path) -> None:
        with pytest.raises(NotFound, match="huge") as caught:
            builder.build("huge", str(tmp_path / "image"), progress=lambda phase, done, total: None)

        assert "tiny" in caught.value.hint
        assert list(tmp_path.iterdir()) == []


class BuildingContract:
    """The part that builds; real builders need the network."""

    def test_a_build_gives_the_image_and_its_format_and_tells_how_far_it_is(
        self, builder: ApplianceBuilder, tmp_path: Path
    ) -> None:
        told: list[tuple[str, int, int]] = []
        target = tmp_path / "folder" / "image"

        planned, format = builder.steps("tiny", str(target))
        assert not target.parent.exists()
        did: list[Explained] = []

        def doing(step: Explained) -> AbstractContextManager[None]:
            did.append(step)
            return nullcontext()

        image_format = builder.build("tiny", str(target), progress=lambda *step: told.append(step), doing=doing)

        assert image_format == format
        assert [step.title for step in did] == [step.title for step in planned]
        lines = [[word for argv in step.explain() for word in argv if "--size=" not in word] for step in did]
        assert lines == [[word for argv in step.commands for word in argv if "--size=" not in word] for step in planned]

        head = target.read_bytes()[:512]
        assert head.startswith(b"QFI\xfb") if image_format == "qcow2" else head.endswith(b"\x55\xaa")
        assert [path.name for path in target.parent.iterdir()] == ["image"]
        assert told[-1][1] == told[-1][2] > 0
        assert all(0 <= done <= total or total == 0 for _, done, total in told)

    def test_a_second_build_replaces_the_first(self, builder: ApplianceBuilder, tmp_path: Path) -> None:
        target = tmp_path / "image"
        target.write_bytes(b"old")

        builder.build("tiny", str(target), progress=lambda phase, done, total: None)

        assert target.stat().st_size > 100_000
