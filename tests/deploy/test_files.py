"""What `Dockerfile`, `compose.yml` and `deploy/` say is what linters, and the program itself, take; nothing is run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from warmstart.cli.app import app

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent
UNITS = sorted((ROOT / "deploy").glob("warmstart*"))
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
MOST_EXPOSED = 20
"""Tenths of the scale of `systemd-analyze security`, where 100 is a service that may do everything."""


def lint(*command: Path | str) -> tuple[bool, str]:
    """Whether a linter has nothing to say, and what it said."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=60)
    return done.returncode == 0, done.stdout + done.stderr


def dockerfile(text: str, folder: Path) -> tuple[bool, str]:
    """hadolint's word on a Dockerfile."""
    (folder / "Dockerfile").write_text(text)
    return lint(PROGRAMS / "hadolint", folder / "Dockerfile")


def compose(text: str, folder: Path) -> tuple[bool, str]:
    """Whether the schema of compose files takes it."""
    (folder / "compose.yml").write_text(text)
    return lint(PROGRAMS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", folder / "compose.yml")


def unit(text: str, name: str, folder: Path) -> tuple[bool, str]:
    """What systemd says of a unit whose program is there, beside the others."""
    for each in UNITS:
        shutil.copy(each, folder)
    for each in folder.glob("*.service"):
        each.write_text(each.read_text().replace("/usr/local/lib/warmstart/bin/warmstart", sys.executable))
    (folder / name).write_text(text.replace("/usr/local/lib/warmstart/bin/warmstart", sys.executable))
    return lint("systemd-analyze", "verify", folder / name)


needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")


def test_dockerfile(tmp_path: Path) -> None:
    """The Dockerfile is free of faults; one that forgets its packages' versions, or stays root, is not."""
    text = (ROOT / "Dockerfile").read_text()
    assert dockerfile(text, tmp_path) == (True, "")
    assert not dockerfile(text.replace("-c constraints.txt hatchling", "hatchling"), tmp_path)[0]
    assert not dockerfile(text.replace("WORKDIR /build", "WORKDIR build"), tmp_path)[0]
    assert not dockerfile(text.replace("HEALTHCHECK", "HEALTHCHEK"), tmp_path)[0]


def test_dockerfile_copies_what_is_there() -> None:
    """What it copies exists, and .dockerignore lets it, and nothing else, through."""
    text = (ROOT / "Dockerfile").read_text()
    copied = {name for line in re.findall(r"^COPY (?!--)(.+) \S+$", text, re.MULTILINE) for name in line.split()}
    let_through = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert copied == set(let_through)
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_image_runs_as_nobody_and_says_whether_it_lives() -> None:
    """The last stage ends with a user that is not root, a health check by Python alone, and the cache as a volume."""
    last = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert re.search(r"^USER [1-9]\d*$", last, re.MULTILINE)
    assert re.search(r'^HEALTHCHECK .*\\\n +CMD \["python", "-c", .*/healthz', last, re.MULTILINE)
    assert 'VOLUME ["/var/cache/warmstart"' in last
    assert "WARMSTART_CACHE=/var/cache/warmstart" in last


def test_compose(tmp_path: Path) -> None:
    """compose.yml is one; a key that there is not is found."""
    text = (ROOT / "compose.yml").read_text()
    assert compose(text, tmp_path)[0], compose(text, tmp_path)[1]
    assert not compose(text.replace("restart:", "restrat:"), tmp_path)[0]
    assert not compose(text.replace("condition: service_healthy", "condition: healthy"), tmp_path)[0]


def test_compose_has_no_password_of_its_own() -> None:
    """Passwords and the model are asked for by name, and one that is missing is told; a port alone has a default."""
    told = yaml.safe_load((ROOT / "compose.yml").read_text())
    values = [each for service in told["services"].values() for each in texts(service)]
    asked = [name for each in values for name in re.findall(r"\$\{(.+?)\}", each)]
    assert {name for name in asked if ":?" not in name} == {"WARMSTART_PORT:-8000"}
    passwords = [v for s in told["services"].values() for k, v in s["environment"].items() if "PASSWORD" in k]
    assert passwords == ["${POSTGRES_PASSWORD:?set it to a long random text}"] * 2
    assert re.findall(r"://\w+:", str(told)) == []


def test_compose_waits_and_is_bounded() -> None:
    """The service waits for a database that answers, is reached from this machine alone, and takes only so much."""
    services = yaml.safe_load((ROOT / "compose.yml").read_text())["services"]
    assert services["service"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert "pg_isready" in services["database"]["healthcheck"]["test"]
    assert [port.split(":")[0] for port in services["service"]["ports"]] == ["127.0.0.1"]
    assert services["service"]["mem_limit"]
    assert (services["service"]["read_only"], services["service"]["cap_drop"]) == (True, ["ALL"])


@needs_systemd
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_unit(path: Path, tmp_path: Path) -> None:
    """systemd reads every line of the unit; one that it does not know is found."""
    text = path.read_text()
    assert unit(text, path.name, tmp_path) == (True, "")
    assert "Descripton" in unit(text.replace("Description", "Descripton"), path.name, tmp_path)[1]


@needs_systemd
@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_unit_is_hardened(path: Path, tmp_path: Path) -> None:
    """systemd counts what the service could do to the machine; without its protection it is too much."""
    ask = ("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}")
    open_one = tmp_path / path.name
    open_one.write_text(re.sub(r"^(Protect|Private|Restrict|SystemCall|Dynamic).*\n", "", path.read_text(), flags=re.M))
    assert lint(*ask, path)[0]
    assert not lint(*ask, open_one)[0]


def test_commands_are_those_of_the_program() -> None:
    """Every verb and flag that a file starts the program with is one that it has."""
    verbs = vars(get_command(app))["commands"]
    told = yaml.safe_load((ROOT / "compose.yml").read_text())["services"]["service"]["command"]
    image = re.findall(r'"([^"]+)"', (ROOT / "Dockerfile").read_text().rpartition("\nCMD ")[2])
    units = [re.findall(r"^ExecStart=\S+ (.+)$", path.read_text(), re.MULTILINE)[0].split() for path in SERVICES]
    for words in (told, image, *units):
        flags = {opt for parameter in verbs[words[0]].params for opt in parameter.opts}
        assert [word for word in words if word.startswith("--") and word not in flags] == []


def texts(value: Any) -> list[str]:
    """Every text inside of a document."""
    match value:
        case dict():
            return [text for each in value.values() for text in texts(each)]
        case list():
            return [text for each in value for text in texts(each)]
        case _:
            return [str(value)]
