"""The values that flow between floors: encoded rows, support, query, latent and `Prediction`.

Axis names used in every docstring: `tasks`, `rows`, `support` (k), `query` (q), `numbers`, `codes`, `length`,
`classes`, `items`, `features` (d). A leading `...` stands for any batch axes, usually `[tasks]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = ["Array", "Latent", "Query", "Rows", "Spec", "Support", "Treated", "Widths"]

Array = Any  # a numpy.ndarray or a jax.Array: learners are written against the array API that both share


class Rows(NamedTuple):
    """Encoded table rows, as a learner sees them."""

    numbers: Array
    """float32[..., rows, numbers]: scaled numbers, missing flags, cyclic dates, vectors."""
    codes: Array
    """int32[..., rows, codes]: one category each; 0 is the unknown bucket."""
    bags: tuple[Array, ...] = ()
    """int32[..., rows, length] each: a set, sequence or hashed text; 0 is padding."""


class Treated(NamedTuple):
    """What was done to rows, and what came of it, where the target is the effect of a treatment."""

    treatment: Array
    """float32[...]: 1 where a row was treated, 0 where not."""
    propensity: Array
    """float32[...]: how likely it was that the row would be treated; NaN where nobody has said it."""
    outcome: Array
    """float32[...]: standardised; for a learner so that with and without treatment it differs by an encoded effect."""
    weight: Array
    """float32[...]: importance, before rows whose treatment was nearly certain count less; of padding anything."""

    def take(self, index: Array) -> Treated:
        """Rows at `index`, of any shape."""
        return Treated(*(part[index] for part in self))


class Support(NamedTuple):
    """What is known of a task so far; may have no rows."""

    x: Any
    """`Rows`, or what the learner's `embed` made of them: float32[..., support, features]."""
    item: Array
    """int32[..., support]: index into the catalogue, -1 where there is none."""
    y: Array
    """float32[..., support]: encoded target; a class index for categories."""
    weight: Array
    """float32[..., support]: importance; 0 marks padding, which changes nothing."""
    offset: Array
    """float32[..., support]: what a base model already predicts on the link scale, else 0."""
    treated: Any = None
    """`Treated` of [..., support] each, where the target is the effect of a treatment; else None."""


class Query(NamedTuple):
    """What is asked of a task: some rows, or the whole catalogue."""

    x: Any
    """`Rows`, or what the learner's `embed` made of them: float32[..., query, features]."""
    item: Array
    """int32[..., query]: index into the catalogue, -1 where there is none."""
    offset: Array
    """float32[..., query]: what a base model already predicts on the link scale, else 0."""


class Latent(NamedTuple):
    """A Gaussian belief on the link scale; a likelihood turns it into a distribution over y."""

    mean: Array
    """float32[..., query] or, for classes, float32[..., query, classes]; for ordered ones float32[..., query, cuts]."""
    variance: Array
    """Same shape as `mean`: how unsure we are of it (epistemic)."""
    noise: Array
    """Broadcastable to `mean`: the likelihood's own parameter (Gaussian variance, dispersion), else 0."""


@dataclass(frozen=True)
class Widths:
    """How wide encoded rows are."""

    numbers: int = 0
    codes: tuple[int, ...] = ()
    """Vocabulary size of each code column, the unknown bucket included."""
    bags: tuple[int, ...] = ()
    """Vocabulary size of each bag column, the padding included."""


@dataclass(frozen=True)
class Spec:
    """What a learner must know of the data before it sees a row."""

    row: Widths
    descriptor: Widths
    likelihood: str
    """Name of a likelihood: gaussian, bernoulli, categorical, ordinal, negative_binomial, ranking."""
    classes: int = 1
    items: int = 0
    """Size of the catalogue; 0 where rows carry their own features."""
    effect: bool = False
    """Whether the effect of a treatment is asked of rows that tell outcomes and what was done (`Treated`)."""
