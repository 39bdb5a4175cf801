"""`train` writes a model or nothing, goes on where a run broke off, and leaves no checkpoint behind."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from warmstart.engine import train as engine

Run = Callable[[str], tuple[int, str, str]]
LINE = "train table --data my.toml --learner bayes_head --out new"


def test_json(shop: Path, run: Run) -> None:
    """Quality and model are told as JSON; the model is on disk with its scenario, the checkpoint is gone."""
    code, out, _ = run(f"{LINE} --seed 1 --json")
    assert code == 0
    told = json.loads(out)
    assert (told["scenario"], told["tasks"], told["settings"]["seed"]) == ("table", 40, 1)
    assert told["quality"]["rows"] == 480
    assert {path.name for path in (shop / "new").iterdir()} == {"arrays.safetensors", "manifest.json"}
    assert json.loads((shop / "new" / "manifest.json").read_text("utf-8"))["version"] == told["version"]


def test_existing_model_is_replaced(built: Path, shop: Path, run: Run) -> None:
    """Training into the folder of a model gives the new one; the quality is printed first."""
    shutil.copytree(built / "model", shop / "new")
    before = (shop / "new" / "manifest.json").read_text("utf-8")
    code, out, _ = run(f"{LINE} --seed 7")
    assert code == 0
    assert out.startswith("weeks: 480 rows, 40 tasks")
    assert "wrote new" in out
    assert (shop / "new" / "manifest.json").read_text("utf-8") != before


def test_resume(shop: Path, run: Run) -> None:
    """A run that broke off goes on to the same model, refuses to be another run, and leaves no checkpoint."""
    settings = (shop / "my.toml").read_text("utf-8").replace("steps = 30", "steps = 130")
    (shop / "long.toml").write_text(settings, "utf-8")
    line = LINE.replace("my.toml", "long.toml")
    whole = json.loads(run(f"{line.replace('new', 'whole')} --json")[1])
    with interrupted_at(110):
        assert run(line)[0] == 130
    assert {path.name for path in (shop / "new").iterdir()} == {"checkpoint"}
    code, _, err = run(f"{line} --resume --seed 5")
    assert (code, "checkpoint is of another" in err) == (2, True)
    told = json.loads(run(f"{line} --resume --json")[1])
    assert told["version"] == whole["version"]
    assert not (shop / "new" / "checkpoint").exists()


@pytest.mark.slow
def test_ray(shop: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the processors of this machine it is the same model."""
    pytest.importorskip("ray", reason="needs the extra ray")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")  # no key is left in the home of whoever runs the tests
    line = LINE.replace("my.toml", "few.toml").replace("bayes_head", "auto")
    (shop / "few.toml").write_text((shop / "my.toml").read_text("utf-8").replace("steps = 30", "steps = 3"), "utf-8")
    here = json.loads(run(f"{line} --json")[1])
    code, out, err = run(f"{line} --json --ray local")
    assert code == 0, err
    assert json.loads(out)["version"] == here["version"]
    assert {path.name for path in (shop / "new").iterdir()} == {"arrays.safetensors", "manifest.json"}


def test_ray_is_missing(shop: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named, and nothing is written."""
    monkeypatch.setitem(sys.modules, "ray", None)
    code, _, err = run(f"{LINE} --ray local")
    assert (code, "pip install 'warmstart[ray]'" in err) == (4, True)
    assert not (shop / "new").exists()


@contextmanager
def interrupted_at(step: int) -> Iterator[None]:
    """Ctrl-C while the batch of this step is drawn."""
    drawn: Any = vars(engine)["_sample"]

    def sample(train: object, settings: object, at: int) -> object:
        if at == step:
            raise KeyboardInterrupt
        return drawn(train, settings, at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_sample", sample)
        yield


def test_leak_is_refused(shop: Path, run: Run) -> None:
    """A feature that copies the target ends it with exit code 3 before anything is trained or written."""
    header, *rows = (shop / "weeks.csv").read_text("utf-8").splitlines()
    (shop / "leaky.csv").write_text("\n".join([f"{header},again", *(f"{r},{r.split(',')[2]}" for r in rows)]), "utf-8")
    settings = (shop / "my.toml").read_text("utf-8").replace("weeks.csv", "leaky.csv")
    (shop / "leaky.toml").write_text(settings + '[columns.again]\nrole = "feature"\n', "utf-8")
    code, _, err = run(LINE.replace("my.toml", "leaky.toml"))
    assert (code, err.count("\n")) == (3, 1)
    assert "column 'again'" in err
    assert not (shop / "new").exists()


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("train tabel --data my.toml --out new", 2, "did you mean table?"),
        ("train table --data ta-fang --out new", 2, "did you mean ta-feng?"),
        ("train table --data nowhere.toml --out new", 2, "no settings file"),
        ("train recommend --data my.toml --out new", 2, "is for scenario 'table'"),
        ("train table --data my.toml --out new --learner bayes_haed", 2, "did you mean bayes_head?"),
        ("train table --data my.toml --out new --learner item_knn", 2, "cannot predict a gaussian target"),
        ("train table --data my.toml --out my.toml/new", 2, "my.toml is not a folder"),
        ("train table --data my.toml --out .", 2, "and no model"),
        ("train table --data my.toml", 2, "Missing option '--out'"),
    ],
)
def test_refusals(line: str, code: int, said: str, shop: Path, run: Run) -> None:
    """Each mistake is one line on stderr before anything is trained; no folder is made."""
    got, out, err = run(line)
    assert (got, out, err.count("\n")) == (code, "", 1), err
    assert said in err
    assert not (shop / "new").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("steps = 30", "stepps = 30", "unknown key 'train.stepps': did you mean 'steps'?"),
        ('role = "task"', 'role = "tsak"', "did you mean 'task'?"),
        ("steps = 30", "steps = 0", "train.steps"),
        ("[split]", "[split", "not TOML"),
    ],
)
def test_bad_toml(old: str, new: str, said: str, shop: Path, run: Run) -> None:
    """A key, value or line that cannot be is named with what is near."""
    (shop / "bad.toml").write_text((shop / "my.toml").read_text("utf-8").replace(old, new), "utf-8")
    code, out, err = run("train table --data bad.toml --out new")
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert said in err
