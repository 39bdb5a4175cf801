"""A list for one customer over HTTP: adapted to a few items, the best 20 of a catalogue of 25,000."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks.catalogue import random_shop
from benchmarks.serving import Answered, Answers, Serving, alone, at_rate, client, say, workplace

_USERS, _CUSTOMERS, _SUPPORT, _SHOWN = 2_000, 500, 5, 20
_FIRST = 50  # requests that warm it up


def measure(items: int = 25_000, rate: float = 50.0, seconds: float = 30.0) -> Iterator[tuple[str, float, str, str]]:
    """Items of eight numbers under random parameters of a `BayesHead`, which take as long as trained ones."""
    yield from alone(rate)
    with workplace() as folder:
        model, _ = random_shop(items, _USERS)
        replace(model, info={"scenario": "recommend"}).save(folder / "model")
        chosen = np.random.default_rng(1).choice(model.items, (_CUSTOMERS, _SUPPORT)).tolist()
        with Serving(folder, [folder / "model"]) as serving:
            say(f"recommend of {items:,} simulated items, bayes_head untrained")
            answers = asyncio.run(_asked(serving, chosen, rate, seconds))
    yield from answers.rows(f"adapt to {_SUPPORT} items, best {_SHOWN} of {items:,}, {rate:g}/s", "< 20")


async def _asked(serving: Serving, chosen: list[list[str]], rate: float, seconds: float) -> Answers:
    async with client(serving) as http:

        async def ask(i: int) -> Answered:
            support = [{"item": name} for name in chosen[i % len(chosen)]]
            return await http.post("/v1/recommend/recommend", {"support": support, "n": _SHOWN})

        for i in range(_FIRST):
            (await ask(i)).json()
        return await at_rate(ask, rate, seconds)
