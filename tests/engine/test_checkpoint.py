"""Checkpoints: the newest state, whole, of this run alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from warmstart.engine.checkpoint import Checkpoint, fingerprint
from warmstart.errors import DamagedFile, UsageError


class Run(NamedTuple):
    """A state with arrays of every shape and plain numbers."""

    params: Any
    loss: float
    step: int


START = Run({"w": np.zeros((2, 3), np.float32), "scalar": np.array(0, np.float32)}, float("inf"), 0)


def at(step: int) -> Run:
    """The state after some steps."""
    return Run({"w": np.full((2, 3), step, np.float32), "scalar": np.array(step, np.float32)}, 1 / (step + 1), step)


def test_restores_the_newest(tmp_path: Path) -> None:
    """Arrays and numbers come back with their types, to the bit."""
    store = Checkpoint(tmp_path, "a")
    assert store.restore(START) is START
    for step in (1, 2, 3):
        store.save(at(step))
    kept = store.restore(START)
    assert (kept.loss, kept.step) == (0.25, 3)
    assert (type(kept.loss), type(kept.step)) == (float, int)
    assert np.array_equal(kept.params["w"], at(3).params["w"])
    assert kept.params["scalar"].shape == ()


def test_infinite_loss_is_kept(tmp_path: Path) -> None:
    """Before the first good look the best loss is infinite."""
    Checkpoint(tmp_path, "a").save(START)
    assert Checkpoint(tmp_path, "a").restore(at(9)).loss == float("inf")


def test_torn_save_leaves_the_older_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the arrays are written and the manifest is not, the state before is still there."""
    store = Checkpoint(tmp_path, "a")
    store.save(at(1))

    def fail(path: Path, value: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("warmstart.engine.checkpoint.write_json", fail)
        with pytest.raises(KeyboardInterrupt):
            store.save(at(2))
    assert store.restore(START).step == 1


def test_another_run_is_refused(tmp_path: Path) -> None:
    """A checkpoint says whose it is."""
    Checkpoint(tmp_path, "a").save(at(1))
    with pytest.raises(UsageError, match="another learner, data or settings"):
        Checkpoint(tmp_path, "b").restore(START)


def test_changed_byte(tmp_path: Path) -> None:
    """Damaged arrays are not trained on."""
    Checkpoint(tmp_path, "a").save(at(1))
    (file,) = tmp_path.glob("*.safetensors")
    file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    with pytest.raises(DamagedFile):
        Checkpoint(tmp_path, "a").restore(START)


def test_fingerprint() -> None:
    """Every name and every byte counts."""
    marks = [
        fingerprint(("a", 1), {"x": np.zeros(3)}),
        fingerprint(("a", 2), {"x": np.zeros(3)}),
        fingerprint(("a", 1), {"x": np.array([0.0, 0.0, 1e-300])}),
    ]
    assert len(set(marks)) == 3
    assert fingerprint(("a", 1), {"x": np.zeros(3)}) == marks[0]
