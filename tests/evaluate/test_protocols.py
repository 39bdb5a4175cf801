"""Protocols: honest splits, and episodes whose support comes before their query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

import numpy as np
import polars as pl
import pytest

from warmstart.errors import DataError, NotFound, UsageError
from warmstart.evaluate.protocols import PROTOCOLS, Plan, protocol
from warmstart.tables.person_periods import person_periods
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.episodes import Episodes
from warmstart.tasks.sampling import Sampling

SAMPLING = Sampling(new_tasks=0.4, shots=(0, 2, 3), queries=4, min_rows=5)
DAY = date(2024, 1, 1)


def shops(*, timed: bool = False, sizes: tuple[int, ...] = (8,) * 10) -> Table:
    """Shops of some rows each, two shops to a town, which is the group; the target is the row's number."""
    shop = np.repeat(np.arange(len(sizes)), sizes)
    day = np.concatenate([np.arange(n) // 2 for n in sizes])
    frame = pl.DataFrame(
        {
            "shop": shop,
            "town": shop // 2,
            "day": [DAY + timedelta(days=int(d)) for d in day],
            "y": np.arange(len(shop), dtype=float),
        }
    )
    columns = [Column("shop", Role.TASK), Column("town", Role.IGNORE), Column("y", Role.TARGET)]
    columns += [Column("day", Role.TIME if timed else Role.IGNORE, Kind.DATE)]
    return Table("shops", frame, Schema(tuple(columns), group=("town",)))


def baskets() -> Table:
    """User u has its first day on day u and a second one two days later, three items each."""
    rows = [
        (u, DAY + timedelta(days=u + d), f"i{(u + j + d) % 7}") for u in range(12) for d in (0, 2) for j in range(3)
    ]
    frame = pl.DataFrame(rows, schema=["user", "day", "item"], orient="row")
    columns = (
        Column("user", Role.TASK),
        Column("day", Role.TIME, Kind.DATE),
        Column("item", Role.ITEM, Kind.CATEGORY),
    )
    return Table("baskets", frame, Schema(columns, Target.CHOICE))


def ratings(episodes: Mapping[str, pl.DataFrame]) -> Table:
    """Three users who rated three items each, with published episodes."""
    rows = [(u, f"i{i}", float(u + i)) for u in range(3) for i in range(3)]
    frame = pl.DataFrame(rows, schema=["user", "item", "stars"], orient="row").with_columns(age=pl.col("user") % 2)
    columns = (
        Column("user", Role.TASK),
        Column("item", Role.ITEM, Kind.CATEGORY),
        Column("stars", Role.TARGET),
        Column("age", Role.DESCRIPTOR, Kind.CATEGORY),
    )
    return Table("ratings", frame, Schema(columns), episodes=MappingProxyType(dict(episodes)))


def published() -> dict[str, pl.DataFrame]:
    """Users 0 and 1 train on two items; user 2 is asked; an item is asked about several users in a slice of its own."""
    columns = ["slice", "episode", "task", "item", "target", "role", "position"]
    rows = [
        ("user_cold", "e1", 2, "i2", 4.0, "query", 0),
        ("user_cold", "e1", 2, "i1", 3.0, "support", 1),
        ("user_cold", "e1", 2, "i0", 2.0, "support", 0),
        ("user_cold", "e2", 2, "i0", 2.0, "query", 0),
        ("item_cold", "x", 0, "i2", 2.0, "support", 0),
        ("item_cold", "x", 1, "i2", 3.0, "query", 0),
    ]
    train = pl.DataFrame({"task": [0, 0, 1, 1], "item": ["i0", "i1", "i0", "i1"]})
    return {"melu": pl.DataFrame(rows, schema=columns, orient="row"), "train": train}


def asked(plan: Plan, trial: int = 0) -> tuple[TaskArrays, Episodes]:
    """Encoded new tasks of one trial and their episodes."""
    arrays = TaskCodec.fit(plan.train).encode(plan.trials[trial].tasks)
    return arrays, plan.trials[trial].episodes(arrays)


def test_kshot_splits_by_group() -> None:
    """Two of five towns are new, no row of an episode is on both sides, every new shop is asked at every K."""
    (plan,) = protocol("kshot")(shops(), SAMPLING, 0)
    (trial,) = plan.trials
    towns = [set(side.frame["town"].to_list()) for side in (plan.train, trial.tasks)]
    assert towns[0] & towns[1] == set()
    assert [len(side) for side in towns] == [3, 2]
    assert (trial.slice, trial.shots) == ("all", (0, 2, 3))
    arrays, episodes = asked(plan)
    assert np.bincount(episodes.task).tolist() == [8] * 4  # there are few, so that each is asked eight times
    assert set(episodes.support.lengths) == {3}
    assert set(episodes.query.lengths) == {4}
    for e in range(len(episodes)):
        one = episodes.take(np.array([e]))
        assert not set(one.support.values) & set(one.query.values)
    assert len(arrays.y) == 32


def test_kshot_is_chance_by_seed() -> None:
    """One seed, one split and one draw; another seed, others."""
    drawn = []
    for seed in (0, 0, 1):
        (plan,) = protocol("kshot")(shops(), SAMPLING, seed)
        drawn.append((plan.trials[0].tasks.ids, asked(plan)[1].support.values.tolist()))
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_kshot_in_time() -> None:
    """Where time counts, up to three cuts a shop, each with its support strictly before its query."""
    sampling = Sampling(new_tasks=0.4, order="time", shots=(0, 2), queries=4, min_rows=5)
    arrays, episodes = asked(*protocol("kshot")(shops(timed=True), sampling, 0))
    assert 4 < len(episodes) <= 12
    assert len(np.unique(episodes.task)) == 4
    for e in range(len(episodes)):
        assert arrays.time[episodes.support[e]].max() < arrays.time[episodes.query[e]].min()


def test_kshot_leaves_small_tasks_out() -> None:
    """Shops with fewer rows than asked for are neither trained on nor judged."""
    (plan,) = protocol("kshot")(shops(sizes=(8, 4, 8, 8, 3, 8, 8, 8)), SAMPLING, 0)
    kept = {*plan.train.ids, *plan.trials[0].tasks.ids}
    assert kept == {"0", "2", "3", "5", "6", "7"}


def test_kshot_of_too_few_tasks() -> None:
    """One large enough shop cannot be split."""
    with pytest.raises(DataError, match="too few tasks; expected 2 or more with 5 rows; got 1"):
        protocol("kshot")(shops(sizes=(8, 4)), SAMPLING, 0)


def test_kshot_of_too_few_rows() -> None:
    """Shops that cannot give the largest support are named with what they have."""
    sampling = Sampling(new_tasks=0.4, shots=(0, 20), min_rows=5)
    with pytest.raises(DataError, match="expected 20 support rows and a query row; got at most 8 rows"):
        asked(*protocol("kshot")(shops(), sampling, 0))


def test_new_users() -> None:
    """Rows before the cut-off train; users first seen after it are asked: first day, then all later ones."""
    table = baskets()
    cut = Table(table.name, table.frame, table.schema, cutoff=DAY + timedelta(days=6))
    (plan,) = protocol("new-users")(cut, Sampling(shots=(0, 1, 3)), 0)
    assert plan.train.frame["day"].max() == DAY + timedelta(days=5)
    assert plan.trials[0].tasks.frame["day"].min() == DAY + timedelta(days=6)
    assert plan.trials[0].tasks.ids == ["6", "7", "8", "9", "10", "11"]
    assert plan.trials[0].shots == (0, 1, 3)
    arrays, episodes = asked(plan)
    assert len(episodes) == 6
    for e, task in enumerate(episodes.task):
        start = arrays.offsets[task]
        assert sorted(episodes.support[e].tolist()) == [start, start + 1, start + 2]
        assert sorted(episodes.query[e].tolist()) == [start + 3, start + 4, start + 5]


def test_new_users_without_a_published_cutoff() -> None:
    """Two thirds of the rows lie before the split."""
    (plan,) = protocol("new-users")(baskets(), Sampling(shots=(0, 1)), 0)
    assert plan.train.frame.height <= 48
    assert plan.train.frame["day"].max() < plan.trials[0].tasks.frame["day"].min()


def test_new_users_needs_time() -> None:
    """Without a time column nobody is new."""
    with pytest.raises(UsageError, match="'new-users' needs a column with the role 'time'"):
        protocol("new-users")(shops(), SAMPLING, 0)


def test_published_episodes() -> None:
    """Training pairs train; each episode is a task of its own, its rows in their order; slices by item are left out."""
    (plan,) = protocol("melu")(ratings(published()), SAMPLING, 0)
    assert plan.train.frame.select("user", "item").rows() == [(0, "i0"), (0, "i1"), (1, "i0"), (1, "i1")]
    (trial,) = plan.trials
    assert (trial.slice, trial.shots, trial.tasks.ids) == ("user_cold", (None,), ["e1", "e2"])
    arrays, episodes = asked(plan)
    stars = TaskCodec.fit(plan.train).target.decode_location(arrays.y).round(3)
    told = [(stars[episodes.support[e]].tolist(), stars[episodes.query[e]].tolist()) for e in range(2)]
    assert told == [([2.0, 3.0], [4.0]), ([], [2.0])]
    assert trial.tasks.frame["age"].to_list() == [0] * 4


def test_validation_trains_on_its_own_pairs() -> None:
    """The inner world has training pairs of its own: those of the judging episodes are not used."""
    episodes = published()
    inner = {"melu-validation": episodes["melu"], "melu-validation train": episodes["train"].head(1)}
    (plan,) = protocol("melu-validation")(ratings(inner | {"train": episodes["train"]}), SAMPLING, 0)
    assert plan.train.frame.select("user", "item").rows() == [(0, "i0")]
    assert [(trial.slice, trial.tasks.ids) for trial in plan.trials] == [("user_cold", ["e1", "e2"])]


def test_kshot_takes_published_episodes_first() -> None:
    """Where a data set publishes its own K-shot episodes those are judged."""
    episodes = published()
    (plan,) = protocol("kshot")(ratings({"kshot": episodes["melu"], "train": episodes["train"]}), SAMPLING, 0)
    assert plan.trials[0].shots == (0, 1, 3, 5, 10, 20)
    assert plan.trials[0].tasks.ids == ["e1", "e2"]


def test_nothing_published() -> None:
    """A data set without such episodes says which protocols it can take."""
    with pytest.raises(UsageError, match="'shops' brings no 'melu' episodes; use protocol 'kshot' or 'new-users'"):
        protocol("melu")(shops(), SAMPLING, 0)


def test_names() -> None:
    """The names of the contract; a misspelt one is answered with the nearest."""
    assert set(PROTOCOLS) >= {"kshot", "melu", "melu-validation", "new-users"}
    with pytest.raises(NotFound, match="did you mean new-users"):
        protocol("new-user")


def listeners(users: int = 10, *, songs: tuple[int, ...] = (), shared: bool = False) -> Table:
    """Users who rate three books and some songs, by default six; with `shared` two users have one household."""
    songs = songs or (6,) * users
    rows = [
        (u, f"{kind}{i}", float(i)) for u in range(users) for kind, n in (("b", 3), ("s", songs[u])) for i in range(n)
    ]
    frame = pl.DataFrame(rows, schema=["user", "item", "stars"], orient="row").with_columns(home=pl.col("user") // 2)
    items = frame.select("item").unique(maintain_order=True)
    items = items.with_columns(
        land=pl.when(pl.col("item").str.starts_with("s")).then(pl.lit("songs")).otherwise(pl.lit("books"))
    )
    columns = (
        Column("user", Role.TASK),
        Column("home", Role.IGNORE),
        Column("item", Role.ITEM, Kind.CATEGORY),
        Column("stars", Role.TARGET),
        Column("land", Role.FEATURE, Kind.CATEGORY),
    )
    group = ("home",) if shared else ()
    return Table("listeners", frame, Schema(columns, group=group, domain="land", target_domain="songs"), items)


def test_new_in_domain() -> None:
    """No row of a new user is trained on; all books are told at every K; three songs at most; the query stays."""
    (plan,) = protocol("new-in-domain")(listeners(shared=True), SAMPLING, 0)
    (trial,) = plan.trials
    assert set(plan.train.ids) & set(trial.tasks.ids) == set()
    assert len(trial.tasks) == 4
    assert len({int(i) // 2 for i in trial.tasks.ids}) == 2
    arrays, episodes = asked(plan)
    assert episodes.task.tolist() == [0, 1, 2, 3]
    for e in range(4):
        told = [set(episodes.shown(k).support[e].tolist()) for k in trial.shots if k is not None]
        assert [len(each) for each in told] == [3, 5, 6]
        assert told[0] < told[1] < told[2]
        assert arrays.given[sorted(told[0])].all()
        query = set(episodes.query[e].tolist())
        assert len(query) == 3
        assert query & told[2] == set()
        assert not arrays.given[sorted(query)].any()


def test_new_in_domain_takes_whom_it_can_ask() -> None:
    """Users with no more songs than the largest K, or without books, are learned from and never new."""
    table = listeners(8, songs=(4, 4, 3, 0, 1, 4, 4, 4))
    no_books = table.frame.filter((pl.col("user") != 7) | pl.col("item").str.starts_with("s"))
    drawn = set()
    for seed in range(20):
        (plan,) = protocol("new-in-domain")(replace(table, frame=no_books), SAMPLING, seed)
        drawn |= set(plan.trials[0].tasks.ids)
        assert {"2", "3", "4", "7"} <= set(plan.train.ids)
    assert drawn == {"0", "1", "5", "6"}


def test_new_in_domain_needs_domains_and_users() -> None:
    """Without a declared domain, without a row of it, or with too few users in both, the reason is said."""
    table = listeners()
    plain = replace(table, schema=replace(table.schema, domain="", target_domain=""))
    with pytest.raises(UsageError, match=r"needs split\.domain and split\.target_domain"):
        protocol("new-in-domain")(plain, SAMPLING, 0)
    vinyl = replace(table, schema=replace(table.schema, target_domain="vinyl"))
    with pytest.raises(
        DataError, match="column 'land': no row is of the target domain; expected 'books', 'songs'; got"
    ):
        protocol("new-in-domain")(vinyl, SAMPLING, 0)
    with pytest.raises(DataError, match="too few tasks are known in two domains; expected 2 with 4 rows in 'songs'"):
        protocol("new-in-domain")(listeners(3, songs=(4, 3, 2)), SAMPLING, 0)


def test_new_tasks() -> None:
    """Rows before the cut-off train; an anchor first seen after it is asked with its first moments, each a shot."""
    rows = [
        (a, DAY + timedelta(days=d), f"i{d}") for a, first in (("old", 0), ("new", 6)) for d in range(first, first + 5)
    ]
    rows += [("once", DAY + timedelta(days=8), "i0")]
    frame = pl.DataFrame(rows, schema=["user", "day", "item"], orient="row")
    table = Table("anchors", frame, baskets().schema, cutoff=DAY + timedelta(days=3))
    (plan,) = protocol("new-tasks")(table, Sampling(shots=(0, 1, 3)), 0)
    assert plan.order == "moments"
    assert plan.train.frame["day"].max() == DAY + timedelta(days=2)
    assert plan.train.ids == ["old"]
    assert (plan.trials[0].tasks.ids, plan.trials[0].shots) == (["new", "once"], (0, 1, 2, 5, 10))
    arrays, episodes = asked(plan)
    assert episodes.task.tolist() == [0]
    assert (arrays.time[episodes.support[0]].tolist(), len(episodes.query[0])) == (sorted(arrays.time)[:2], 3)


def test_new_tasks_needs_time() -> None:
    """Without a time column nothing is new."""
    with pytest.raises(UsageError, match="'new-tasks' needs a column with the role 'time'"):
        protocol("new-tasks")(shops(), SAMPLING, 0)


def categories() -> Table:
    """Three categories with a row on each of days 0 to 5, cut before day 3."""
    frame = pl.DataFrame(
        [(f"c{c}", DAY + timedelta(days=d), float(d)) for c in range(3) for d in range(6)],
        schema=["category", "day", "units"],
        orient="row",
    )
    columns = (
        Column("category", Role.TASK, Kind.CATEGORY),
        Column("day", Role.TIME, Kind.DATE),
        Column("units", Role.TARGET),
    )
    return Table("launches", frame, Schema(columns), cutoff=DAY + timedelta(days=3))


def test_next_rows_are_asked_by_the_latest_before_them() -> None:
    """Other categories train with their rows before the cut; the new one is told its latest, and asked what follows."""
    (plan,) = protocol("next-rows")(categories(), Sampling(shots=(0, 1, 2)), 0)
    (new,) = plan.trials[0].tasks.ids
    assert new not in plan.train.ids
    assert len(plan.train.ids) == 2
    assert (plan.train.frame["day"] < DAY + timedelta(days=3)).all()
    arrays, episodes = asked(plan)
    day = arrays.time - arrays.time.min()
    assert day[episodes.support[0]].tolist() == [2, 1]
    assert day[episodes.query[0]].tolist() == [3, 4, 5]


def watched() -> Table:
    """In each of three shops a customer joins on days 0, 2, 4, 6 and 8; two intervals are known 2 and 4 days later."""
    joined = [DAY + timedelta(days=n) for n in range(0, 10, 2)]
    frame = pl.DataFrame({"shop": ["a"] * 5 + ["b"] * 5 + ["c"] * 5, "joined": joined * 3, "days": 9, "left": 0})
    rows = person_periods(frame, duration="days", event="left", edges=(3, 5), start="joined")
    columns = (Column("shop", Role.TASK, Kind.CATEGORY), Column("joined", Role.TIME, Kind.DATE))
    units = (Column("unit", Role.UNIT), Column("known", Role.KNOWN, Kind.DATE), Column("at_risk", Role.WEIGHT))
    schema = Schema((*columns, *units, Column("came", Role.TARGET)))
    return Table("watched", rows, schema, cutoff=DAY + timedelta(days=6))


def test_next_rows_of_customers() -> None:
    """On day 6 the customer of day 4 has told nothing yet, the one of day 2 one interval, the first both."""
    (plan,) = protocol("next-rows")(watched(), Sampling(shots=(0, 2)), 0)
    assert (plan.train.frame["known"] < DAY + timedelta(days=6)).all()
    assert plan.train.frame.height == 2 * 3
    _, episodes = asked(plan)
    assert episodes.support[0].tolist() == [2, 0, 1]
    assert episodes.query[0].tolist() == [6, 7, 8, 9]


def test_kshot_of_customers() -> None:
    """A cut on day 6 or 8 (by day 4 one customer has told anything): the two nearest, as far as they are known."""
    supports = set()
    for seed in range(9):
        (plan,) = protocol("kshot")(watched(), Sampling(0.67, "time", (0, 2), min_rows=4), seed)
        _, episodes = asked(plan)
        told, nearest = episodes.support, episodes.shown(1).support
        supports |= {(tuple(nearest[e] % 10), tuple(told[e] % 10)) for e in range(len(episodes))}  # ten rows a shop
    assert supports == {((2,), (2, 0, 1)), ((4,), (4, 2, 3))}


def test_next_rows_needs_rows_on_both_sides() -> None:
    """Three rows before the cut are too few for four shots."""
    with pytest.raises(DataError, match="no new task can be asked; expected 4 rows before the cut"):
        asked(protocol("next-rows")(categories(), Sampling(shots=(0, 4)), 0)[0])


def test_next_periods_are_asked_by_the_latest_before_them() -> None:
    """The last two of six days are asked; others train with their rows before these, and no later one is known."""
    (plan,) = protocol("next-periods")(categories(), Sampling(shots=(0, 1, 2), queries=2), 0)
    (new,) = plan.trials[0].tasks.ids
    assert new not in plan.train.ids
    assert plan.train.frame["day"].max() == DAY + timedelta(days=3)
    arrays, episodes = asked(plan)
    day = arrays.time - arrays.time.min()
    assert day[episodes.support[0]].tolist() == [3, 2]
    assert day[episodes.query[0]].tolist() == [4, 5]


@pytest.mark.parametrize(("seed", "first"), [(0, 5), (1, 4), (2, 3), (3, 5)])
def test_each_seed_asks_an_earlier_period(seed: int, first: int) -> None:
    """One day at a time, as long as it lies in the second half; then from the end again."""
    (plan,) = protocol("next-periods")(categories(), Sampling(shots=(0, 1), queries=1), seed)
    arrays, episodes = asked(plan)
    assert (arrays.time - arrays.time.min())[episodes.query[0]].tolist() == [first]
    assert plan.train.frame["day"].max() == DAY + timedelta(days=first - 1)


def test_a_period_is_a_moment_of_the_table() -> None:
    """Day 4 is asked: of a category without a row on that day nothing is, although it has a later row."""
    table = categories()
    more = table.frame.with_columns(category="more " + pl.col("category"))
    gaps = table.frame.filter(pl.col("day") != DAY + timedelta(days=4))
    sampling = Sampling(new_tasks=0.7, shots=(0, 1), queries=1)
    (plan,) = protocol("next-periods")(replace(table, frame=pl.concat([gaps, more])), sampling, 1)
    arrays, episodes = asked(plan)
    names = [plan.trials[0].tasks.ids[task] for task in episodes.task]
    assert {name.split()[0] for name in names} == {"more"}
    assert len(names) < len(plan.trials[0].tasks.ids)
    assert set((arrays.time - arrays.time.min())[episodes.query.values].tolist()) == {4}


def test_next_periods_refuses() -> None:
    """No time, a horizon of more than half of the periods, and no new task with rows enough."""
    with pytest.raises(UsageError, match="'next-periods' needs a column with the role 'time'"):
        protocol("next-periods")(shops(), SAMPLING, 0)
    with pytest.raises(
        DataError, match=r"column 'day': too few periods; expected twice .* \(split.queries = 4\); got 6"
    ):
        protocol("next-periods")(categories(), Sampling(queries=4), 0)
    with pytest.raises(DataError, match="no new task can be asked; expected 6 rows before the cut"):
        asked(protocol("next-periods")(categories(), Sampling(shots=(0, 6), queries=1), 0)[0])
