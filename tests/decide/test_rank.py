"""`rank` on catalogues of a handful of items, by hand and against every possible order."""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.decide.rank import Diversity, Filters, PlackettLuce, Ranking, Thompson, chances, rank, reasons
from warmstart.errors import UsageError

SCORES = [1.0, 0.9, 0.8, 0.0]
SIDES = np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0], [0.0, 3.0]])
CHANCES = np.array([0.5, 0.3, 0.2])


def ranked(scores: Any = SCORES, n: int = 4, seed: int = 0, **options: Any) -> Ranking:
    """The rule with a seed."""
    return rank(scores, n, np.random.default_rng(seed), **options)


def mask(*items: int, of: int = 4) -> np.ndarray:
    """bool[of]: these items."""
    return np.isin(np.arange(of), items)


def test_top() -> None:
    """The two best, best first, as given and unmoved, with nothing left to chance."""
    best = ranked([0.1, 0.9, 0.5], 2)
    assert best.items.tolist() == [1, 2]
    assert best.scores.tolist() == [0.9, 0.5]
    assert best.before.tolist() == [1, 2]
    assert (best.propensity, best.shortfall) == (None, "")


def test_ties_are_drawn() -> None:
    """Of equals every one comes first under some seed, the same one under the same seed."""
    assert {ranked([0.0, 1.0, 1.0, 1.0], 1, seed).items[0] for seed in range(30)} == {1, 2, 3}
    assert ranked([1.0] * 50, 9, 5).items.tolist() == ranked([1.0] * 50, 9, 5).items.tolist()


def test_large_catalogue() -> None:
    """Of more items than are candidates the best come, also where more are asked for than are candidates."""
    scores = np.random.default_rng(0).permutation(1000)
    for n in (10, 500):
        best = ranked(scores, n)
        assert best.scores.tolist() == list(range(999, 999 - n, -1))
        assert best.before.tolist() == list(range(1, n + 1))


def test_catalogue_of_one() -> None:
    """With everything on."""
    options = {"diversity": Diversity(np.ones((1, 2)), 0.5), "explore": PlackettLuce()}
    best = ranked([3.0], 2, **options)
    assert (best.items.tolist(), best.before.tolist()) == ([0], [1])
    assert best.propensity is not None
    assert best.propensity.tolist() == [1.0]
    assert best.shortfall == "1 of 2 places filled: no other item is left (nothing filtered)"


def test_filters_and_counts() -> None:
    """Each item that is left out counts once, under the first reason; of ten, one is left."""
    filters = Filters(
        stock=~mask(2, 3, of=10),
        blocked=mask(1, 2, of=10),
        allowed=~mask(4, 5, 6, of=10),
        already=mask(1, 7, 8, of=10),
        policy="hide",
    )
    best = ranked([-np.inf, *range(9)], 3, filters=filters)
    assert best.items.tolist() == [9]
    assert best.before.tolist() == [1]
    assert best.filtered == {
        "no score": 1,
        "blocked": 2,
        "not allowed": 3,
        "out of stock": 1,
        "already in the support": 2,
    }
    assert best.shortfall.startswith("1 of 3 places filled: no other item is left (1 no score, 2 blocked, ")


@pytest.mark.parametrize("explore", [None, PlackettLuce(), Thompson(np.ones(4))])
def test_nothing_left(explore: Any) -> None:
    """An empty ranking says why."""
    options = {"diversity": Diversity(SIDES, 0.5), "explore": explore}
    best = ranked(filters=Filters(blocked=mask(0, 1, 2, 3)), **options)
    assert (len(best.items), best.filtered) == (0, {"blocked": 4})
    assert best.shortfall == "0 of 4 places filled: no other item is left (4 blocked)"


@pytest.mark.parametrize(("policy", "order"), [("show", [0, 1, 2, 3]), ("hide", [2, 3]), ("last", [2, 3, 0, 1])])
def test_already(policy: Any, order: list[int]) -> None:
    """Items of the support stay, are dropped, or come after all others, best first."""
    best = ranked(filters=Filters(already=mask(0, 1), policy=policy))
    assert best.items.tolist() == order
    assert best.before.tolist() == [1, 2, 3, 4][: len(order)]


