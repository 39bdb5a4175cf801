"""`Registry` on both databases: whole versions, one that answers, and the way back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from warmstart.errors import Conflict, DamagedFile, NotFound, UsageError
from warmstart.store.database import Database
from warmstart.store.registry import Pointer, Registry

NOW = datetime(2026, 1, 6, tzinfo=UTC)
PLACE = ("shop", "price")


@pytest.fixture
def registry(database: Database, tmp_path: Path) -> Registry:
    """With two versions, of which none answers."""
    held = Registry(database)
    for version in ("one", "two"):
        assert held.publish(*PLACE, version, model(tmp_path / version, version), NOW, {"mae": 0.5})
    return held


def model(folder: Path, content: str) -> Path:
    """A folder with the files of a model."""
    folder.mkdir()
    (folder / "manifest.json").write_text(content)
    (folder / "arrays.safetensors").write_bytes(content.encode() * 1000)
    return folder


def test_published_is_not_serving(registry: Registry) -> None:
    """Until it is promoted."""
    assert registry.pointer(*PLACE).serving is None
    assert [each.serving for each in registry.entries(*PLACE)] == [False, False]
    registry.promote(*PLACE, "one", NOW, "the first")
    assert registry.pointer(*PLACE).serving == "one"
    assert {each.version: each.serving for each in registry.entries(*PLACE)} == {"one": True, "two": False}
    assert registry.entries(*PLACE)[0].report == {"mae": 0.5}
    assert registry.scenarios() == [PLACE]
    assert registry.pointer("other", "price").serving is None


def test_the_way_back(registry: Registry) -> None:
    """Of two promotions the second is undone; of one there is no way back."""
    registry.promote(*PLACE, "one", NOW, "the first")
    with pytest.raises(UsageError, match="no version answered before"):
        registry.roll_back(*PLACE, NOW, "oh")
    registry.promote(*PLACE, "two", NOW, "better")
    assert registry.roll_back(*PLACE, NOW, "worse after all") == "one"
    assert registry.pointer(*PLACE).serving == "one"
    assert [each.why for each in registry.promotions(*PLACE)] == ["worse after all", "better", "the first"]


def test_a_trial(registry: Registry) -> None:
    """A share of the tasks beside the version that serves; the way back ends it, a promotion makes it whole."""
    with pytest.raises(UsageError, match="no other version"):
        registry.promote(*PLACE, "one", NOW, "beside none", share=0.1)
    registry.promote(*PLACE, "one", NOW, "the first")
    registry.promote(*PLACE, "two", NOW, "a trial", share=0.25)
    pointer = registry.pointer(*PLACE)
    assert (pointer.serving, pointer.canary, pointer.share) == ("one", "two", 0.25)
    assert {each.version: each.share for each in registry.entries(*PLACE)} == {"one": 0.75, "two": 0.25}
    assert registry.roll_back(*PLACE, NOW, "worse") == "one"
    assert registry.pointer(*PLACE) == Pointer(("one",))
    registry.promote(*PLACE, "two", NOW, "a trial", share=0.25)
    registry.promote(*PLACE, "two", NOW, "all")
    assert registry.pointer(*PLACE) == Pointer(("two", "one"))
    for share in (0.0, -1.0, 1.001, float("nan")):
        with pytest.raises(UsageError, match="share"):
            registry.promote(*PLACE, "one", NOW, "no share", share=share)


def test_unknown_versions(registry: Registry, tmp_path: Path) -> None:
    """Neither promoted nor fetched; the near name is offered."""
    with pytest.raises(NotFound, match="did you mean two"):
        registry.promote(*PLACE, "tow", NOW, "")
    with pytest.raises(NotFound):
        registry.fetch(*PLACE, "tow", tmp_path / "cache")


def test_a_version_never_changes(registry: Registry, tmp_path: Path) -> None:
    """Published again it is as before, however long training took; with other arrays it is a conflict."""
    (tmp_path / "one" / "manifest.json").write_text("one, in two seconds")
    assert not registry.publish(*PLACE, "one", tmp_path / "one", NOW, {})
    with pytest.raises(Conflict, match="other content"):
        registry.publish(*PLACE, "one", tmp_path / "two", NOW, {})


def test_fetched_bytes(registry: Registry, tmp_path: Path) -> None:
    """They are those that were published; fetched twice, written once."""
    folder = registry.fetch(*PLACE, "two", tmp_path / "cache")
    assert (folder / "arrays.safetensors").read_bytes() == b"two" * 1000
    assert registry.fetch(*PLACE, "two", tmp_path / "cache") == folder
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_a_flipped_byte_is_refused_by_name(registry: Registry, database: Database, tmp_path: Path) -> None:
    """And nothing of it is left in the folder."""
    with database.write() as transaction:
        transaction.run("UPDATE model_files SET content = ? WHERE version = 'two' AND name = 'manifest.json'", b"twO")
    with pytest.raises(DamagedFile, match=r"model two of price: manifest.json"):
        registry.fetch(*PLACE, "two", tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())
    assert registry.fetch(*PLACE, "one", tmp_path / "cache").exists()
