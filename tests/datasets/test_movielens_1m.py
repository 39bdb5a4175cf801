"""MovieLens-1M's reader on three users and three films."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping

from warmstart.datasets.files import Files
from warmstart.datasets.movielens_1m import FILMS, SOURCE

WORLD = {
    "ratings.csv.gz": "state,user_id,item_id,rating\nx,1,7,4\nx,1,8,2\nx,1,7,5\nx,2,7,3\nx,2,8,1\nx,3,9,5\n",
    "users.csv.gz": "user_id,gender,age,occupation,zip\n1,F,1,10,02139\n2,M,25,3,55\n3,M,18,0,99999-1\n",
    "movies.csv.gz": "item_id,title,year,rate,released,genre,director,writer,actors,plot\n"
    '7,Heat,1995,R,,"Crime, Drama",Mann,"Mann (story), Cy (novel)","Al P, Bob N",N/A\n'
    "8,Up,1999,PG,,N/A,N/A,,N/A,x\n9,It,2000,R,,Horror,K,,L,y\n",
    "episodes/split.csv.gz": "kind,id,part\nuser,1,warm\nuser,2,cold\nuser,3,warm\n"
    "item,7,existing\nitem,8,existing\nitem,9,new\n",
    "episodes/melu.csv.gz": "state,user_id,item_id,role,position\nwarm,1,7,support,0\nwarm,1,8,query,0\n"
    "user_cold,2,7,support,0\nuser_cold,2,8,query,0\n",
    "episodes/kshot.csv.gz": "protocol,task_id,user_id,item_id,role,position\nuser_and_item_cold,2,2,7,query,0\n"
    "item_cold,9,3,9,support,0\n",
}


def test_ratings_films_and_episodes(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """A pair rated twice keeps the first; episodes carry ratings; training sees warm users and existing films."""
    table = SOURCE.tables["recommend"](in_memory({name: gzip.compress(text.encode()) for name, text in WORLD.items()}))
    assert table.frame.rows()[:2] == [("1", "7", 4.0, "F", "1", "10", "02"), ("1", "8", 2.0, "F", "1", "10", "02")]
    assert len(table.frame) == 5
    assert table.items is not None
    assert table.items.row(0) == ("7", 1995.0, "R", "Crime,Drama", "Mann", "Al P,Bob N", "Mann,Cy", "Heat", None)
    assert table.items["genre"].to_list() == ["Crime,Drama", None, "Horror"]
    assert table.episodes["train"].rows() == [("1", "7"), ("1", "8")]
    assert table.episodes["melu"].rows() == [
        ("user_cold", "2", "2", "7", 3.0, "support", 0),
        ("user_cold", "2", "2", "8", 1.0, "query", 0),
    ]
    assert table.episodes["kshot"].rows() == [
        ("both_cold", "2", "2", "7", 3.0, "query", 0),
        ("item_cold", "9", "3", "9", 5.0, "support", 0),
    ]


def test_films_as_tasks(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Films are described by their content, users are the catalogue, and the episodes of new films are left."""
    table = FILMS.tables["recommend"](in_memory({name: gzip.compress(text.encode()) for name, text in WORLD.items()}))
    assert (table.schema.task, table.schema.item) == (("item",), "user")
    first = {"user": "1", "item": "7", "rating": 4.0, "year": 1995.0, "certificate": "R", "genre": "Crime,Drama"}
    assert first.items() <= table.frame.row(0, named=True).items()
    assert table.items is not None
    assert table.items.rows() == [("1", "F", "1", "10", "02"), ("2", "M", "25", "3", "55"), ("3", "M", "18", "0", "99")]
    assert table.episodes["train"].select("task", "item").rows() == [("7", "1"), ("8", "1")]
    assert table.episodes["kshot"].select("slice", "task", "item", "target").rows() == [("item_cold", "9", "3", 5.0)]
