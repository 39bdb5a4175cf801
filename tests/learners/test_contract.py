"""What every learner keeps: all are found by import, and each meets every likelihood it declares on a tiny world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import polars as pl
import pytest

from warmstart.engine.adapted import Adapted
from warmstart.engine.bind import bind
from warmstart.engine.bound import Evidence
from warmstart.engine.meta_train import meta_train
from warmstart.engine.model import MetaModel
from warmstart.engine.storage import load
from warmstart.errors import UsageError
from warmstart.learners.bayes_head import BayesHead
from warmstart.learners.bias import Bias
from warmstart.learners.global_boost import Global
from warmstart.learners.likelihoods import LIKELIHOODS
from warmstart.learners.on_top_of import OnTopOf
from warmstart.learners.popularity import Popularity
from warmstart.learners.registry import create, describe, learners
from warmstart.learners.repeat import Repeat
from warmstart.learners.shifted import Shifted
from warmstart.learners.task_mean import TaskMean
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.taskset import TaskSet
from warmstart.types import Latent, Spec, Support, Widths

CANDIDATES = (
    OnTopOf(Global(folds=2, max_rounds=8, min_rows=3, threads=1), BayesHead(features=3, hidden=())),
    TaskMean(),
    Shifted(folds=2, max_rounds=8, min_rows=3, threads=1),
    Bias(),
    Popularity(),
    Repeat(),
)
"""All kinds of learners, in every world two or more that go with it."""

SMALL: Mapping[str, Any] = {
    "bags": 4,
    "candidates": CANDIDATES,
    "features": 4,
    "hidden": (8,),
    "members": (BayesHead(features=4, hidden=(8,)), BayesHead(features=4, hidden=(8,), repeat=1.0)),
    "teacher": BayesHead(features=4, hidden=(8,)),
    "student": BayesHead(features=3, hidden=()),
    "factors": 4,
    "iterations": 2,
    "folds": 2,
    "threads": 1,
    "max_rounds": 8,
    "min_rows": 3,
    "rounds": 3,
    "rows": 500,
    "ridge": 1.0,
    "trials": 20,
    "inner_steps": 2,
    "frequency": "x",
    "recency": "x",
    "age": "x",
    "starts": "x",
}
"""Hyper-parameters that make a learner quick, where it has them."""

SETTINGS: Mapping[str, Any] = {"steps": 4, "batch": 4, "shots": (0, 2, 4), "queries": 4, "validate_every": 2}
TASKS, ROWS, ITEMS = 12, 8, 7

WORLDS = {
    "number": "gaussian",
    "class of two": "bernoulli",
    "class of three": "categorical",
    "level": "ordinal",
    "count": "negative_binomial",
    "choice": "ranking",
    "rating": "gaussian",
    "rating abroad": "gaussian",
}
"""Tiny worlds, and what is predicted in each; choices and ratings are about a catalogue, abroad of two domains."""

ABROAD = ("bias", "domain_factors", "item_mean", "linear_map", "no_transfer")
"""Learners that are run on two domains; for all others these are items like any."""

OF_EFFECTS = ("local_t_learner", "response_model", "t_learner", "x_learner")
"""Baselines of effects, which no world here has; `test_scored` serves them."""

LEFT_OUT = {
    ("bias", "number"): "bias cannot predict rows without items",
    ("boosted_factors", "number"): "latent_factors cannot predict rows without items",
    ("comparables", "rating"): "'comparables' cannot compare items of a catalogue",
    ("domain_factors", "number"): "domain_factors cannot predict rows without items",
    ("hierarchical", "rating"): "'hierarchical' cannot read items of a catalogue",
    ("item_mean", "number"): "item_mean cannot predict rows without items",
    ("latent_factors", "number"): "latent_factors cannot predict rows without items",
    ("least_squares", "rating"): "'least_squares' cannot read items of a catalogue",
    ("linear_map", "number"): "latent_factors cannot predict rows without items",
    **{(name, world): "a column with the role 'treatment'" for name in OF_EFFECTS for world in ("number", "rating")},
    ("no_transfer", "number"): "domain_factors cannot predict rows without items",
    ("words", "rating"): "'words' cannot read items of a catalogue",
    ("scaled", "rating"): "'scaled' needs a feature of kind 'number'",
}
"""Pairs that do not go together, with what is said then."""

BY_LAST = ("last_value",)
"""Learners that look at the last row: the rows of one task are told oldest first."""
PACKAGES = {"auto_ets": "statsforecast", "auto_theta": "statsforecast"}
"""Learners that need a package beyond the extras of the suite, and are skipped without it."""

ORDERED = {"seasonal_naive": "it takes the last row for the latest"}
"""Learners to whom the order of a support means something, and what."""

COMPOSED = [("bayes_head_on_global_boost", "number")]
CASES = [
    *COMPOSED,
    *(
        (name, world)
        for name, kind in learners().items()
        for world in WORLDS
        if WORLDS[world] in kind.likelihoods and (name, world) not in LEFT_OUT
        if world != "rating abroad" or name in ABROAD
    ),
]


WRAPPERS = ("ensemble", "distilled", "auto")
"""They fit other learners several times; what they do per likelihood has tests of its own, so few worlds are fast."""
SLOW = {(name, world) for name, world in CASES if name in WRAPPERS and world not in ("number", "choice")}


class Case(NamedTuple):
    """A learner that was trained on a world, and a task that it has not seen."""

    learner: Any
    model: MetaModel
    tasks: TaskSet
    support: pl.DataFrame
    query: pl.DataFrame | None


def quick(name: str) -> Any:
    """The learner with small hyper-parameters."""
    upper, on, lower = name.partition("_on_")
    if on:
        return create(name, base=small(lower), learner=small(upper))
    return create(name, **small(name))


def small(name: str) -> dict[str, Any]:
    """What `SMALL` says of this learner."""
    return {f.name: SMALL[f.name] for f in fields(learners()[name]) if f.name in SMALL}


def table_of(world: str) -> Table:
    """Shops with a level of their own, or users who like items of one colour."""
    rng = np.random.default_rng(4)
    task = np.repeat(np.arange(TASKS), ROWS)
    level = np.repeat(rng.normal(size=TASKS), ROWS)
    x = rng.normal(size=len(task))
    columns = {"shop": task, "at": np.tile(np.arange(ROWS), TASKS) // 3, "town": [f"t{t % 3}" for t in task]}
    schema = [Column("shop", Role.TASK), Column("at", Role.TIME), Column("town", Role.DESCRIPTOR, Kind.CATEGORY)]
    if world in ("choice", "rating", "rating abroad"):
        item = np.concatenate(
            [rng.permutation(ITEMS) if t % 2 else rng.integers(0, ITEMS, ITEMS) for t in range(TASKS)]
        )
        columns = {name: np.asarray(values).reshape(TASKS, ROWS)[:, :ITEMS].ravel() for name, values in columns.items()}
        level, columns["item"] = level.reshape(TASKS, ROWS)[:, :ITEMS].ravel(), item
        schema += [Column("item", Role.ITEM), Column("size", Role.FEATURE)]
        items = pl.DataFrame({"item": np.arange(ITEMS), "size": np.arange(ITEMS) / 2})
        if world == "choice":
            return Table(world, pl.DataFrame(columns), Schema(tuple(schema), Target.CHOICE), items)
        columns["y"] = level + 0.3 * item
        if world == "rating abroad":
            items = items.with_columns(land=pl.when(pl.col("item") < 3).then(pl.lit("home")).otherwise(pl.lit("away")))
            schema += [Column("land", Role.FEATURE, Kind.CATEGORY), Column("y", Role.TARGET)]
            return Table(
                world, pl.DataFrame(columns), Schema(tuple(schema), domain="land", target_domain="away"), items
            )
        return Table(world, pl.DataFrame(columns), Schema((*schema, Column("y", Role.TARGET))), items)
    columns |= {"x": x, "kind": rng.choice(list("uvw"), len(task))}
    eta = level + x
    targets = {
        "number": (Target.NUMBER, eta),
        "class of two": (Target.CLASS, np.where(eta > 0, "yes", "no")),
        "class of three": (Target.CLASS, np.array(["low", "mid", "top"])[np.digitize(eta, [-0.7, 0.7])]),
        "level": (Target.ORDINAL, np.digitize(eta, [-1.0, 0.0, 1.0])),
        "count": (Target.COUNT, rng.poisson(np.exp(eta))),
    }
    kind, columns["y"] = targets[world]
    schema += [Column("x", Role.FEATURE), Column("kind", Role.FEATURE, Kind.CATEGORY), Column("y", Role.TARGET)]
    return Table(world, pl.DataFrame(columns), Schema(tuple(schema), kind))


def trained(name: str, world: str, seed: int = 0) -> MetaModel:
    """The quick learner on all shops but the last."""
    tasks = TaskSet.of(table_of(world))
    return meta_train(tasks.take(np.arange(TASKS - 1)), quick(name), seed=seed, **SETTINGS)


@pytest.fixture(
    scope="module",
    params=[pytest.param(c, marks=[pytest.mark.slow] * (c in SLOW)) for c in CASES],
    ids=lambda case: f"{case[0]}-{case[1]}",
)
def case(request: pytest.FixtureRequest) -> Case:
    """Every learner on every world whose target it declares to predict."""
    name, world = request.param
    if name in PACKAGES and find_spec(PACKAGES[name]) is None:
        pytest.skip(f"{name} needs the package {PACKAGES[name]}")
    tasks = TaskSet.of(table_of(world))
    new = tasks.take(np.array([TASKS - 1])).frame
    query = None if world == "choice" else new[4:]
    return Case(quick(name), trained(name, world), tasks, new[:4], query)


def latent(task: Adapted, query: pl.DataFrame | None) -> Latent:
    """The belief about these rows, or the catalogue."""
    model = task.model
    asked = None if query is None else model.query(query)
    return Latent(*map(np.asarray, model.bound.predict_one(model.params, model.prepared, task.state, asked)))


def close(a: Latent, b: Latent) -> None:
    """Both beliefs are the same but for rounding."""
    for mine, other in zip(a, b, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-4)


def padded(support: Support) -> Support:
    """Two further rows of weight 0 whose other values would matter: strange targets, and items that were not taken."""
    longer: Support = jax.tree.map(lambda leaf: np.concatenate([leaf, leaf[:2]]), support)
    weight, y, item = longer.weight.copy(), longer.y.copy(), longer.item.copy()
    weight[-2:], y[-2:] = 0.0, 1.0
    item[-2:] = [i for i in range(ITEMS) if i not in support.item][:2] if (item >= 0).all() else -1
    return longer._replace(weight=weight, y=y, item=item)


def test_cases_are_complete() -> None:
    """Every learner but those of effects is run, and every likelihood of the system is predicted."""
    assert {name for name, _ in CASES} | set(OF_EFFECTS) >= set(learners())
    assert set(WORLDS.values()) == set(LIKELIHOODS)


@pytest.mark.parametrize(("name", "world"), LEFT_OUT)
def test_left_out(name: str, world: str) -> None:
    """What does not go together is refused with the reason."""
    with pytest.raises(UsageError, match=LEFT_OUT[name, world]):
        trained(name, world)


@pytest.mark.parametrize("name", learners())
def test_declaration(name: str) -> None:
    """A learner is a frozen dataclass, made again from its description, and declares likelihoods that exist."""
    made = create(name)
    assert is_dataclass(made)
    assert type(made).__dataclass_params__.frozen
    assert create(describe(made)["name"], **describe(made)["parameters"]) == made
    assert set() < made.likelihoods <= set(LIKELIHOODS)


@pytest.mark.parametrize("name", learners())
def test_illegal_likelihood_is_refused(name: str) -> None:
    """Binding to a target that it does not declare says what it can predict."""
    made = create(name)
    for wrong in {*LIKELIHOODS, "weather"} - made.likelihoods:
        spec = Spec(Widths(1), Widths(0), wrong, items=3)
        with pytest.raises(
            UsageError, match=f"{name} cannot predict a {wrong} target; it can: {min(made.likelihoods)}"
        ):
            bind(made, spec)


def test_answers(case: Case) -> None:
    """Each query row gets a finite distribution that says how many support rows it rests on."""
    answer = case.model.adapt(case.support).predict(case.query)
    assert (answer.tier, answer.k) == ("adapted", 4)
    assert len(answer) == (ITEMS if case.query is None else case.query.height)
    belief = latent(case.model.adapt(case.support), case.query)
    assert all(np.isfinite(part).all() for part in belief)
    assert (belief.variance >= 0).all()


def test_no_support(case: Case) -> None:
    """K = 0 is answered, the same for nothing as for a table without rows."""
    task = case.model.adapt(None, descriptor={"town": "t2"})
    answer = task.predict(case.query)
    assert (answer.tier, answer.k) == ("prior", 0)
    empty = case.model.adapt(case.support.head(0), descriptor={"town": "t2"})
    assert empty.predict(case.query).to_dict() == answer.to_dict()


def test_support_order_does_not_matter(case: Case) -> None:
    """The same rows the other way round teach the same, those before the last one where a learner looks at that."""
    if case.learner.name in ORDERED:
        pytest.skip(ORDERED[case.learner.name])
    turned = case.support.reverse()
    if case.learner.name in BY_LAST:
        turned = pl.concat([turned[1:], turned[:1]])
    close(
        latent(case.model.adapt(case.support), case.query),
        latent(case.model.adapt(turned, descriptor={"town": "t2"}), case.query),
    )


def test_padding_changes_nothing(case: Case) -> None:
    """Rows of weight 0 teach nothing, whatever stands in them."""
    task = case.model.adapt(case.support)
    more = Evidence(task.evidence.descriptor, padded(task.evidence.support))
    close(latent(task, case.query), latent(Adapted.of(case.model, more), case.query))


def test_batch_equals_one_by_one(case: Case) -> None:
    """Tasks adapted together, padded to one width, answer as each does alone; ragged sizes are kept apart."""
    together = case.tasks.where(np.arange(case.tasks.frame.height) % 5 != 0)
    many = case.model.adapt_many(together)
    assert len(set(together.sizes.tolist())) > 1
    for t in (0, 3, len(together) - 1):
        rows = together.frame[together.offsets[t] : together.offsets[t + 1]]
        close(latent(case.model.adapt(rows), case.query), latent(many[t], case.query))
        assert many[t].k == case.model.adapt(rows).k


def test_feedback_equals_all_at_once(case: Case) -> None:
    """A task that is told two rows and then two more is one that was told four."""
    task = case.model.adapt(case.support[:2]).update(case.support[2:])
    assert task.k == 4
    close(latent(task, case.query), latent(case.model.adapt(case.support), case.query))


def test_same_seed_same_model(case: Case, tmp_path: Path) -> None:
    """Trained again with the same seed it is the same model to the bit, down to its version."""
    again = trained(str(case.learner.name), case.model.info["data"])
    for a, b in zip(jax.tree.leaves(case.model.params), jax.tree.leaves(again.params), strict=True):
        np.testing.assert_array_equal(a, b)
    assert case.model.save(tmp_path / "a").version == again.save(tmp_path / "b").version


def test_save_and_load(case: Case, tmp_path: Path) -> None:
    """What comes back from disk answers the same to the bit, with its version."""
    saved = case.model.save(tmp_path)
    loaded = load(tmp_path)
    assert loaded.version == saved.version != "unsaved"
    assert loaded.learner == case.learner
    for support in (None, case.support):
        before, after = (latent(m.adapt(support, descriptor={"town": "t2"}), case.query) for m in (saved, loaded))
        for a, b in zip(before, after, strict=True):
            np.testing.assert_array_equal(a, b)
