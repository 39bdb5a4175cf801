"""`IsolationForest`: the library's own scores, a curve that is right on average, and levels of tasks."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest as Library

from warmstart.errors import NotReady, UsageError
from warmstart.learners._isolation import anomaly, grow
from warmstart.learners.isolation_forest import IsolationForest
from warmstart.tasks.episodes import draw, gather


def test_scores_are_the_librarys() -> None:
    """Kept as arrays the trees say what scikit-learn says, whose scores have the other sign."""
    x = np.random.default_rng(0).normal(size=(300, 3)).astype(np.float32)
    library = Library(n_estimators=20, max_samples=64, random_state=5).fit(x)
    np.testing.assert_allclose(anomaly(grow(x, 20, 64, 5), x), -library.score_samples(x), rtol=1e-5)


def test_no_rows_have_no_scores() -> None:
    """An empty query is legal."""
    x = np.zeros((4, 1), np.float32)
    assert anomaly(grow(x, 2, 4, 0), x[:0]).shape == (0,)


def strange(table: Any, levels: float) -> Any:
    """Rows far out are bad with probability .9, others with .1, more or less by task."""
    made = table("bernoulli", tasks=80, rows=40)
    rng = np.random.default_rng(0)
    far = rng.random(len(made.y)) < 0.2
    numbers = np.where(far[:, None], 6 * np.sign(rng.normal(size=(len(far), 2))), made.x.numbers)
    odds = np.where(far, 2.2, -2.2) + levels * np.repeat(rng.normal(size=80), 40)
    bad = rng.random(len(far)) < 1 / (1 + np.exp(-odds))
    return replace(made, x=made.x._replace(numbers=numbers.astype(np.float32)), y=bad.astype(np.float32))


def loss(made: Any, learner: IsolationForest, params: Any, k: int) -> float:
    """Mean log loss of training tasks played as new ones."""
    batch = gather(made, draw(made, "random", np.random.default_rng(1), shots=20, queries=20).shown(k), 20)
    said = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query)
    return float(np.log1p(np.exp(-said.mean * (2 * batch.y - 1))).mean())


def test_what_stands_apart_is_bad(table: Any, context: Any) -> None:
    """The curve rises, its mean probability is the share of bad rows, and it beats that share."""
    made, learner = strange(table, 0.0), IsolationForest(trees=30)
    params = learner.fit(made, context)
    assert params["curve"][1] > 0
    share = made.y.mean()
    assert loss(made, learner, params, 0) < -0.9 * (share * np.log(share) + (1 - share) * np.log(1 - share))


def test_a_support_tells_the_level(table: Any, context: Any) -> None:
    """Where tasks differ, twenty inspected rows help; where they do not, they hardly harm."""
    learner = IsolationForest(trees=30)
    for levels, gain in ((2.0, 0.1), (0.0, -0.02)):
        made = strange(table, levels)
        params = learner.fit(made, context)
        assert loss(made, learner, params, 0) - loss(made, learner, params, 20) > gain


def test_missing_library_names_the_extra(table: Any, context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that installs it is in the message."""
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(NotReady, match=r"pip install 'warmstart\[boost\]'"):
        IsolationForest().fit(table("bernoulli", tasks=4, rows=8), context)


def test_a_tree_of_one_row_is_refused() -> None:
    """The parameter, what was expected and what came are named."""
    with pytest.raises(UsageError, match=r"isolation_forest\.sample: expected 2 or more; got 1"):
        IsolationForest(sample=1)
