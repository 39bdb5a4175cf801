"""`Explanation`: why each answer is what it is: the prior, each support row, each column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from warmstart.explain.reason_code import ReasonCode
from warmstart.tables.usual_value import Told

__all__ = ["Explanation"]


@dataclass(frozen=True, eq=False)
class Explanation:
    """Effects on the link scale, in the target's unit where the link is the identity."""

    link: str
    """identity, log, logit or score: what the effects add up on."""
    about: str
    """What the effects are effects on, in words: "log odds of late", "logarithm of price"."""
    query: Sequence[str]
    """labels[query]"""
    support: Sequence[str]
    """labels[support]"""
    answer: np.ndarray
    """float64[query]"""
    prior: np.ndarray
    """float64[query]: the answer before any support row."""
    parts: np.ndarray
    """float64[query, support]: what each support row adds."""
    exact: bool
    """Whether prior + parts equals the answer; else parts are changes when one row is left out."""
    columns: Mapping[str, np.ndarray]
    """float64[query] by column: the answer, less what it would be with the column at its usual value."""
    values: Mapping[str, Sequence[Told]]
    """[query] by column: what the rows say."""
    usual: Mapping[str, Told]
    """By column: what training rows usually say."""

    @property
    def total(self) -> np.ndarray:
        """float64[query]: prior and all parts."""
        return np.asarray(self.prior + self.parts.sum(axis=1))

    def reasons(self, row: int, n: int = 3) -> list[tuple[str, float]]:
        """The `n` support rows that moved this query row most, with their effect."""
        order = np.argsort(-np.abs(self.parts[row]), kind="stable")[:n]
        return [(self.support[s], float(self.parts[row, s])) for s in order]

    def reason_codes(self, row: int, n: int | None = None) -> tuple[ReasonCode, ...]:
        """The `n` columns (all, without it) that moved this query row most; those that moved nothing are left out.

        These are reasons of the model: what it would answer otherwise, not what would happen, nor what a law asks.
        """
        codes = [
            ReasonCode(name, self.values[name][row], self.usual[name], float(effect[row]))
            for name, effect in self.columns.items()
            if effect[row]
        ]
        return tuple(sorted(codes, key=lambda code: -abs(code.effect))[:n])

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {
            "link": self.link,
            "about": self.about,
            "exact": self.exact,
            "rows": [
                {
                    "query": label,
                    "prior": float(self.prior[i]),
                    "answer": float(self.answer[i]),
                    "total": float(self.total[i]),
                    "support": [
                        {"row": s, "effect": float(e)} for s, e in zip(self.support, self.parts[i], strict=True)
                    ],
                    "reason_codes": [code.to_dict() for code in self.reason_codes(i)],
                }
                for i, label in enumerate(self.query)
            ],
        }
