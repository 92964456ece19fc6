"""An image that is sent to another store: in pieces, gone on with after a break, and kept only if it is whole."""

import dataclasses
from pathlib import Path

import pytest

from stratus.drivers.images.directory import DirectoryImageStore
from stratus.errors import BadInput, NotFound
from stratus.model.image import ImageSource
from tests.drivers.images.samples import raw_disk

PIECE = 1000


@pytest.fixture
def sent(in_memory: Path):
    """A store with an image, its facts, and an empty store."""
    content = in_memory / "disk.img"
    content.write_bytes(raw_disk(4096))
    home = DirectoryImageStore(in_memory / "home")
    facts = home.fetch(ImageSource(str(content)), progress=lambda *_: None)
    return home, facts, DirectoryImageStore(in_memory / "away")


def ship(home, facts, away, upto: int) -> int:
    here = away.receive(facts, 0, b"")
    while here < upto:
        here = away.receive(facts, here, home.read(facts.identifier, here, PIECE))
    return here


def test_it_arrives_in_pieces_and_is_kept_as_it_was(sent):
    home, facts, away = sent
    assert ship(home, facts, away, facts.size_bytes) == facts.size_bytes
    away.verify(facts.identifier)
    kept = away.get(facts.identifier)
    assert kept.checksums == facts.checksums and Path(kept.path).stat().st_mode & 0o777 == 0o444
    assert away.receive(facts, 0, b"") == facts.size_bytes  # it is known at once
    assert [path.name for path in (Path(kept.path).parent / "work").iterdir()] == []


def test_it_goes_on_where_it_stopped_and_no_piece_is_taken_twice(sent):
    home, facts, away = sent
    assert ship(home, facts, away, 1500) == 2000
    assert away.receive(facts, 0, b"x" * 1000) == 2000
    assert away.get(facts.identifier) is None
    assert ship(home, facts, away, facts.size_bytes) == facts.size_bytes
    away.verify(facts.identifier)


def test_what_is_not_the_image_is_not_kept(sent):
    _, facts, away = sent
    with pytest.raises(BadInput, match="did not arrive"):
        away.receive(facts, 0, b"x" * facts.size_bytes)
    assert away.get(facts.identifier) is None and away.receive(facts, 0, b"") == 0


@pytest.mark.parametrize("identifier", ["../../etc/passwd", "", "a\0b"])
def test_no_name_leads_out_of_the_store(sent, identifier):
    _, facts, away = sent
    with pytest.raises(BadInput, match="cannot be an image"):
        away.receive(dataclasses.replace(facts, identifier=identifier), 0, b"x")


def test_there_is_nothing_to_read_of_an_image_that_is_not_there(sent):
    home, _, _ = sent
    with pytest.raises(NotFound):
        home.read("FmcF7LVBMYUBZGnB8fp3XZ63Qt4", 0, 1)
