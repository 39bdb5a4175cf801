"""`adapt` and `predict`: a task kept, asked again, and every file that does not fit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from warmstart.engine.meta_train import meta_train
from warmstart.learners.task_mean import TaskMean
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tasks.taskset import TaskSet

Run = Callable[[str], tuple[int, str, str]]


def told(run: Run, line: str) -> dict[str, Any]:
    """What a verb that succeeds prints as JSON."""
    code, out, err = run(f"{line} --json")
    assert code == 0, err
    answer: dict[str, Any] = json.loads(out)
    return answer


def test_support_matters(shop: Path, run: Run) -> None:
    """With the first weeks of a store that sells ten more than others, more is predicted, and with less doubt."""
    new, known = (told(run, f"predict model --query ask.csv {s}") for s in ("", "--support first.csv"))
    assert (new["tier"], new["k"], known["tier"], known["k"]) == ("prior", 0, "adapted", 3)
    assert known["mean"][0] > new["mean"][0] + 5
    assert known["std"][0] < new["std"][0]


def test_kept_task_answers_the_same(shop: Path, run: Run) -> None:
    """A task that `adapt` has kept gives the answer of its support rows."""
    kept = told(run, "adapt model --support first.csv -o store")
    assert (kept["k"], kept["state"]) == (3, "store")
    from_state = told(run, "predict model --state store --query ask.csv")
    assert from_state == told(run, "predict model --support first.csv --query ask.csv")


def test_adapt_without_keeping(shop: Path, run: Run) -> None:
    """Without `-o` it is said that nothing was kept."""
    code, out, _ = run("adapt model --support first.csv")
    assert code == 0
    assert "to 3 rows; nothing kept" in out


def test_table(shop: Path, run: Run) -> None:
    """Without `--json` a line for each query row."""
    code, out, _ = run("predict model --support first.csv --query ask.csv")
    assert code == 0
    assert out.startswith("adapted, 3 support rows, model ")
    assert "low90" in out
    assert [line.split()[0] for line in out.splitlines()[-3:-1]] == ["0", "1"]


def test_descriptor_speaks_before_the_first_row(tmp_path: Path, run: Run) -> None:
    """Shops of the north sell ten more, and one more a metre: what is said of a new shop moves its prior."""
    rng = np.random.default_rng(0)
    shop, north, metres = (
        np.repeat(np.arange(40), 6),
        np.repeat(rng.integers(0, 2, 40), 6),
        np.repeat(rng.integers(1, 9, 40), 6),
    )
    price = rng.normal(size=240)
    frame = pl.DataFrame(
        {
            "shop": [f"s{i}" for i in shop],
            "side": np.where(north > 0, "north", "south"),
            "metres": metres.astype(float),
            "price": price,
            "sold": 10.0 * north + metres - price,
        }
    )
    told_of = (Column("side", Role.DESCRIPTOR, Kind.CATEGORY), Column("metres", Role.DESCRIPTOR))
    schema = Schema(
        (Column("shop", Role.TASK, Kind.CATEGORY), *told_of, Column("price", Role.FEATURE), Column("sold", Role.TARGET))
    )
    meta_train(TaskSet.from_table(frame, schema), steps=300, learning_rate=0.02).save(tmp_path / "model")
    pl.DataFrame({"price": [0.0]}).write_csv(tmp_path / "ask.csv")
    ask = f"predict {tmp_path}/model --query {tmp_path}/ask.csv"
    small, large = (told(run, f"{ask} --descriptor side=north --descriptor metres={m}")["mean"][0] for m in (2, 8))
    south = told(run, f"{ask} --descriptor side=south --descriptor metres=2")["mean"][0]
    assert small > south + 5
    assert large > small + 3
    assert told(run, f"adapt {tmp_path}/model --descriptor side=north")["k"] == 0
    code, _, err = run(f"{ask} --descriptor metres=wide")
    assert (code, "column 'metres'" in err) == (3, True)


@pytest.fixture(scope="module")
def ranker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that ranks four items for users who buy either a and b or c and d."""
    pairs = ["ab" if user % 2 else "cd" for user in range(40)]
    rows = [(f"u{user}", day, item) for user, pair in enumerate(pairs) for day, item in enumerate(pair * 3)]
    frame = pl.DataFrame(rows, schema=["user", "day", "item"], orient="row")
    task, time = Column("user", Role.TASK, Kind.CATEGORY), Column("day", Role.TIME)
    schema = Schema((task, time, Column("item", Role.ITEM, Kind.CATEGORY)), Target.CHOICE)
    folder, settings = tmp_path_factory.mktemp("ranker"), {"steps": 100, "learning_rate": 0.03, "shots": (0, 1)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WARMSTART_CACHE", str(folder / "cache"))
        meta_train(TaskSet.from_table(frame, schema), order="time", **settings).save(folder)
    return folder


@pytest.fixture
def baskets(ranker: Path, shop: Path) -> Path:
    """The shop with that model, and a basket that holds a."""
    (shop / "ranker").symlink_to(ranker)
    pl.DataFrame({"item": ["a"], "day": [0]}).write_csv(shop / "basket.csv")
    return shop


def test_top_of_the_catalogue(baskets: Path, run: Run) -> None:
    """Without a query a ranking model names the best items, as many as `--top` says; also as a table."""
    best = told(run, "predict ranker --support basket.csv --top 2")
    assert sorted(best["items"]) == ["a", "b"]
    assert "rank" in run("predict ranker --support basket.csv")[1]


def test_explain_the_top(baskets: Path, run: Run) -> None:
    """`explain` without a query takes the best items, each because of the one that was bought."""
    why = told(run, "explain ranker --support basket.csv")
    assert {row["query"] for row in why["rows"]} == {"a", "b", "c", "d"}
    assert {s["row"] for row in why["rows"] for s in row["support"]} == {"a"}


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("predict nowhere --query ask.csv", 4, "no model in nowhere"),
        ("predict model --query aks.csv", 2, "did you mean ask.csv"),
        ("predict model", 3, "nothing is asked"),
        ("predict model --support first.csv --state s --query ask.csv", 2, "either --state or --support"),
        ("predict model --state nowhere --query ask.csv", 4, "cannot read nowhere"),
        ("predict model --support ask.csv --query ask.csv", 3, "column 'sold'"),
        ("predict model --support weeks.csv --query ask.csv", 3, "rows of several tasks"),
        ("predict model --query other.csv", 3, "column 'price'"),
        ("predict model --top 0", 2, "--top"),
        ("adapt model --support ask.csv -o state", 3, "column 'sold'"),
        ("adapt model --support first.csv -o nowhere/state", 2, "cannot write nowhere/state"),
        ("adapt model --support first.csv -o state.safetensors", 2, "choose another"),
        ("adapt model --descriptor town", 2, "expected NAME=VALUE"),
        ("adapt model --descriptor town=x", 3, "column 'town': not a descriptor"),
        ("predict model --state s --descriptor town=x --query ask.csv", 2, "holds the task's descriptor"),
        ("explain model --support ask.csv --query ask.csv", 3, "column 'sold'"),
        ("explain model", 3, "nothing is asked"),
    ],
)
def test_refusals(line: str, code: int, said: str, shop: Path, run: Run) -> None:
    """Each file that does not fit is one line on stderr with the exit code of its kind; nothing is written."""
    (shop / "other.csv").write_text("prize\n1.5\n", "utf-8")
    got, out, err = run(line)
    assert (got, out, err.count("\n")) == (code, "", 1), err
    assert said in err
    assert not list(shop.glob("state*"))