def test_last_only_where_places_are_left() -> None:
    """Another item is not crowded out by one of the support, however unlike the rest that is."""
    filters = Filters(already=mask(0), policy="last")
    assert ranked([9.0, 2.0, 1.0], 2, filters=Filters(already=mask(0, of=3), policy="last")).items.tolist() == [1, 2]
    varied = ranked(filters=filters, diversity=Diversity(SIDES, 0.1))
    assert varied.items.tolist()[-1] == 0


def test_diversity_by_hand() -> None:
    """λ = 0.5: after item 0, item 1 is worth 0.45 - 0.5, item 2 0.4; then item 1 -0.05 and item 3 0 - 0.5."""
    varied = ranked(diversity=Diversity(SIDES, 0.5))
    assert varied.items.tolist() == [0, 2, 1, 3]
    assert varied.before.tolist() == [1, 3, 2, 4]
    assert varied.scores.tolist() == [1.0, 0.8, 0.9, 0.0]


def test_diversity_knows_no_unit() -> None:
    """Scores count within their range: another unit gives the same order."""
    for relevance in (0.3, 0.5, 0.8):
        plain, scaled = (
            ranked(10 + factor * np.array(SCORES), diversity=Diversity(SIDES, relevance)) for factor in (1, 100)
        )
        assert plain.items.tolist() == scaled.items.tolist()


def test_diversity_of_equal_scores() -> None:
    """Where all scores are equal the second place goes to the other side."""
    for seed in range(10):
        first, second = ranked([1.0] * 4, 2, seed, diversity=Diversity(SIDES, 0.9)).items
        assert {first < 2, second < 2} == {True, False}


def test_difference_alone() -> None:
    """λ = 0: the best comes first, then one that shares nothing with it."""
    assert ranked(n=2, diversity=Diversity(SIDES, 0.0)).items.tolist() == [0, 2]


worlds = st.lists(st.sampled_from([-np.inf, 0.0, 0.25, 0.5, 1.0, 3.0]), min_size=1, max_size=8)


@given(scores=worlds, n=st.integers(1, 9), seed=st.integers(0, 99))
def test_ways_to_the_top(scores: list[float], n: int, seed: int) -> None:
    """The best n come in order; so they do with λ = 1, and under Thompson sampling without doubt, ties included."""
    plain = ranked(scores, n, seed)
    assert plain.scores.tolist() == sorted((s for s in scores if s > -np.inf), reverse=True)[:n]
    features = np.random.default_rng(seed).normal(size=(len(scores), 2))
    alike = ranked(scores, n, seed, diversity=Diversity(features, 1.0))
    sure = ranked(scores, n, seed, explore=Thompson(np.zeros(len(scores)), draws=3))
    assert alike.items.tolist() == sure.items.tolist() == plain.items.tolist()
    assert sure.propensity is not None
    assert sure.propensity.tolist() == [1.0] * len(plain.items)


@given(scores=worlds, n=st.integers(1, 9), seed=st.integers(0, 99), policy=st.sampled_from(["show", "hide", "last"]))
def test_whatever_is_asked(scores: list[float], n: int, seed: int, policy: Any) -> None:
    """No item twice, none that is kept out, all that are left where there is place, each with a propensity."""
    rng, size = np.random.default_rng(seed), len(scores)
    blocked, already = rng.random((2, size)) < 0.3
    filters = Filters(blocked=blocked, already=already, policy=policy)
    varied = Diversity(rng.integers(0, 3, (size, 2)), 0.5)
    for explore in (None, PlackettLuce(draws=5), Thompson(rng.integers(0, 2, size), draws=5)):
        best = ranked(scores, n, seed, filters=filters, diversity=varied, explore=explore)
        left = (np.array(scores) > -np.inf) & ~blocked & ~(already & (policy == "hide"))
        assert len(set(best.items)) == len(best.items) == min(n, left.sum())
        assert left[best.items].all()
        assert sum(best.filtered.values()) == size - left.sum()
        assert policy != "last" or (np.diff(already[best.items].astype(int)) >= 0).all()
        assert best.propensity is None or ((best.propensity > 0) & (best.propensity <= 1)).all()


def told(n: int, seeds: int, **options: Any) -> dict[tuple[int, int], list[float]]:
    """By item and place, the propensities that rankings under many seeds report."""
    found: dict[tuple[int, int], list[float]] = {}
    for seed in range(seeds):
        ranking = ranked(n=n, seed=seed, **options)
        assert ranking.propensity is not None
        for place, (item, chance) in enumerate(zip(ranking.items, ranking.propensity, strict=True)):
            found.setdefault((int(item), place), []).append(float(chance))
    return found


