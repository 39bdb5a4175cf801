"""The few-shot reviews' reader on one old and one new domain: which rows are learned from, told and asked."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping

from warmstart.datasets.amazon_arsc_fewshot_sentiment import SOURCE
from warmstart.datasets.files import Files
from warmstart.evaluate.protocols import protocol
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.sampling import Sampling

EXAMPLES = """domain,threshold,split,label,text_id
toys,t2,train,1,0
toys,t2,test,-1,1
books,t2,dev,1,2
books,t2,test,-1,3
books,t2,test,1,4
books,t2,train,1,5
books,t2,train,1,0
books,t2,train,-1,1
books,t2,train,-1,2
"""
TEXTS = "text_id,text\n0,fine\n1,bad\n2,good\n3,poor\n4,nice\n5,great\n"


def test_published_episodes(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """All of the toys are learned from; of the books two of each sentiment are told in turns, two are asked."""
    files = {"examples.csv.gz": EXAMPLES, "texts.csv.gz": TEXTS}
    table = SOURCE.tables["review"](in_memory({name: gzip.compress(text.encode()) for name, text in files.items()}))
    (plan,) = protocol("kshot")(table, Sampling(), 0)
    (trial,) = plan.trials
    assert plan.train.ids == ["toys.t2"]
    assert plan.train.frame["review"].to_list() == ["fine", "bad"]
    assert trial.shots == (0, 2, 4, 10)
    arrays = TaskCodec.fit(plan.train).encode(trial.tasks)
    episodes = trial.episodes(arrays)
    rows = trial.tasks.frame
    told = [rows[episodes.shown(k).support[0].tolist()]["review"].to_list() for k in (2, 4)]
    assert told == [["bad", "great"], ["bad", "great", "good", "fine"]]
    assert rows[episodes.query[0].tolist()]["review"].to_list() == ["poor", "nice"]