def test_levels(tmp_path: Path, run: Run) -> None:
    """Of a level that has a name: the expected place beside the probability of each, from the lowest."""
    frame = pl.DataFrame({"shop": list("aabb"), "size": ["s", "m", "l", "m"]})
    size = Column("size", Role.TARGET, Kind.CATEGORY, levels=("s", "m", "l"))
    schema = Schema((Column("shop", Role.TASK, Kind.CATEGORY), size), Target.ORDINAL)
    meta_train(TaskSet.from_table(frame, schema), TaskMean()).save(tmp_path / "sizes")
    pl.DataFrame({"shop": ["c"]}).write_csv(tmp_path / "ask.csv")
    code, out, err = run(f"predict {tmp_path / 'sizes'} --query {tmp_path / 'ask.csv'}")
    assert code == 0, err
    lines = [line.split() for line in out.splitlines() if line.strip()]
    heads, row = lines[1], lines[3]
    assert heads == ["row", "most", "probable", "mean", "p(s)", "p(m)", "p(l)"]
    assert row[:3] == ["0", "m", "2"]


@pytest.mark.parametrize("name", ["arrays.safetensors", "manifest.json"])
def test_changed_byte(name: str, built: Path, shop: Path, run: Run) -> None:
    """One byte of a model changed: exit code 3, and the file is named."""
    shutil.copytree(built / "model", shop / "spoilt")
    content = bytearray((shop / "spoilt" / name).read_bytes())
    content[len(content) // 2] ^= 1
    (shop / "spoilt" / name).write_bytes(content)
    code, out, err = run("predict spoilt --query ask.csv")
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert f"spoilt/{name}" in err


def test_state_of_another_model(baskets: Path, run: Run) -> None:
    """A task that another model has adapted is refused."""
    assert run("adapt model --support first.csv -o store")[0] == 0
    code, out, err = run("predict ranker --state store")
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert "adapt again" in err
