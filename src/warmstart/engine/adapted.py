"""`Adapted`: one task after its first rows: answers, takes feedback, explains itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import jax
import numpy as np
import polars as pl

from warmstart.engine.answer import answer, doubt
from warmstart.engine.bound import Evidence
from warmstart.errors import DataError, UsageError
from warmstart.explain.columns import Encoded, usual_effects
from warmstart.explain.explanation import Explanation
from warmstart.prediction import Prediction
from warmstart.tables.encode import Names
from warmstart.tables.readers import read_table
from warmstart.tables.target import TargetEncoder
from warmstart.tables.usual_value import Told, told
from warmstart.types import Latent, Query, Rows

if TYPE_CHECKING:
    from warmstart.engine.model import MetaModel

__all__ = ["Adapted", "AdaptedTasks"]

_LINKS = {"gaussian": "identity", "negative_binomial": "log", "ranking": "score"}


@dataclass(frozen=True, eq=False)
class Adapted:
    """Immutable; `update` gives a new one."""

    model: MetaModel
    evidence: Evidence
    """Descriptor and encoded support rows: a few kB, from which the state can be made again."""
    state: Any
    last_moment: Any = None
    """Latest time among the support rows, where there is a time column."""

    @classmethod
    def of(cls, model: MetaModel, evidence: Evidence, last_moment: Any = None) -> Self:
        """Adapt from encoded evidence."""
        state = model.bound.adapt_one(model.params, model.prepared, *evidence)
        return cls(model, evidence, state, last_moment)

    @property
    def k(self) -> int:
        """Support rows used."""
        return int((self.evidence.support.weight > 0).sum())

    @property
    def nbytes(self) -> int:
        """Memory of the evidence and the state, in bytes."""
        return sum(np.asarray(leaf).nbytes for leaf in jax.tree.leaves((self.evidence, self.state)))

    def predict(self, rows: Any = None) -> Prediction:
        """Answer about these rows (any dataframe or file); with `None` about the whole catalogue.

        Errors: `DataError` for a missing column, an unfit value, no rows, or a row earlier than the support.
        """
        query, items = self._query(rows)
        return answer(self._latent(query), self.model.codec.answer, items, k=self.k, version=self.model.version)

    def doubt(self, rows: Any = None) -> np.ndarray | None:
        """float64[query]: variance of the mean that `predict(rows)` gives, without the noise of single outcomes.

        None for scores and classes, and where the learner does not say. Errors: as of `predict`.
        """
        return doubt(self._latent(self._query(rows)[0]), self.model.codec.answer)

    def _latent(self, query: Query | None) -> Latent:
        model = self.model
        latent: Latent = model.bound.predict_one(model.params, model.prepared, self.state, query)
        return latent

    def update(self, rows: Any) -> Self:
        """The task after further rows: exact and in microseconds for closed-form learners.

        Where items are ranked, a choice that the task knows already changes nothing.
        """
        model = self.model
        frame = model.rows(rows)
        support, new = model.more(self.evidence.support, frame)
        evidence = Evidence(self.evidence.descriptor, support)
        state = model.bound.update_one(model.params, model.prepared, evidence, self.state, new)
        moments = [m for m in (self.last_moment, model.last_moment(frame)) if m is not None]
        return replace(self, evidence=evidence, state=state, last_moment=max(moments, default=None))

    def explain(self, rows: Any = None) -> Explanation:
        """Why `predict(rows)` is what it is; with `None` for the ten best items of the catalogue.

        Effects are on the link scale: of a number its unit (or its logarithm), of a count the log rate, of a class the
        logit (the most probable one's, where there are several; of ordered ones that of more than the lowest), of items
        the score.
        """
        if rows is None:
            best, _ = self.predict().top(10)
            rows = pl.DataFrame({self.model.schema.item: best})
        frame = read_table(rows, least_rows=0)
        query, labels = self._query(frame)
        assert query is not None
        model, target = self.model, self.model.codec.answer
        influence = model.bound.influence_one(model.params, model.prepared, self.evidence, self.state, query)
        real = np.flatnonzero(self.evidence.support.weight > 0)
        mean = np.asarray(self._latent(query).mean, np.float64).reshape(len(labels), -1)
        output, at = np.argmax(mean, axis=1), np.arange(len(labels))
        scale, effects = target.scale, self._column_effects(query, output)
        return Explanation(
            link="log" if target.log else _LINKS.get(target.likelihood, "logit"),
            about=_about(target),
            query=labels.tolist(),
            support=self._support_labels(real),
            answer=mean[at, output] * scale + target.shift,
            prior=influence.prior[at, output] * scale + target.shift,
            parts=influence.parts[at, :, output][:, real] * scale,
            exact=influence.exact,
            columns={name: effect * scale for name, effect in effects.items()},
            values=self._values(frame),
            usual={**model.codec.descriptor.usual, **model.codec.row.usual},
        )

    def _column_effects(self, query: Query, output: np.ndarray) -> dict[str, np.ndarray]:
        """Effect [query] of each descriptor, and of each feature where rows carry their own."""
        model, codec, evidence = self.model, self.model.codec, self.evidence
        described = Encoded(evidence.descriptor, codec.descriptor.usual_row, codec.descriptor.names)
        asked = Encoded(query.x, codec.row.usual_row, codec.row.names)
        if codec.items:  # a catalogue's rows are looked up by item
            none = Rows(np.zeros((len(output), 0), np.float32), np.zeros((len(output), 0), np.int32))
            asked = Encoded(none, none, Names((), (), ()))

        def latent(descriptor: Rows, x: Rows) -> np.ndarray:
            repeat = partial(jax.tree.map, lambda leaf: np.broadcast_to(leaf, (len(x.numbers), *np.shape(leaf))))
            changed = repeat(query._replace(x=None))._replace(x=x)
            mean = model.bound.variants_one(model.params, model.prepared, evidence.support, descriptor, changed)
            return np.asarray(mean.reshape(*mean.shape[:2], -1)[:, np.arange(len(output)), output], np.float64)

        return usual_effects(described, asked, latent)

    def _values(self, frame: pl.DataFrame) -> dict[str, list[Told]]:
        """What each row says in each column: in descriptors all the same."""
        codec, n = self.model.codec, frame.height
        said = {name: [value] * n for name, value in codec.descriptor.decoded(self.evidence.descriptor).items()}
        features = () if codec.items else codec.row.columns
        return said | {column.name: told(frame[column.name], column) for column in features}

    def _query(self, rows: Any) -> tuple[Query | None, np.ndarray]:
        model = self.model
        if rows is None:
            if not model.codec.items:
                raise DataError(
                    "nothing is asked", expected="rows to predict (there is no catalogue to rank)", got="None"
                )
            return (None, model.items) if model.codec.target.likelihood == "ranking" else model.whole_catalogue()
        frame = read_table(rows, least_rows=0)
        if frame.height == 0:
            raise DataError("no rows to predict", expected="1 or more query rows", got=0)
        model.check_query(frame, self.last_moment)
        labels = (
            frame[model.schema.item].cast(pl.String).to_list()
            if model.schema.item
            else [f"row {i}" for i in range(frame.height)]
        )
        return model.query(frame), np.array(labels, dtype=str)

    def _support_labels(self, real: np.ndarray) -> list[str]:
        support, codec = self.evidence.support, self.model.codec
        if codec.items:
            return [codec.items[i] if i >= 0 else "unknown item" for i in support.item[real]]
        return [f"support row {i}" for i in range(len(real))]


def _about(target: TargetEncoder) -> str:
    """What the link scale measures, in words."""
    match target.likelihood:
        case "ranking":
            return "score of the item"
        case "bernoulli":
            return f"log odds of {target.classes[1]}"
        case "categorical":
            return "score of the most probable class"
        case "gaussian" if not target.log:
            return f"effect on {target.column}" if target.effect else str(target.column)
        case _:
            return f"logarithm of {target.column}"


@dataclass(frozen=True, eq=False)
class AdaptedTasks:
    """Many tasks adapted at once; one `Adapted` is cut out when it is asked for."""

    model: MetaModel
    ids: tuple[str, ...]
    sizes: np.ndarray
    """int64[tasks]: support rows of each."""
    held: Sequence[tuple[Evidence, Any]]
    """Batches of padded evidence and states, each array with a leading task axis."""
    place: np.ndarray
    """int64[tasks, 2]: batch and row of each task."""
    last_moments: Sequence[Any]
    """Latest time among the rows of each task; None where there is no time column."""

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, task: int) -> Adapted:
        batch, row = self.place[task]
        evidence, state = self.held[batch]
        own: Evidence = jax.tree.map(lambda leaf: np.asarray(leaf)[row], evidence)
        return Adapted(self.model, own, self.model.bound.one_of(state, row), self.last_moments[task])

    def __iter__(self) -> Iterator[Adapted]:
        return (self[task] for task in range(len(self)))

    def scores(self, items: Sequence[str]) -> np.ndarray:
        """float32[tasks, asked]: the score of each of these items for each task; a column ranks tasks for one item.

        Memory: 4 bytes for each of up to 4,096 tasks and each item of the catalogue. Errors: `UsageError` where the
        model ranks no items, `DataError` for an item that it does not know.
        """
        model = self.model
        if model.codec.target.likelihood != "ranking":
            raise UsageError("scores of items need a model that ranks a catalogue; `predict` answers about rows")
        asked = model.codec.item_index(pl.Series(items, dtype=pl.String))
        if (asked < 0).any():
            raise DataError(
                "unknown item",
                column=model.schema.item,
                expected="items of the model's catalogue",
                got=repr(items[int(np.argmax(asked < 0))]),
            )
        scores = np.zeros((len(self), len(asked)), np.float32)
        for batch, (_, state) in enumerate(self.held):
            members = np.flatnonzero(self.place[:, 0] == batch)
            mean = np.asarray(model.bound.predict(model.params, model.prepared, state, None).mean)
            scores[members] = mean[:, asked][self.place[members, 1]]
        return scores
