"""Effects on the command line: trained from a TOML, told a pilot, asked, explained, and used to choose."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from warmstart.cli.app import main

Run = Callable[[str], tuple[int, str, str]]

TOML = """
scenario = "market"
name = "coupons"
[data]
path = "coupons.csv"
[columns.campaign]
role = "task"
kind = "category"
[columns.age]
role = "feature"
[columns.sent]
role = "treatment"
[columns.spent]
role = "target"
"""


def customers(campaigns: int, seed: int) -> pl.DataFrame:
    """Sixty customers of each campaign, half of whom, by chance, are sent a coupon; then they spend `age` more."""
    rng, n = np.random.default_rng(seed), 60 * campaigns
    age, sent = rng.uniform(-4, 4, n).round(2), rng.integers(0, 2, n)
    spent = (20 + age * sent + 0.1 * rng.normal(size=n)).round(2)
    return pl.DataFrame({"campaign": np.repeat(np.arange(campaigns), 60), "age": age, "sent": sent, "spent": spent})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of eight campaigns, a pilot of another, and customers of whom nothing but the age is known."""
    folder = tmp_path_factory.mktemp("coupons")
    customers(8, 0).write_csv(folder / "coupons.csv")
    customers(1, 1).write_csv(folder / "pilot.csv")
    pl.DataFrame({"age": [1.0, -3.0, 3.0, 2.0]}).write_csv(folder / "ask.csv")
    (folder / "my.toml").write_text(TOML, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WARMSTART_CACHE", str(folder / "cache"))
        line = ["--data", str(folder / "my.toml"), "--out", str(folder / "model"), "--learner", "local_t_learner"]
        assert main(["train", "market", *line]) == 0
    return folder


@pytest.fixture(autouse=True)
def _there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


def test_training_tells_what_is_estimated(run: Run) -> None:
    """Both arms in the quality report, and the effect in words."""
    code, out, err = run("train market --data my.toml --out again --learner task_mean")
    assert code == 0, err
    assert "treatment     share 0." in out
    assert "predicts the effect of sent on spent" in out


def test_the_most_changed_are_chosen(run: Run) -> None:
    """The two of the largest effect first; who would spend less is never chosen, however many are asked for."""
    assert run("adapt model --support pilot.csv -o task")[0] == 0
    two = json.loads(run("decide model --state task --query ask.csv --top 2 --json")[1])
    assert (two["rows"], two["asked"], two["above_zero"], two["k"]) == ([2, 3], 4, 3, 60)
    assert two["effect"] == pytest.approx([3.0, 2.0], abs=0.3)
    code, out, _ = run("decide model --state task --query ask.csv")
    assert code == 0
    assert "3 of 4 rows; the effect is above zero on 3" in out


def test_predict_and_explain(run: Run) -> None:
    """The same effects in the order of the rows, with an interval; the age carries them."""
    told = json.loads(run("predict model --support pilot.csv --query ask.csv --json")[1])
    assert told["mean"] == pytest.approx([1.0, -3.0, 3.0, 2.0], abs=0.3)
    assert all(low < mean < high for low, mean, high in zip(told["low90"], told["mean"], told["high90"], strict=True))
    why = json.loads(run("explain model --support pilot.csv --query ask.csv --json")[1])
    assert why["about"] == "effect on spent"
    codes = {row["query"]: row["reason_codes"] for row in why["rows"]}
    assert [(code["column"], code["direction"]) for code in codes["row 1"]] == [("age", "down")]
    assert [(code["column"], code["direction"]) for code in codes["row 2"]] == [("age", "up")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("decide model --support pilot.csv", "--query FILE: expected a table of the rows to choose from"),
        ("decide model --support pilot.csv --query ask.csv --explore", "takes --query, --top and --seed"),
        ("adapt model --support ask.csv", "missing"),
    ],
)
def test_refused(line: str, said: str, run: Run) -> None:
    """With what to do instead."""
    code, _, err = run(line)
    assert code in (2, 3)
    assert said in err
