"""Our learners beside other libraries, on the same tasks, in one run of interleaved rounds.

    python -m benchmarks.learners --scripts DIR --python PATH [--rounds 3] [--only w1 w2] [--out learners.jsonl]

DIR is the folder of the peers' scripts (`bench.py`, `w4.py`), PATH the Python of the environment of its README.
Every measurement is a process of its own, pinned to one core; rounds take turns, so that what else the machine does
hits all alike. Figures are medians over rounds; ratios are medians of the rounds' own ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

W1 = ("maml", "fomaml", "anil", "reptile")
W4 = ("ridge", "cnp", "protonet")
_ONE_THREAD = {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "OMP_NUM_THREADS": "1",
}
Row = dict[str, Any]


class Job(NamedTuple):
    """One measurement: what is measured, by whom, and the arguments of the script."""

    what: str
    peer: str
    arguments: tuple[str, ...]


def jobs(only: Sequence[str]) -> list[Job]:
    """Every measurement of a round; ours beside plain JAX, and learn2learn where it has the method."""
    found = []
    for variant in W1:
        found += [ours("w1", variant), *(peer("w1", variant, name) for name in ("learn2learn", "jax"))]
    found.append(ours("w1", "metasgd"))
    for variant in ("maml", "fomaml"):
        found += [ours("w2", variant), *(peer("w2", variant, name) for name in ("learn2learn", "dual", "jax"))]
    found += [ours("w3", "maml"), *(peer("w3", "maml", name) for name in ("learn2learn", "dual_numpy", "jax"))]
    for model in W4:
        found += [ours("w4", model), Job(f"w4 {model}", "jax", ("w4.py", "--peer", "jax", "--model", model))]
    found += [ours(*pair, "--likelihood") for pair in (("w1", "maml"), ("w1", "anil"), ("w2", "maml"), ("w4", "ridge"))]
    return [job for job in found if job.what.split()[0] in only]


def ours(work: str, variant: str, *more: str) -> Job:
    """Our own measurement; with the peers' loss, or with our own."""
    name = " ".join(["warmstart", *more]).replace("--likelihood", "(−log p)")
    return Job(f"{work} {variant}", name, ("--work", work, "--variant", variant, *more))


def peer(work: str, variant: str, name: str) -> Job:
    """A peer's measurement by its own script."""
    own = () if work == "w3" else ("--variant", variant)
    return Job(f"{work} {variant}", name, ("bench.py", "--peer", name, "--work", work, *own))


def run(job: Job, options: argparse.Namespace, *more: str) -> Row:
    """The one JSON line of a measurement. Errors: `SystemExit` with what the script said."""
    scripts = options.scripts.resolve()
    if job.peer.startswith("warmstart"):
        command = [sys.executable, "-m", "benchmarks.learner_work", "--scripts", str(scripts), *job.arguments, *more]
        folder = Path(__file__).parents[1]
    else:
        command, folder = [str(options.python), *job.arguments], scripts
    pinned = ["taskset", "-c", options.cpu, *command]
    quiet = os.environ | _ONE_THREAD | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(pinned, cwd=folder, capture_output=True, text=True, env=quiet, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr[-2000:]}")
    row: Row = json.loads([line for line in done.stdout.splitlines() if line.startswith("{")][-1])
    return row | {"what": job.what, "peer": job.peer}


def first_calls(options: argparse.Namespace) -> Iterator[Row]:
    """How long the first step of W2 takes with an empty compilation cache, and with a full one."""
    with tempfile.TemporaryDirectory() as cache:
        for state in ("cold", "cached"):
            found = run(ours("w2", "maml"), options, "--first", "--cache", cache)
            yield {"what": f"first call, {state}", "peer": "warmstart", "first_call_s": found["first_call_s"]}


def figures(row: Row) -> dict[str, float]:
    """What a row says, by name; tasks per second are better when higher, milliseconds when lower."""
    found = {name: row[name] for name in ("per_cpu_s", "per_wall_s", "first_call_s", "peak_rss_mb") if name in row}
    for name in ("one", "batch256"):
        if name in row:
            found[f"{name}_ms"] = row[name]["wall_p50_ms"]
    return found


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Lines of a Markdown table: each measurement, and how many times better we are."""
    yield "| work | by | tasks/s (CPU) | tasks/s (wall) | one task, ms | 256 tasks, ms | peak MB | ours is better by |"
    yield "|---|---|---|---|---|---|---|---|"
    for what, name in dict.fromkeys((row["what"], row["peer"]) for row in rows):
        held = [figures(row) for row in rows if (row["what"], row["peer"]) == (what, name)]
        mine = [figures(row) for row in rows if (row["what"], row["peer"]) == (what, "warmstart")]
        cells = [shown(held, key) for key in ("per_cpu_s", "per_wall_s", "one_ms", "batch256_ms", "peak_rss_mb")]
        first = [figure["first_call_s"] for figure in held if set(figure) == {"first_call_s"}]
        last = (
            f"{median(first):.2f} s" if first else "" if name.startswith("warmstart") else ", ".join(better(mine, held))
        )
        yield f"| {what} | {name} | {' | '.join(cells)} | {last} |"


def shown(held: Sequence[dict[str, float]], key: str) -> str:
    """The median of one figure."""
    values = [figure[key] for figure in held if key in figure]
    if not values:
        return ""
    return f"{median(values):,.0f}" if key != "one_ms" else f"{median(values):.3f}"


def better(mine: Sequence[dict[str, float]], theirs: Sequence[dict[str, float]]) -> Iterator[str]:
    """Median over rounds of theirs against ours."""
    for key, word in (("per_cpu_s", "×"), ("one_ms", "× (one)"), ("batch256_ms", "× (256)")):
        pairs = [(a[key], b[key]) for a, b in zip(mine, theirs, strict=False) if key in a and key in b]
        if pairs:
            ratios = [a / b if key == "per_cpu_s" else b / a for a, b in pairs]
            yield f"{median(ratios):.2f} {word}"


def main() -> None:
    """Measure, keep every line, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scripts", type=Path, required=True, help="folder of the peers' scripts")
    parser.add_argument("--python", type=Path, required=True, help="Python of the peers' environment")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cpu", default="1", help="the core that everything is pinned to")
    parser.add_argument("--only", nargs="*", default=["w1", "w2", "w3", "w4", "first"])
    parser.add_argument("--out", type=Path, help="append every line to this file")
    options = parser.parse_args()
    rows: list[Row] = []
    for turn in range(options.rounds):
        planned = jobs(options.only)
        measured = (run(job, options) for job in planned)
        for row in chain(measured, first_calls(options) if "first" in options.only else ()):
            rows.append(row | {"round": turn})
            print(f"round {turn + 1} of {options.rounds}: {row['what']}, {row['peer']}: {figures(row)}", flush=True)
            if options.out:
                with options.out.open("a") as file:
                    file.write(json.dumps(rows[-1]) + "\n")
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
