"""Publishing and promoting, killed at any moment: the version before or the new one answers, whole."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np
import polars as pl
import pytest

from warmstart.engine.model import MetaModel
from warmstart.engine.storage import load
from warmstart.service.serve import publish
from warmstart.service.service import DEFAULT_TENANT, Service
from warmstart.store.database import connect

ROUNDS = int(os.environ.get("WARMSTART_FAULTS", "2"))
"""`make faults` sets many."""
VERSIONS = 40
ROW = pl.DataFrame({"price": [1.0], "kind": ["u"]})
WORKER = """
import sys
from pathlib import Path
from warmstart.service.serve import publish
from warmstart.service.service import Service
from warmstart.store.database import connect

with Service(connect(sys.argv[1]), Path("cache")) as service:
    for folder in sys.argv[2:]:
        print(*publish(service, [Path(folder)])[0], flush=True)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, str, list[float]]]:
    """Folder, version and answer of each of many models of `demand`."""
    from worlds import make_model, make_shops

    root, told = tmp_path_factory.mktemp("models"), []
    for seed in range(VERSIONS):
        model = replace(make_model(make_shops(), seed=seed), info={"scenario": "demand"}).save(root / f"{seed:02d}")
        told.append((root / f"{seed:02d}", model.version, model.adapt().predict(ROW).mean.tolist()))
    return told


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_killed_while_it_publishes(made: list[Any], url: str, tmp_path: Path, seed: int) -> None:
    """What was acknowledged answers, or the next one; every version that is listed is whole; the rest can follow."""
    versions = [version for _, version, _ in made]
    answers = {version: answer for _, version, answer in made}
    command = [sys.executable, "-c", WORKER, url, *(str(folder) for folder, _, _ in made)]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        told = [worker.stdout.readline()]
        sleep(random.Random(seed).uniform(0.0, 0.5))
        worker.kill()
        told += worker.stdout.readlines()
    acknowledged = [line.split()[1] for line in told if line.endswith("\n")]
    with closing(connect(url)) as database, Service(database, tmp_path / "cache") as service:
        registry = service.registry
        listed = {each.version for each in registry.entries(DEFAULT_TENANT, "demand")}
        assert set(acknowledged) <= listed
        assert (
            registry.pointer(DEFAULT_TENANT, "demand").serving
            in versions[len(acknowledged) - 1 : len(acknowledged) + 1]
        )
        for version in listed:
            for cache in (tmp_path / "cache", tmp_path / "new"):
                model = load(registry.fetch(DEFAULT_TENANT, "demand", version, cache))
                assert model.version == version
                np.testing.assert_array_equal(model.adapt().predict(ROW).mean, answers[version])
        assert service.ready() == ["demand"]
        publish(service, [folder for folder, _, _ in made])
        assert service.live(DEFAULT_TENANT, "demand").model.version == versions[-1]


def test_published_and_not_promoted(service: Service, model: Callable[..., MetaModel], tmp_path: Path) -> None:
    """What a kill between the two leaves: given again, the version answers; one that was taken back does not."""
    before = service.live(DEFAULT_TENANT, "demand").model.version
    new = replace(model("number", seed=7), info={"scenario": "demand"}).save(tmp_path / "new").version
    service.registry.publish(DEFAULT_TENANT, "demand", new, tmp_path / "new", service.clock(), {})
    assert service.live(DEFAULT_TENANT, "demand").model.version == before
    publish(service, [tmp_path / "new"])
    assert service.live(DEFAULT_TENANT, "demand").model.version == new
    service.roll_back(DEFAULT_TENANT, "demand", "a test")
    publish(service, [tmp_path / "new"])
    assert service.live(DEFAULT_TENANT, "demand").model.version == before


@pytest.mark.parametrize(
    "name", ["", "../demand", "Demand", "a\nb", '{"event": "forged"}', "x" * 65, 1, None, ["demand"]]
)
def test_a_scenario_that_is_none(service: Service, model: Callable[..., MetaModel], tmp_path: Path, name: Any) -> None:
    """A model says where it answers; what would be a path, or a line of the log, is refused before it is kept."""
    from warmstart.errors import UsageError

    replace(model("number"), info={"scenario": name}).save(tmp_path / "new")
    with pytest.raises(UsageError, match="names no scenario"):
        publish(service, [tmp_path / "new"])
    assert json.dumps(service.registry.scenarios()) == '[["default", "demand"], ["default", "recommend"]]'
