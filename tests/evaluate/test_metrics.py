"""Metrics against scikit-learn and against values computed by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as reference

from warmstart.errors import InternalError, NotFound, UsageError
from warmstart.evaluate import metrics
from warmstart.tasks.ragged import Ragged

TASKS, QUERY = 6, 30


def _ragged(*lists: list[int]) -> Ragged:
    return Ragged(np.array([i for part in lists for i in part], dtype=np.int64), np.cumsum([0, *map(len, lists)]))


@pytest.fixture
def rng():
    """A seeded generator."""
    return np.random.default_rng(3)


@pytest.fixture
def mask(rng):
    """Six tasks of 10 to 30 rows; the padding is 0."""
    return (np.arange(QUERY) < rng.integers(10, QUERY + 1, size=(TASKS, 1))).astype(np.float32)


def _each(mask, score):
    """`score` of the rows of each task, one by one."""
    return [score(t, np.flatnonzero(row)) for t, row in enumerate(mask)]


def test_regression_equals_scikit_learn(rng, mask):
    """Errors and pinball loss per task are scikit-learn's; the likelihood is scipy's; padding is never read."""
    mean, variance = rng.normal(size=(TASKS, QUERY)), rng.gamma(2.0, size=(TASKS, QUERY))
    y = mean + rng.normal(size=mean.shape)
    y[mask == 0] = variance[mask == 0] = np.nan
    found = metrics.regression_metrics(y, mean, variance, mask)
    expected = {
        "mae": lambda t, r: reference.mean_absolute_error(y[t, r], mean[t, r]),
        "rmse": lambda t, r: reference.root_mean_squared_error(y[t, r], mean[t, r]),
        "nll": lambda t, r: -stats.norm(mean[t, r], np.sqrt(variance[t, r])).logpdf(y[t, r]).mean(),
        "coverage90": lambda t, r: (np.abs(y[t, r] - mean[t, r]) <= 1.6448536 * np.sqrt(variance[t, r])).mean(),
        "pinball": lambda t, r: np.mean(
            [
                reference.mean_pinball_loss(y[t, r], stats.norm(mean[t, r], np.sqrt(variance[t, r])).ppf(p), alpha=p)
                for p in np.arange(1, 10) / 10
            ]
        ),
    }
    assert found.keys() == expected.keys()
    for name, score in expected.items():
        np.testing.assert_allclose(found[name], _each(mask, score), rtol=1e-9, err_msg=name)


def _kappa(y, said, steps):
    """Of scikit-learn, with quadratic weights, whatever steps are missing."""
    return reference.cohen_kappa_score(y, said, weights="quadratic", labels=list(range(steps)))


def test_kappa_equals_scikit_learn(rng, mask):
    """Quadratic weights; steps that all agree on one value define none; padding is never read."""
    y = rng.integers(1, 6, size=(TASKS, QUERY)).astype(np.float64)
    said = np.clip(y + rng.integers(-1, 2, size=y.shape), 1, 5)
    y[mask == 0] = np.nan
    expected = _each(mask, lambda t, r: _kappa(y[t, r], said[t, r], 6))
    np.testing.assert_allclose(metrics.qwk(y, said, mask), expected, rtol=1e-9)
    assert np.isnan(metrics.qwk(np.full((1, 3), 5.0), np.full((1, 3), 5.0), np.ones((1, 3))))


@pytest.mark.parametrize("classes", [2, 4])
def test_classification_equals_scikit_learn(rng, mask, classes):
    """Accuracy, log loss, Brier score, AUC and average precision (with ties) per task are scikit-learn's."""
    probability = rng.dirichlet(np.ones(classes), size=(TASKS, QUERY)).round(1) + 0.01
    probability /= probability.sum(axis=-1, keepdims=True)
    probability += 1e-6 * np.arange(classes)  # no tie inside a row
    probability /= probability.sum(axis=-1, keepdims=True)
    y = rng.integers(classes, size=(TASKS, QUERY))
    y[:, :classes] = np.arange(classes)
    found = metrics.classification_metrics(y, probability, mask)
    labels = list(range(classes))
    expected = {
        "accuracy": lambda t, r: reference.accuracy_score(y[t, r], probability[t, r].argmax(axis=1)),
        "log_loss": lambda t, r: reference.log_loss(y[t, r], probability[t, r], labels=labels),
        "brier": lambda t, r: (
            reference.brier_score_loss(y[t, r], probability[t, r], labels=labels)
            if classes > 2
            else reference.brier_score_loss(y[t, r], probability[t, r, 1])
        ),
    }
    if classes > 2:
        expected["qwk"] = lambda t, r: _kappa(y[t, r], probability[t, r].argmax(axis=1), classes)
    if classes == 2:
        expected["auc"] = lambda t, r: reference.roc_auc_score(y[t, r], probability[t, r, 1])
        expected["auprc"] = lambda t, r: reference.average_precision_score(y[t, r], probability[t, r, 1])
        found = {name: values for name, values in found.items() if name not in ("ks", "recall@fpr1")}
    assert found.keys() == expected.keys()
    for name, score in expected.items():
        np.testing.assert_allclose(found[name], _each(mask, score), rtol=1e-9, err_msg=name)


