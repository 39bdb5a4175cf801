"""`decide`: a list for one task, what is kept out of it, and what a user can get wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from warmstart.engine.meta_train import meta_train
from warmstart.learners.bias import Bias
from warmstart.learners.item_knn import ItemKNN
from warmstart.learners.task_mean import TaskMean
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tasks.taskset import TaskSet

Run = Callable[[str], tuple[int, str, str]]

AISLES = {"tea": "drinks", "milk": "drinks", "cola": "drinks", "soap": "bath", "towel": "bath"}
BASKETS = (["tea", "milk", "cola"], ["tea", "milk", "cola"], ["tea", "milk"], ["tea", "soap"], ["soap", "towel"])
USER, ITEM = Column("user", Role.TASK, Kind.CATEGORY), Column("item", Role.ITEM, Kind.CATEGORY)


def rows() -> pl.DataFrame:
    """Five users and what they took, tea with more stars than the rest, and liked."""
    taken = [(f"u{user}", item) for user, basket in enumerate(BASKETS) for item in basket]
    frame = pl.DataFrame(taken, schema=["user", "item"], orient="row")
    stars = 2 + 2.0 * (frame["item"] == "tea").cast(pl.Float64) + 0.1 * (frame["user"] == "u0").cast(pl.Float64)
    return frame.with_columns(
        stars=stars, liked=pl.when(pl.col("item") == "tea").then(pl.lit("yes")).otherwise(pl.lit("no"))
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models of choices with and without features of items, of stars as numbers and as levels, and of a class."""
    folder = tmp_path_factory.mktemp("shops")
    items = pl.DataFrame({"item": list(AISLES), "aisle": list(AISLES.values())})
    aisle = Column("aisle", Role.FEATURE, Kind.CATEGORY)
    choice, stars = (
        Schema((USER, ITEM, aisle), Target.CHOICE),
        Schema((USER, ITEM, aisle, Column("stars", Role.TARGET))),
    )
    liked = Schema((USER, ITEM, aisle, Column("liked", Role.TARGET, Kind.CATEGORY)), Target.CLASS)
    made = {
        "ranker": (choice, items, ItemKNN(shrinkage=0.0)),
        "plain": (Schema((USER, ITEM), Target.CHOICE), None, ItemKNN()),
        "stars": (stars, items, Bias()),
        "levels": (replace(stars, target_type=Target.ORDINAL), items, TaskMean()),
        "liked": (liked, items, TaskMean()),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WARMSTART_CACHE", str(folder / "cache"))
        for name, (schema, catalogue, learner) in made.items():
            meta_train(TaskSet.from_table(rows(), schema, items=catalogue), learner).save(folder / name)
    return folder


@pytest.fixture
def shops(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder with these models, a basket of milk, and a rating of it."""
    for path in trained.iterdir():
        (tmp_path / path.name).symlink_to(path)
    pl.DataFrame({"item": ["milk"]}).write_csv(tmp_path / "basket.csv")
    pl.DataFrame({"item": ["milk"], "stars": [2.0]}).write_csv(tmp_path / "rated.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(run: Run, line: str) -> dict[str, Any]:
    """What `decide` prints as JSON."""
    code, out, err = run(f"decide {line} --json")
    assert code == 0, err
    answer: dict[str, Any] = json.loads(out)
    return answer


def test_order_is_that_of_predict(shops: Path, run: Run) -> None:
    """Without options it is the list of `predict`, unmoved, with nothing left to chance."""
    shown = told(run, "ranker --support basket.csv -n 3")
    assert shown["items"] == json.loads(run("predict ranker --support basket.csv --top 3 --json")[1])["items"]
    assert (shown["before"], shown["propensity"], shown["explored"]) == ([1, 2, 3], None, None)
    assert (shown["tier"], shown["k"], shown["asked"], shown["filtered"]) == ("adapted", 1, 3, {})


def test_reasons(shops: Path, run: Run) -> None:
    """Tea is shown because of the milk it goes with; a towel nobody took with milk."""
    shown = told(run, "ranker --support basket.csv")
    because = dict(zip(shown["items"], shown["because"], strict=True))
    assert because["tea"][0]["row"] == "milk"
    assert because["tea"][0]["effect"] == pytest.approx(1, abs=1e-3)
    assert because["towel"] == []


def test_new_user(shops: Path, run: Run) -> None:
    """Without support the popular comes first, for no reason of its own."""
    shown = told(run, "ranker -n 1")
    assert (shown["tier"], shown["items"], shown["because"]) == ("prior", ["tea"], [[]])


def test_kept_task(shops: Path, run: Run) -> None:
    """A kept task gets the list of its support rows."""
    assert run("adapt ranker --support basket.csv -o user")[0] == 0
    assert told(run, "ranker --state user") == told(run, "ranker --support basket.csv")


def test_filters(shops: Path, run: Run) -> None:
    """Blocked, out of stock and bought items are counted; that fewer than asked are left is said."""
    (shops / "blocked.csv").write_text("item,why\ntea,recall\n", "utf-8")
    (shops / "stock.csv").write_text("item,stock\nmilk,3\ntea,3\ncola,0\ntowel,2\nsoap,1\nrice,9\n", "utf-8")
    for block in ("tea", "blocked.csv"):
        shown = told(run, f"ranker --support basket.csv --already hide --stock stock.csv --block {block}")
        assert sorted(shown["items"]) == ["soap", "towel"]
        assert shown["filtered"] == {"blocked": 1, "out of stock": 1, "already in the support": 1}
        assert shown["shortfall"].startswith("2 of 10 places filled")
        assert shown["unknown_in_stock"] == 1
    assert told(run, "ranker --support basket.csv --already last")["items"][-1] == "milk"
    only = told(run, "ranker --support basket.csv --query soap,cola -n 1")
    assert (only["items"], only["filtered"]) == (["cola"], {"not allowed": 3})


def test_stock_without_quantities(shops: Path, run: Run) -> None:
    """A file of ids alone, whatever its column is called, lists what is in stock."""
    (shops / "stock.csv").write_text("sku\nsoap\n", "utf-8")
    assert told(run, "ranker --stock stock.csv")["items"] == ["soap"]


def test_table(shops: Path, run: Run) -> None:
    """People see ranks, reasons, and what was left out."""
    code, out, _ = run("decide ranker --support basket.csv --block tea -n 4")
    assert code == 0
    assert out.startswith("adapted, 1 support rows, model ")
    assert "because of" in out
    assert "milk (+" in out
    assert "popular / prior" in out
    assert out.endswith("left out: 1 blocked\n")
    (shops / "stock.csv").write_text("item\nsoap\nrice\n", "utf-8")
    said = run("decide ranker --stock stock.csv --explore --seed 3")[1]
    assert "explored by plackett-luce with seed 3" in said
    assert "propensity" in said
    assert said.endswith("(4 out of stock)\nids of the stock that the model does not know: 1\n")


def test_nothing_to_show(shops: Path, run: Run) -> None:
    """An empty list is an answer that says why."""
    code, out, _ = run("decide ranker --query tea --block tea")
    assert code == 0
    assert out.endswith("0 of 10 places filled: no other item is left (1 blocked, 4 not allowed)\n")
    assert told(run, "ranker --query tea --block tea")["items"] == []


def test_diversity(shops: Path, run: Run) -> None:
    """λ = 1 changes nothing; at a small λ the second place goes to the other aisle."""
    plain = told(run, "ranker --support basket.csv")
    assert told(run, "ranker --support basket.csv --diversity 1") == plain
    varied = told(run, "ranker --support basket.csv --diversity 0.1")
    assert [AISLES[item] for item in plain["items"][:2]] == ["drinks", "drinks"]
    assert [AISLES[item] for item in varied["items"][:2]] == ["drinks", "bath"]
    assert varied["before"][1] > 2


def test_exploration(shops: Path, run: Run) -> None:
    """A model of numbers explores by its doubt, one of scores, or with a temperature, by those; by the seed."""
    stars = told(run, "stars --support rated.csv --explore --seed 1")
    assert stars["explored"] == "thompson"
    assert stars == told(run, "stars --support rated.csv --explore --seed 1")
    assert told(run, "ranker --explore")["explored"] == "plackett-luce"
    hot = [told(run, f"stars --explore --temperature 100 --seed {seed} -n 1") for seed in range(6)]
    assert {each["explored"] for each in hot} == {"plackett-luce"}
    assert len({each["items"][0] for each in hot}) > 1
    assert all(each["propensity"][0] == pytest.approx(0.2, abs=0.05) for each in hot)


def test_stars_rank_by_the_mean(shops: Path, run: Run) -> None:
    """Of a number in a catalogue the largest mean comes first."""
    shown = told(run, "stars --support rated.csv")
    predicted = json.loads(run("predict stars --support rated.csv --json")[1])
    assert shown["items"][0] == "tea"
    assert shown["scores"] == pytest.approx(predicted["mean"], rel=1e-6)


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("ranker --block teq,milk,xyzzy", 2, "--block: no item named 'teq', 'xyzzy': did you mean tea?"),
        ("ranker --query xyzzy", 2, "--query: no item named 'xyzzy': no item of the catalogue has a similar name"),
        ("ranker --block blocked.csv", 2, "no file"),
        ("ranker --block two.csv", 3, "column 'item'"),
        ("ranker --stock strange.csv", 3, "none of its items"),
        ("ranker --stock words.csv", 3, "column 'stock'"),
        ("ranker --diversity 1.5", 2, "--diversity"),
        ("ranker --diversity nan", 2, "--diversity"),
        ("ranker -n 0", 2, "-n"),
        ("ranker --already never", 2, "'never'"),
        ("ranker --temperature 2", 2, "goes with --explore"),
        ("ranker --explore --temperature 0", 2, "above 0"),
        ("ranker --explore --diversity 0", 2, "λ > 0"),
        ("plain --diversity 0.5", 2, "this model's items have none"),
        ("liked", 2, "predicts a bernoulli class"),
        ("nowhere", 4, "no model in nowhere"),
    ],
)
def test_refusals(line: str, code: int, said: str, shops: Path, run: Run) -> None:
    """Each is one line on stderr with the exit code of its kind."""
    (shops / "two.csv").write_text("sku,why\ntea,recall\n", "utf-8")
    (shops / "strange.csv").write_text("item\nrice\n", "utf-8")
    (shops / "words.csv").write_text("item,stock\ntea,plenty\n", "utf-8")
    got, out, err = run(f"decide {line}")
    assert (got, out, err.count("\n")) == (code, "", 1), err
    assert said in err


def test_levels_rank_by_what_is_expected(shops: Path, run: Run) -> None:
    """Of ordered classes the expected level is the score."""
    shown, predicted = told(run, "levels"), json.loads(run("predict levels --json")[1])
    assert predicted["family"] == "ordinal"
    assert shown["scores"] == pytest.approx(predicted["mean"][: len(shown["scores"])], rel=1e-6)


def test_no_catalogue(shop: Path, run: Run) -> None:
    """A model of rows has nothing to rank, and says which verb to use."""
    code, out, err = run("decide model --support first.csv")
    assert (code, out) == (2, "")
    assert "`predict` answers about rows" in err
