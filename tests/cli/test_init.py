"""`init` writes a TOML that the other verbs understand, and spoils none that is there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from warmstart.tables.config import load_config

Run = Callable[[str], tuple[int, str, str]]


def test_guess(shop: Path, run: Run) -> None:
    """Task and target as told, the rest guessed; the TOML can be read, the table found from another folder."""
    (shop / "deep").mkdir()
    code, out, _ = run("init table weeks.csv -o deep/new.toml --task store --target sold")
    assert code == 0
    assert "wrote deep/new.toml" in out
    config = load_config(shop / "deep" / "new.toml")
    assert {name: str(c.role) for name, c in config.columns.items()} == {
        "store": "task",
        "price": "feature",
        "sold": "target",
    }
    assert config.table().frame.height == 480


def test_json(shop: Path, run: Run) -> None:
    """`--json` tells the same as the table."""
    told = json.loads(run("init table weeks.csv -o new.toml --task store --target sold --json")[1])
    assert told["path"] == "new.toml"
    assert told["columns"]["sold"] == {"role": "target", "kind": "number"}


def test_twice(shop: Path, run: Run) -> None:
    """The same again is fine; what a user has changed is kept unless `--force` is said."""
    line = "init table weeks.csv -o new.toml --task store --target sold"
    assert run(line)[0] == 0
    assert run(line)[0] == 0
    (shop / "new.toml").write_text("mine", "utf-8")
    code, _, err = run(line)
    assert (code, err) == (3, "error: new.toml is there and says something else; --force writes over it\n")
    assert (shop / "new.toml").read_text("utf-8") == "mine"
    assert run(f"{line} --force")[0] == 0
    assert (shop / "new.toml").read_text("utf-8") != "mine"


def test_refusals(shop: Path, run: Run) -> None:
    """An unknown scenario, column or file, and a name that is no TOML's: one line each, nothing written."""
    for line, code, said in (
        ("init tabel weeks.csv -o new.toml", 2, "did you mean table?"),
        ("init table weeks.csv -o new.toml --task stor", 2, "did you mean store"),
        ("init table week.csv -o new.toml", 2, "weeks.csv"),
        ("init table weeks.csv -o new.txt", 2, "ends in .toml"),
        ("init table weeks.csv -o nowhere/new.toml", 2, "is not a folder"),
    ):
        got, out, err = run(line)
        assert (got, out, err.count("\n")) == (code, "", 1), err
        assert said in err
    assert not list(shop.glob("new.*"))