def test_auc_pooled_and_undefined():
    """Pooling compares rows of all tasks; a task with one class has no AUC."""
    y, score = np.array([[0, 1], [1, 1]]), np.array([[0.1, 0.2], [0.1, 0.3]])
    ones = np.ones((2, 2))
    np.testing.assert_array_equal(metrics.auc(y, score, ones), [1.0, np.nan])
    pooled = metrics.auc(y.reshape(1, -1), score.reshape(1, -1), ones.reshape(1, -1))
    np.testing.assert_allclose(pooled, (1 + 0.5 + 1) / 3)


def test_weighted_auc_equals_scikit_learn(rng):
    """A mask of weights weighs the rows."""
    y, score, weight = rng.integers(2, size=50), rng.integers(5, size=50) / 4, rng.uniform(0.5, 2, size=50)
    expected = reference.roc_auc_score(y, score, sample_weight=weight)
    np.testing.assert_allclose(metrics.auc(y[None], score[None], weight[None]), [expected])


def test_average_precision_by_hand():
    """Bad, good, bad in this order: (1/1 + 2/3) / 2; one score for all gives the share; one class gives nothing."""
    y, score = (
        np.array([[1, 0, 1], [1, 0, 1], [1, 1, 1]]),
        np.array([[0.9, 0.5, 0.1], [0.5, 0.5, 0.5], [0.9, 0.5, 0.1]]),
    )
    found = metrics.auprc(y, score, np.ones((3, 3)))
    np.testing.assert_allclose(found, [5 / 6, 2 / 3, np.nan])


def test_weighted_average_precision_equals_scikit_learn(rng):
    """A mask of weights weighs the rows."""
    y, score, weight = rng.integers(2, size=50), rng.integers(5, size=50) / 4, rng.uniform(0.5, 2, size=50)
    expected = reference.average_precision_score(y, score, sample_weight=weight)
    np.testing.assert_allclose(metrics.auprc(y[None], score[None], weight[None]), [expected])


def test_mape_leaves_out_what_is_nothing():
    """Half and a quarter off are .375 on average; of a truth of 0 no share can be taken; padding is not read."""
    y, said = np.array([[2.0, 4.0, 0.0, np.nan], [0.0, 0.0, 0.0, 1.0]]), np.array([[3.0, 3.0, 9.0, 1.0]] * 2)
    found = metrics.mape(y, said, np.array([[1, 1, 1, 0], [1, 1, 1, 0]]))
    np.testing.assert_allclose(found, [0.375, np.nan])


def test_a_tied_class_counts_its_share():
    """Two classes equally probable are right half of the time; log loss of a certain error is finite."""
    sure = np.array([[[0.5, 0.5], [1.0, 0.0]]])
    y = np.array([[0, 1]])
    assert metrics.accuracy(y, sure, np.ones((1, 2))).tolist() == [0.25]
    assert np.isfinite(metrics.log_loss(y, sure, np.ones((1, 2)))).all()


def test_rated_ndcg_equals_scikit_learn(rng, mask):
    """Gain 2^r - 1 at the first five of a task's own items is scikit-learn's ndcg_score on that gain."""
    y, score = rng.integers(1, 6, size=(TASKS, QUERY)).astype(float), rng.normal(size=(TASKS, QUERY))
    expected = _each(mask, lambda t, r: reference.ndcg_score([2 ** y[t, r] - 1], [score[t, r]], k=5))
    np.testing.assert_allclose(metrics.rated_ndcg(y, score, mask, rng), expected, rtol=1e-12)