def chance_of(order: tuple[int, ...]) -> float:
    """Plackett–Luce: the product over places of the share of the chosen among those left."""
    return math.prod(CHANCES[item] / CHANCES[list(order[place:])].sum() for place, item in enumerate(order))


def test_plackett_luce_against_all_orders() -> None:
    """Each reported propensity is the sum over the six orders that have the item there; at each place they sum to 1."""
    said = told(3, 40, scores=2 * np.log(CHANCES), explore=PlackettLuce(temperature=2.0, draws=4000))
    truth = {
        (item, place): sum(chance_of(o) for o in itertools.permutations(range(3)) if o[place] == item)
        for item, place in itertools.product(range(3), repeat=2)
    }
    assert set(said) == set(truth)
    for at, each in said.items():
        assert each == pytest.approx([truth[at]] * len(each), abs=0.03), at
    for place in range(3):
        assert sum(np.mean(said[item, place]) for item in range(3)) == pytest.approx(1, abs=0.01)


def test_thompson_of_two_items() -> None:
    """The better one comes first as often as a normal of both variances together is above zero."""
    said = told(2, 20, scores=[1.0, 0.5], explore=Thompson(np.array([0.25, 0.75]), draws=4000))
    first = 0.5 * (1 + math.erf(0.5 / math.sqrt(2)))
    assert np.mean(said[0, 0]) == pytest.approx(first, abs=0.01)
    assert np.mean(said[1, 1]) == pytest.approx(first, abs=0.01)
    assert np.mean(said[1, 0]) == pytest.approx(1 - first, abs=0.01)


@pytest.mark.parametrize(
    "explore", [PlackettLuce(temperature=0.3, draws=300), Thompson(np.array([0.2, 0.0, 0.1, 0.5]), draws=300)]
)
def test_propensities_are_frequencies(explore: Any) -> None:
    """With diversity and a last item too, what is reported is how often it happens."""
    seeds, filters = 600, Filters(already=mask(1), policy="last")
    said = told(4, seeds, explore=explore, filters=filters, diversity=Diversity(SIDES + 0.5, 0.6))
    for at, each in said.items():
        assert np.mean(each) == pytest.approx(len(each) / seeds, abs=0.06), at
    assert said[1, 3] == [1.0] * seeds


def test_off_policy_estimate() -> None:
    """Rewards over propensities estimate what another policy earns: here, showing item 2 first."""
    reward, worth = np.array([0.2, 0.5, 0.8]), []
    for seed in range(400):
        shown = ranked(np.log(CHANCES), 1, seed, explore=PlackettLuce(draws=300))
        assert shown.propensity is not None
        worth.append(reward[2] / shown.propensity[0] if shown.items[0] == 2 else 0.0)
    assert np.mean(worth) == pytest.approx(0.8, abs=0.2)


def test_same_seed_same_ranking() -> None:
    """Exploration is a function of its seed, and another seed explores otherwise."""
    options = {"explore": PlackettLuce(), "diversity": Diversity(SIDES, 0.5)}
    once, again = ranked(seed=3, **options), ranked(seed=3, **options)
    assert once.items.tolist() == again.items.tolist()
    np.testing.assert_array_equal(once.propensity, again.propensity)
    assert len({tuple(ranked(seed=seed, **options).items) for seed in range(20)}) > 1


def test_doubt_brings_items_in() -> None:
    """Under Thompson sampling an item that nobody knows is among the candidates, however many have a better score."""
    scores, variance = np.r_[np.linspace(1, 0.5, 400), 0.0], np.r_[np.zeros(400), 4.0]
    shown = [ranked(scores, 1, seed, explore=Thompson(variance, draws=9)) for seed in range(20)]
    assert {(int(each.items[0]), int(each.before[0])) for each in shown} == {(0, 1), (400, 401)}


def test_cold_exploration_is_the_top() -> None:
    """At a temperature near zero nothing is explored, and that is what the propensities say."""
    cold = ranked(explore=PlackettLuce(temperature=1e-6))
    assert cold.items.tolist() == [0, 1, 2, 3]
    assert cold.propensity == pytest.approx([1.0] * 4)


