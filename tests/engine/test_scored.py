"""`Scored`: models of effects are trained, kept, told pilots and asked; supports that tell no effect are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from warmstart.engine.bind import bind
from warmstart.engine.bound import Evidence, batch_of_one
from warmstart.engine.meta_train import meta_train
from warmstart.engine.model import MetaModel
from warmstart.engine.scored import Scored
from warmstart.engine.storage import load, load_state, save_state
from warmstart.errors import DataError
from warmstart.learners.bayes_head import BayesHead
from warmstart.learners.effects import Effects
from warmstart.learners.local_t_learner import LocalTLearner
from warmstart.learners.response_model import ResponseModel
from warmstart.learners.t_learner import TLearner
from warmstart.learners.task_mean import TaskMean
from warmstart.learners.x_learner import XLearner
from warmstart.tables.schema import Column, Kind, Role, Schema
from warmstart.tasks.taskset import TaskSet

CUSTOMERS = 40  # of each campaign
COLUMNS = (
    Column("campaign", Role.TASK, Kind.CATEGORY),
    Column("age", Role.FEATURE),
    Column("sent", Role.TREATMENT),
    Column("spent", Role.TARGET),
)
CHANCE = Column("chance", Role.PROPENSITY)


def customers(*effects: float, seed: int = 0) -> pl.DataFrame:
    """A campaign for each effect: half of its customers, by chance, are sent something and spend so much more."""
    rng = np.random.default_rng(seed)
    n = len(effects) * CUSTOMERS
    sent, age = rng.integers(0, 2, n).astype(float), rng.normal(size=n)
    names = [f"c{i}" for i in np.repeat(np.arange(len(effects)), CUSTOMERS)]
    spent = 50 + 2 * age + np.repeat(effects, CUSTOMERS) * sent + rng.normal(size=n)
    return pl.DataFrame({"campaign": names, "age": age, "sent": sent, "spent": spent, "chance": np.full(n, 0.5)})


def trained(learner: Any, *more: Column) -> MetaModel:
    """A model of eight campaigns, whose effects are 5 in the mean."""
    tasks = TaskSet.from_table(customers(1, 9, 2, 8, 3, 7, 4, 6), Schema((*COLUMNS, *more)))
    return meta_train(tasks, learner)


@pytest.fixture(scope="module")
def model() -> MetaModel:
    """A learner that tells no customers apart."""
    return trained(TaskMean())


@pytest.fixture(scope="module")
def pilot() -> pl.DataFrame:
    """A campaign that does more than most before it."""
    return customers(8.0, seed=1)


ASKED = pl.DataFrame({"age": [-1.0, 0.0, 1.0]})


def test_effect_in_the_unit_of_the_target(model: MetaModel, pilot: pl.DataFrame) -> None:
    """5 before any row, near 8 after the pilot, and less in doubt; what customers spend, 50, has no part in it."""
    new, told = model.adapt().predict(ASKED), model.adapt(pilot).predict(ASKED)
    assert new.mean == pytest.approx([5.0] * 3, abs=0.5)
    assert told.mean == pytest.approx([8.0] * 3, abs=1.0)
    assert (told.std < new.std).all()
    assert (new.tier, told.tier, told.k) == ("prior", "adapted", CUSTOMERS)


def test_learner_is_told_scores(model: MetaModel, pilot: pl.DataFrame) -> None:
    """The learner adapts to the scored support; what it says is a difference of standardised outcomes."""
    bound, params = model.bound, model.params
    assert isinstance(bound, Scored)
    effects, evidence = Effects.of(params["effects"]), model.adapt(pilot).evidence
    told = effects.told(batch_of_one(evidence.descriptor), batch_of_one(evidence.support))
    inner = bind(TaskMean(), bound.inner.spec)
    state = inner.adapt(params["learner"], model.prepared, batch_of_one(evidence.descriptor), told)
    query = batch_of_one(model.query(ASKED))
    want = effects.in_outcomes(inner.predict(params["learner"], model.prepared, state, query))
    asked = bound.adapt(params, model.prepared, *batch_of_one(evidence))
    got = bound.predict(params, model.prepared, asked, query)
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


@pytest.mark.parametrize("learner", [TLearner(), XLearner(), LocalTLearner(), ResponseModel()], ids=lambda x: x.name)
def test_learners_that_read_what_was_done(learner: Any, pilot: pl.DataFrame, tmp_path: Path) -> None:
    """Trained, saved, told a pilot, kept, loaded and asked: the same answer, in which the pilot has a part."""
    made = trained(learner).save(tmp_path / "model")
    task = made.adapt(pilot)
    save_state(task, tmp_path / "task")
    again = load_state(load(tmp_path / "model"), tmp_path / "task")
    said = task.predict(ASKED).mean
    assert again.predict(ASKED).mean.tolist() == said.tolist()
    assert not np.allclose(said, made.adapt().predict(ASKED).mean)
    if learner.name != "response_model":  # which ranks by what the treated do
        assert said == pytest.approx([8.0] * 3, abs=2.0)


def test_update_equals_adapting_to_all(model: MetaModel, pilot: pl.DataFrame) -> None:
    """Further rows tell how often the task treats, so that earlier ones are scored anew."""
    whole = model.adapt(pilot).predict(ASKED)
    task = model.adapt(pilot[:20])
    for row in range(20, CUSTOMERS):
        task = task.update(pilot[row : row + 1])
    assert task.predict(ASKED).mean == pytest.approx(whole.mean)
    assert task.predict(ASKED).std == pytest.approx(whole.std)


def test_many_at_once(model: MetaModel) -> None:
    """Campaigns of several sizes answer as one by one."""
    frame = customers(2, 5, 8, seed=2)[:100]
    many = model.adapt_many(TaskSet.from_table(frame, model.schema))
    for task, name in zip(many, ("c0", "c1", "c2"), strict=True):
        alone = model.adapt(frame.filter(pl.col("campaign") == name)).predict(ASKED)
        assert task.predict(ASKED).mean == pytest.approx(alone.mean, rel=1e-4)


def test_explanation(model: MetaModel, pilot: pl.DataFrame) -> None:
    """Prior and support rows add up to the effect, in its unit, whatever the learner has been taught."""
    head, spec = BayesHead(features=3, hidden=(4,)), replace(model.codec.spec, effect=False)
    untaught = {"effects": model.params["effects"], "learner": head.init(np.random.default_rng(0), spec, {})}
    task = replace(model, learner=head, params=untaught).adapt(pilot)
    why = task.explain(ASKED)
    assert (why.exact, why.about) == (True, "effect on spent")
    assert why.prior + why.parts.sum(axis=1) == pytest.approx(task.predict(ASKED).mean, rel=1e-4)
    assert why.prior == pytest.approx([5.0] * 3, abs=3.0)


def changed(column: str, row: int, value: float | None) -> pl.DataFrame:
    """Four rows of a pilot, with one value changed."""
    rows = pl.DataFrame({"age": [0.0] * 4, "sent": [0.0, 1, 0, 1], "spent": [50.0, 55, 50, 55], "chance": [0.5] * 4})
    at = pl.int_range(pl.len()) == row
    return rows.with_columns(pl.when(at).then(pl.lit(value)).otherwise(pl.col(column)).alias(column))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (changed("sent", 0, 0).drop("sent"), "column 'sent': missing; expected a column of the support rows"),
        (changed("sent", 0, 0).drop("spent"), "column 'spent': missing"),
        (changed("sent", 2, 2), "column 'sent': row 2: value out of range; expected 0 or 1; got 2.0"),
        (changed("sent", 1, None), "column 'sent': row 1: value out of range; expected 0 or 1; got None"),
        (changed("sent", 0, 0)[[0, 2]], "column 'sent': row 0: .*treated rows and others; .*got 0 in all 2 rows"),
        (changed("sent", 0, 0)[[1, 3]], "column 'sent': row 0: .*treated rows and others; .*got 1 in all 2 rows"),
        (changed("sent", 0, 0)[[1]], "got 1 in its only row"),
    ],
)
def test_support_that_tells_no_effect(rows: pl.DataFrame, said: str, model: MetaModel) -> None:
    """Refused with column and row, when a task is new and when it is told more."""
    for tell in (model.adapt, model.adapt().update):
        with pytest.raises(DataError, match=said):
            tell(rows)


def test_one_campaign_of_many_that_tells_no_effect(model: MetaModel) -> None:
    """Its first row is named."""
    frame = customers(2, 5, seed=2).with_columns(sent=pl.max_horizontal("sent", pl.col("campaign") == "c1"))
    with pytest.raises(DataError, match=f"column 'sent': row {CUSTOMERS}: .*got 1 in all {CUSTOMERS} rows"):
        model.adapt_many(TaskSet.from_table(frame, model.schema))


def test_declared_propensities() -> None:
    """They are needed in a support too, between 0 and 1; then treated rows alone tell something."""
    model = trained(TaskMean(), CHANCE)
    with pytest.raises(DataError, match="column 'chance': missing"):
        model.adapt(changed("sent", 0, 0).drop("chance"))
    with pytest.raises(DataError, match=r"column 'chance': row 3: .*expected a number between 0 and 1; got 1\.0"):
        model.adapt(changed("chance", 3, 1.0))
    assert model.adapt(changed("sent", 0, 0)[[1, 3]]).predict(ASKED).mean == pytest.approx([5.0] * 3, abs=1.5)


def test_evidence_is_what_was_told(model: MetaModel, pilot: pl.DataFrame, tmp_path: Path) -> None:
    """A kept task holds outcomes and treatments, not scores: further rows may change these."""
    save_state(model.adapt(pilot[:20]), tmp_path / "task")
    evidence: Evidence = load_state(model, tmp_path / "task").evidence
    assert evidence.support.treated.treatment.tolist() == pilot["sent"][:20].to_list()
    np.testing.assert_allclose(model.codec.target.decode_location(evidence.support.y), pilot["spent"][:20], rtol=1e-5)
    further = load_state(model, tmp_path / "task").update(pilot[20:]).predict(ASKED)
    assert further.mean == pytest.approx(model.adapt(pilot).predict(ASKED).mean)