def test_rated_ndcg_breaks_ties_at_random(rng):
    """With equal scores the first item is a fair draw: nDCG@1 of ratings 2 and 0 is 1 half of the time."""
    y = np.tile([2.0, 0.0], (2000, 1))
    found = metrics.rated_ndcg(y, np.zeros_like(y), np.ones_like(y), rng, n=1)
    assert set(found) == {0.0, 1.0}
    assert abs(found.mean() - 0.5) < 0.05


def test_rated_ndcg_without_gain_is_undefined(rng):
    """Where every rating is 0 there is no best order."""
    zero = np.zeros((1, 3))
    assert np.isnan(metrics.rated_ndcg(zero, zero, np.ones((1, 3)), rng)).all()


def test_ranking_by_hand():
    """Recall, nDCG and hits as trec_eval gives them for two tasks that fit on a sheet of paper.

    Task 0 finds item 5 in place 1 and item 7 in place 3, misses item 99: DCG 1 + 1/2, ideal 1 + 1/log2(3) + 1/2.
    Task 1 finds its only item in place 11: too late for 10, in time for 20. Task 2 has nothing relevant.
    """
    top = np.tile(np.arange(1000, 1020), (3, 1))
    top[0, [0, 2]] = [5, 7]
    top[1, 10] = 4
    found = metrics.ranking_metrics(top, _ragged([7, 5, 99, 7], [4], []))
    np.testing.assert_allclose(found["recall@10"], [2 / 3, 0, np.nan])
    np.testing.assert_allclose(found["recall@20"], [2 / 3, 1, np.nan])
    np.testing.assert_allclose(found["ndcg@10"], [1.5 / (1.5 + 1 / np.log2(3)), 0, np.nan])
    np.testing.assert_allclose(found["hit@10"], [1, 0, np.nan])
    np.testing.assert_allclose(found["mrr"], [1, 1 / 11, np.nan])


def test_reciprocal_rank_by_hand():
    """First relevant in place 3; in place 21, which is not shown; nowhere; a second relevant one changes nothing."""
    top = np.tile(np.arange(21), (4, 1))
    found = metrics.ranking_metrics(top, _ragged([2], [20], [99], [3, 1]))
    np.testing.assert_allclose(found["mrr"], [1 / 3, 0, 0, 1 / 2])


def test_more_relevant_items_than_places():
    """With 30 relevant items ten hits are a perfect nDCG@10 and a recall@10 of a third."""
    found = metrics.ranking_metrics(np.arange(20)[None], _ragged(list(range(30))))
    np.testing.assert_allclose([found["ndcg@10"][0], found["recall@10"][0]], [1, 1 / 3])


def test_filled_places_hit_nothing():
    """-1 marks a place without an item."""
    top = np.full((1, 20), -1)
    assert metrics.ranking_metrics(top, _ragged([0]))["recall@20"].tolist() == [0]
    assert metrics.catalogue_coverage(top, items=4) == 0


def test_ranking_needs_twenty_places():
    """A shorter list cannot give recall@20."""
    with pytest.raises(UsageError, match=r"20 items for each of 1 tasks; got \(1, 10\)"):
        metrics.ranking_metrics(np.zeros((1, 10), dtype=np.int64), _ragged([1]))


def test_ranking_equals_scikit_learn(rng):
    """nDCG@10 over a random catalogue is scikit-learn's on the same scores."""
    scores, relevant = rng.random((20, 100)), rng.random((20, 100)) < 0.1
    relevant[:, 0] = True
    lists = Ragged(np.nonzero(relevant)[1], np.append(0, np.cumsum(relevant.sum(axis=1))))
    found = metrics.ranking_metrics(metrics.top_n(scores.astype(np.float32), 20, rng), lists)
    expected = [reference.ndcg_score([r], [s], k=10) for r, s in zip(relevant, scores, strict=True)]
    np.testing.assert_allclose(found["ndcg@10"], expected)


def test_catalogue_coverage():
    """Three of six items are ever shown in the first two places."""
    assert metrics.catalogue_coverage(np.array([[0, 1, 5], [1, 2, 5]]), items=6, n=2) == 0.5


def test_top_n_is_a_sort(rng):
    """Without ties the best n of every task are those of a full sort, across blocks of tasks."""
    scores = rng.permuted(np.tile(np.arange(50, dtype=np.float32), (600, 1)), axis=1)
    np.testing.assert_array_equal(metrics.top_n(scores, 7, rng), np.argsort(-scores, axis=1)[:, :7])


