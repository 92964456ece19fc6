from collections.abc import Iterator
from pathlib import Path

import pytest

from stratus.drivers.images.memory import MemoryImageStore
from stratus.model.image import ImageSource
from tests.drivers.images.contract import LIMITS, ImageStoreContract, World, stampede
from tests.drivers.images.samples import raw_disk


class MemoryWorld:
    def __init__(self) -> None:
        self.sources: dict[str, bytes] = {}
        self.store = MemoryImageStore(self.sources, limits=LIMITS)

    def put(self, name: str, content: bytes) -> str:
        self.sources[f"/images/{name}"] = content
        return f"/images/{name}"

    def damage(self, identifier: str) -> None:
        self.store.contents[identifier] = bytes(512)


class TestMemoryImageStore(ImageStoreContract):
    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[World]:
        yield MemoryWorld()

    def test_what_came_from_our_networks_is_not_shared_with_who_may_ask_the_internet_alone(self, world: World) -> None:
        location = world.put("wanted", raw_disk())
        sources = [ImageSource(location), ImageSource(location, public_only=True)]
        leaders, _ = stampede(world, lambda: sources.pop(0), count=2)
        assert leaders == 2
