"""Training that is killed at any moment goes on, again and again, to the model that it would have made at once."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS = int(os.environ.get("WARMSTART_FAULTS", "1"))
"""`make faults` sets many."""

pytestmark = pytest.mark.slow


def test_killed_while_it_trains(shop: Path) -> None:
    """Each round is killed at a random moment; the last one ends, with the version of a run that nothing broke off."""
    settings = (shop / "my.toml").read_text("utf-8")
    told = settings.replace("steps = 30", "steps = 2000")
    (shop / "long.toml").write_text(told, "utf-8")
    program = Path(sys.executable).with_name("warmstart")
    command = [program, "train", "table", "--data", "long.toml", "--learner", "bayes_head", "--json", "--out"]
    whole = json.loads(subprocess.run([*command, "whole"], check=True, stdout=subprocess.PIPE).stdout)
    rng, broken = random.Random(0), 0
    for _ in range(ROUNDS):
        run = subprocess.Popen([*command, "new", "--resume"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            assert run.wait(rng.uniform(1.0, 10.0)) == 0
        except subprocess.TimeoutExpired:
            run.kill()
            broken += run.wait() != 0
    assert broken, "no run was killed before it had ended"
    last = json.loads(subprocess.run([*command, "new", "--resume"], check=True, stdout=subprocess.PIPE).stdout)
    assert last["version"] == whole["version"]
    assert {path.name for path in (shop / "new").iterdir()} == {"arrays.safetensors", "manifest.json"}