def test_reasons() -> None:
    """The rows with the largest positive effect, at most n; none where nothing speaks for an item."""
    parts = [[0.3, -0.9, 0.5, 0.1, 0.2], [-0.2, 0.0, -0.1, -0.3, -0.4]]
    assert reasons(parts, "abcde") == ((("c", 0.5), ("a", 0.3), ("e", 0.2)), ())
    assert reasons(parts, "abcde", 1)[0] == (("c", 0.5),)
    assert reasons(np.zeros((2, 0)), []) == ((), ())


def test_concepts_page() -> None:
    """The example of the page runs, and gives what it says."""
    page = (Path(__file__).parents[2] / "docs" / "concepts.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (block,) = [each for each in blocks if "decide.rank" in each]
    held: dict[str, Any] = {}
    exec(block, held)
    assert held["shown"].items.tolist() == [0, 3, 1]
    assert held["shown"].filtered == {"out of stock": 1}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n": 0}, "1 or more places"),
        ({"scores": [1.0, np.nan]}, "below infinity"),
        ({"scores": [1.0, np.inf]}, "below infinity"),
        ({"filters": Filters(stock=mask(0, of=3))}, "mask over the 4 items"),
        ({"diversity": Diversity(SIDES[:3])}, "features of all 4 items; got those of 3"),
        ({"diversity": Diversity(np.full((4, 1), np.nan))}, "not finite"),
        ({"explore": Thompson(np.ones(3))}, "one variance for each of 4 items"),
        ({"explore": PlackettLuce(), "n": 51}, "at most 50 places"),
        ({"diversity": Diversity(SIDES), "n": 1001}, "at most 1000 places"),
        ({"explore": PlackettLuce(), "diversity": Diversity(SIDES, 0.0)}, "λ = 0"),
    ],
)
def test_refusals(options: dict[str, Any], said: str) -> None:
    """What cannot be ranked is a usage error that says what was expected."""
    with pytest.raises(UsageError, match=said):
        ranked(**options)


@pytest.mark.parametrize(
    ("made", "options", "said"),
    [
        (Diversity, {"features": SIDES, "relevance": 1.1}, "lies in .0, 1.; got 1.1"),
        (Filters, {"policy": "first"}, "one of show, hide, last; got 'first'"),
        (PlackettLuce, {"temperature": 0.0}, "above 0"),
        (PlackettLuce, {"draws": 0}, "1 or more draws"),
        (Thompson, {"variance": np.array([-1.0])}, "0 or more"),
    ],
)
def test_impossible_settings(made: Any, options: dict[str, Any], said: str) -> None:
    """A setting out of its range is refused when it is made."""
    with pytest.raises(UsageError, match=said):
        made(**options)


def test_chances_of_a_list_by_hand() -> None:
    """Of Plackett and Luce's rule at the first place exp(score); at the second, over who may have been before."""
    noise = PlackettLuce(draws=20_000)
    found = chances(np.log(CHANCES), [1, 2], np.random.default_rng(0), noise)
    second = 0.5 * 0.2 / 0.5 + 0.3 * 0.2 / 0.7
    assert found.shown == pytest.approx([0.3, second], abs=0.01)
    assert found.lists.shape == (20_001, 2)
    assert (found.lists[:, 0] == 1).mean() == pytest.approx(0.3, abs=0.02)
    assert (found.lists[:, 0] != found.lists[:, 1]).all()


def test_chances_of_strangers_and_of_long_lists() -> None:
    """What is not in the catalogue has none; where no item is left, nothing is shown."""
    found = chances([0.0, 0.0], [-1, 0, 1], np.random.default_rng(0), PlackettLuce())
    assert found.shown == pytest.approx([0.0, 0.5, 0.0], abs=0.03)
    assert (found.lists[:, 2] == -1).all()
    hidden = chances(SCORES, [0, 1], np.random.default_rng(0), PlackettLuce(), filters=Filters(blocked=mask(0)))
    assert hidden.shown[0] == 0


def test_chances_are_the_propensities_of_a_ranking() -> None:
    """As far as simulating allows."""
    noise = PlackettLuce(draws=5_000)
    shown = ranked(explore=noise)
    again = chances(SCORES, shown.items, np.random.default_rng(1), noise).shown
    assert shown.propensity == pytest.approx(again, abs=0.03)