def test_top_n_draws_ties_fairly(rng):
    """Of items with scores 3, 1, 1, 1 the second place is each of the last three, a third of the time."""
    scores = np.tile(np.array([3, 1, 1, 1], dtype=np.float32), (3000, 1))
    top = metrics.top_n(scores, 2, rng)
    assert (top[:, 0] == 0).all()
    np.testing.assert_allclose(np.bincount(top[:, 1], minlength=4) / 3000, [0, 1 / 3, 1 / 3, 1 / 3], atol=0.04)


def test_top_n_shuffles_ties_within(rng):
    """Equal items that all fit stand in either order."""
    top = metrics.top_n(np.ones((200, 2), dtype=np.float32), 2, rng)
    assert 60 < (top[:, 0] == 0).sum() < 140


def test_top_n_keeps_items_out(rng):
    """Excluded items and items at minus infinity never stand in a list; -1 fills up; the scores stay as they were."""
    scores = np.array([[1, 2, 3, 4], [4, 3, 2, -np.inf]], dtype=np.float32)
    before = scores.copy()
    top = metrics.top_n(scores, 5, rng, exclude=_ragged([3], [0, 1]))
    assert top.tolist() == [[2, 1, 0, -1, -1], [2, -1, -1, -1, -1]]
    np.testing.assert_array_equal(scores, before)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_top_n_refuses_what_is_no_score(rng, bad):
    """NaN or plus infinity would win or vanish silently."""
    with pytest.raises(InternalError, match="NaN or plus infinity"):
        metrics.top_n(np.array([[0.0, bad]]), 1, rng)


def test_the_registry_knows_every_metric(rng):
    """Each computed metric has an entry; a misspelt name is answered with the nearest."""
    ones = np.ones((1, 2))
    half = np.full((1, 2, 2), 0.5)
    computed = [
        *metrics.regression_metrics(ones, ones, ones, ones),
        *metrics.unit_metrics(ones, ones, ones),
        *metrics.classification_metrics(np.array([[0, 1]]), half, ones),
        *metrics.ranking_metrics(np.zeros((1, 20), dtype=np.int64), _ragged([1])),
        "ndcg@5",
        "coverage@10",
        "ece",
        "mase",  # by `judge`, of the rows before the query
        "wql",  # by `judge`, of the prediction's own quantiles
        "qwk",
        "qini",
        "uplift@20",
        "c_index",  # by `judge`, of hazards
        "ibs",
    ]
    assert sorted(computed) == sorted(metrics.METRICS)
    assert metrics.metric("coverage90").loss(0.8) == pytest.approx(0.1)
    assert metrics.metric("auc").loss(0.8) < metrics.metric("auc").loss(0.7)
    with pytest.raises(NotFound, match=r"recall@10"):
        metrics.metric("recal@10")


def test_a_task_without_rows_has_no_value():
    """A mask of zeros gives NaN, without a warning."""
    zero = np.zeros((1, 2))
    assert np.isnan(metrics.mae(zero, zero, zero)).all()


def test_wape_by_hand() -> None:
    """Errors of 1 and 2 of 10 sold; padding is not read; nothing sold defines nothing."""
    y, said = np.array([[4.0, 6.0, 99.0], [0.0, 0.0, 0.0]]), np.array([[5.0, 4.0, np.nan], [1.0, 1.0, 1.0]])
    mask = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
    np.testing.assert_allclose(metrics.wape(y, said, mask), [0.3, np.nan])


def test_unit_mae_by_hand() -> None:
    """Days said two too late and four too early are three days wrong in the mean; padding is not read."""
    y, said = np.array([[3.0, 28.0, 99.0]]), np.array([[5.0, 24.0, np.nan]])
    assert metrics.unit_metrics(y, said, np.array([[1.0, 1.0, 0.0]]))["unit_mae"] == 3.0


def test_top_fifth_by_hand() -> None:
    """Of ten rows the best two are wanted: both, one, or neither is found; five equal guesses find each by chance."""
    y = np.arange(10.0)[None]
    swapped, backwards = y.copy(), -y
    swapped[0, 8], swapped[0, 0] = 0, 8
    every = np.ones_like(y)
    assert [metrics.top_fifth(y, said, every)[0] for said in (y, swapped, backwards, 0 * y)] == [1.0, 0.5, 0.0, 0.2]
    short = every * (np.arange(10) < 4)
    assert np.isnan(metrics.top_fifth(y, y, short)).all()
