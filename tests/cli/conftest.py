"""A small world for the verbs: 40 stores, 12 weeks each; every store sells the less the dearer, from its own level."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from warmstart.cli.app import main

STORES, WEEKS = 40, 12
SETTINGS = """
scenario = "table"
name = "weeks"
[data]
path = "weeks.csv"
[columns.store]
role = "task"
kind = "category"
[columns.price]
role = "feature"
[columns.sold]
role = "target"
[split]
shots = [0, 2, 5]
[train]
steps = 30
"""


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the table, its TOML, the first rows of a new store, rows to ask about, and a trained model."""
    folder = tmp_path_factory.mktemp("shop")
    rng = np.random.default_rng(0)
    store, price = np.repeat(np.arange(STORES), WEEKS), rng.uniform(1, 3, STORES * WEEKS).round(2)
    sold = 20 + rng.normal(0, 4, STORES)[store] - 3 * price + rng.normal(0, 0.5, store.size)
    weeks = pl.DataFrame({"store": [f"s{i}" for i in store], "price": price, "sold": sold.round(2)})
    weeks.write_csv(folder / "weeks.csv")
    (folder / "my.toml").write_text(SETTINGS, "utf-8")
    pl.DataFrame({"price": [1.2, 2.0, 2.6], "sold": [31.0, 29.0, 27.0]}).write_csv(folder / "first.csv")
    pl.DataFrame({"price": [1.5, 2.5]}).write_csv(folder / "ask.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WARMSTART_CACHE", str(folder / "cache"))
        options = ["--data", str(folder / "my.toml"), "--out", str(folder / "model"), "--learner", "bayes_head"]
        assert main(["train", "table", *options]) == 0
    return folder


@pytest.fixture
def shop(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: links to the files of the shop world, so that a test may write beside them."""
    for path in built.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[[str], tuple[int, str, str]]:
    """Run one command line, its words by blanks; gives exit code, stdout and stderr."""

    def ran(line: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(line.split())
        said = capsys.readouterr()
        return code, said.out, said.err

    return ran
