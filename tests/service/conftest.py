"""A service over each database, with two models of shops that were never trained, and a caller without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from warmstart.engine.model import MetaModel
from warmstart.service.app import create_app
from warmstart.service.service import DEFAULT_TENANT, Service
from warmstart.store.database import Database, connect
from warmstart.store.event import Interaction
from warmstart.store.log import Logged

NOW = datetime(2026, 1, 6, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Embedded, empty."""
    with closing(connect(str(tmp_path / "warmstart.db"))) as held:
        yield held


@pytest.fixture
def service(database: Database, tmp_path: Path, model: Callable[..., MetaModel]) -> Iterator[Service]:
    """Open to all; `demand` (number of an untrained model, two versions) and `recommend` answer."""
    with Service(database, tmp_path / "models", open_to_all=True, clock=lambda: NOW) as held:
        for scenario, target, seed in (("demand", "number", 1), ("demand", "number", 0), ("recommend", "choice", 0)):
            folder = tmp_path / f"{target}-{seed}"
            version = model(target, seed=seed).save(folder).version
            held.registry.publish(DEFAULT_TENANT, scenario, version, folder, NOW, {"mae": 0.5})
            held.promote(DEFAULT_TENANT, scenario, version, "a test")
        yield held


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    """Asks the app in this process."""
    with TestClient(create_app(service)) as held:
        yield held


@pytest.fixture
def sold() -> Callable[..., dict[str, Any]]:
    """Makes an interaction of a shop: `sold(id, shop, sold=…)`."""

    def make(name: str, shop: str = "s1", hour: int = 10, **row: Any) -> dict[str, Any]:
        told = {"price": 1.0, "kind": "u", "sold": 90.0, **row}
        return {"id": name, "kind": "interaction", "task": shop, "time": f"2026-01-05T{hour:02d}:00:00Z", "row": told}

    return make


def make_sales(seed: int, rows: int, *, run: int = 1, shops: int = 100, **unit: float) -> list[Logged]:
    """Rows of shops that sell as ever, one a second; `run` of a shop in a row; numbers of a column times its `unit`."""
    rng = np.random.default_rng(seed)
    level, shop = rng.normal(size=shops), np.repeat(rng.integers(0, shops, rows), run)[:rows]
    price = rng.normal(size=rows)
    sold = 100 + 20 * (level[shop] - price) + 5 * rng.normal(size=rows)
    numbers = {name: x * unit.get(name, 1.0) for name, x in (("price", price), ("sold", sold))}
    kinds = rng.choice(list("uvw"), rows)
    return [
        Logged(
            i + 1,
            "demand",
            Interaction(
                id=f"{seed}-{i}",
                kind="interaction",
                task=f"shop {shop[i]}",
                time=datetime(2026, 1, 5, tzinfo=UTC) + timedelta(seconds=i),
                row={"kind": str(kinds[i]), **{name: float(x[i]) for name, x in numbers.items()}},
            ),
            0,
        )
        for i in range(rows)
    ]


@pytest.fixture
def sales() -> Callable[..., list[Logged]]:
    """Makes interactions of many shops as the log tells them: `sales(seed, rows, run=…, price=100)`."""
    return make_sales
