"""The house rules that a machine can hold: floors, lengths, public names, forbidden words and light imports."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "warmstart"
MODULES = sorted(SOURCE.rglob("*.py"))
PYTHON_FILES = [*MODULES, *(p for d in ("tests", "examples", "benchmarks") for p in sorted((ROOT / d).rglob("*.py")))]

FLOORS = {
    "_distributions": 0,
    "_version": 0,
    "errors": 0,
    "types": 0,
    "prediction": 0,
    "edge": 0,
    "client": 0,
    "tables": 1,
    "decide": 1,
    "datasets": 2,
    "tasks": 2,
    "learners": 3,
    "engine": 4,
    "explain": 4,
    "scenarios": 5,
    "evaluate": 6,
    "store": 6,
    "service": 7,
    "console": 8,
    "cli": 8,
    "__init__": 9,
}
"""The floor of what lies right under the root; a module imports from floors below its own, or from its own folder."""

SAME_FLOOR = {
    ("engine", "explain"): "an adapted task explains itself; explain knows nothing of the engine",
    ("__init__", "_version"): "the root shows the one version there is",
    ("client", "errors"): "a refusal of the service is the same error as in this process",
    ("_distributions", "errors"): "a distribution that cannot be is refused",
    ("prediction", "_distributions"): "a Prediction is made of named distributions",
    ("prediction", "errors"): "asking a Prediction for what it cannot say is a usage error",
}
"""Neighbours on one floor that may be imported all the same, with the reason."""

UPWARD: dict[tuple[str, str], str] = {}
"""Imports of a higher floor, with the reason."""

MAX_FILE, MAX_FUNCTION, MAX_ROOT_NAMES = 500, 60, 15


def module_name(path: Path) -> str:
    """`warmstart.tables.schema` for src/warmstart/tables/schema.py."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str:
    """The name in `FLOORS` of what holds this module."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of every module of ours that is imported anywhere, in functions and as text too."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, n.name) for n in names if re.match(r"warmstart(\.|$)", n.name))
            case ast.ImportFrom(module="warmstart", names=names):
                yield from ((node.lineno, f"warmstart.{n.name}" if n.name in FLOORS else "warmstart") for n in names)
            case ast.ImportFrom(level=level) if level:
                yield node.lineno, "a relative import"
            case ast.ImportFrom(module=str(name)) if name.startswith("warmstart."):
                yield node.lineno, name
            case ast.Constant(value=str(text)) if re.fullmatch(r"warmstart(\.\w+)+", text) and room(text) in FLOORS:
                yield node.lineno, text


def offence(importer: str, name: str) -> str | None:
    """Why the room `importer` may not import the module `name`; None where it may."""
    if not name.startswith("warmstart"):
        return "imports are absolute"
    goal = room(name)
    if goal == importer or (importer, goal) in SAME_FLOOR or (importer, goal) in UPWARD:
        return None
    if goal not in FLOORS:
        return f"{goal} has no floor"
    if FLOORS[goal] < FLOORS[importer]:
        return None
    return f"floor {FLOORS[importer]} may not import from floor {FLOORS[goal]}"


def offences(importer: str, source: str) -> list[str]:
    """Every forbidden import in this source text."""
    found = ((line, name, offence(importer, name)) for line, name in imported(ast.parse(source)))
    return [f"line {line}: {name}: {why}" for line, name, why in found if why]


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_floor(path: Path) -> None:
    """A module imports only from floors below its own or from its own folder."""
    assert room(module_name(path)) in FLOORS, "every folder has a floor"
    assert offences(room(module_name(path)), path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("importer", "source"),
    [
        ("tables", "from warmstart.cli import app"),
        ("tables", "def f():\n    import warmstart.learners.contract"),
        ("learners", "from warmstart import engine"),
        ("explain", "from warmstart.engine.model import MetaModel"),
        ("tasks", "import_module('warmstart.service.app')"),
        ("tables", "from .schema import Schema"),
        ("tables", "import warmstart as ws"),
        ("tables", "from warmstart.attic import x"),
    ],
)
def test_floor_is_held(importer: str, source: str) -> None:
    """Each way to import from above, from beside, or by a relative path is found."""
    assert len(offences(importer, source)) == 1


def test_floor_exceptions_are_used() -> None:
    """An exception that no import needs any more is removed."""
    pairs = {
        (room(module_name(p)), room(name)) for p in MODULES for _, name in imported(ast.parse(p.read_text("utf-8")))
    }
    assert [pair for pair in [*SAME_FLOOR, *UPWARD] if pair not in pairs] == []


@pytest.mark.parametrize("path", PYTHON_FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_length(path: Path) -> None:
    """No file is over 500 lines, no function over 60."""
    text = path.read_text("utf-8")
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= MAX_FUNCTION
    ]
    assert text.count("\n") <= MAX_FILE
    assert long == []


def declared(tree: ast.Module) -> list[str] | None:
    """What `__all__` says, or None where there is none."""
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id="__all__")], value=value)
                | ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.List() as value)
            ):
                return list(ast.literal_eval(value))
    return None


def bound(tree: ast.Module) -> set[str]:
    """Names that the top level of a module binds, those under `if TYPE_CHECKING` included."""
    names: set[str] = set()
    for node in [n for top in tree.body for n in (top.body if isinstance(top, ast.If) else [top])]:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {(a.asname or a.name).split(".")[0] for a in aliases}
            case ast.Assign(targets=targets):
                names |= {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return names


def defined(tree: ast.Module) -> set[str]:
    """Public functions and classes written in a module."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {n.name for n in tree.body if isinstance(n, kinds) and not n.name.startswith("_")}


def order(name: str) -> tuple[int, str]:
    """How ruff sorts `__all__`: constants, classes, the rest."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def is_public(path: Path) -> bool:
    """Whether nothing on the way to this module starts with an underscore."""
    return not any(part.startswith("_") and part != "__init__.py" for part in path.relative_to(SOURCE).parts)


@pytest.mark.parametrize("path", [p for p in MODULES if is_public(p)], ids=module_name)
def test_public_names(path: Path) -> None:
    """`__all__` is there, sorted, resolvable, and names every public function and class of the module."""
    tree = ast.parse(path.read_text("utf-8"))
    names = declared(tree)
    if path.name == "__init__.py" and len(tree.body) <= 1:
        return  # a package that only says what it holds
    assert names is not None, "no __all__"
    assert names == sorted(set(names), key=order)
    assert set(names) <= bound(tree)
    assert defined(tree) <= set(names) | {"__getattr__", "__dir__"}


def test_root_names() -> None:
    """The root offers at most 15 names; each can be had, and an unknown one is refused by name."""
    import warmstart

    assert len(warmstart.__all__) <= MAX_ROOT_NAMES
    assert dir(warmstart) == warmstart.__all__
    assert [name for name in warmstart.__all__ if getattr(warmstart, name, None) is None] == []
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        warmstart.nothing  # noqa: B018


def test_root_names_are_no_folders() -> None:
    """No root name is a sub-package too: importing the one would hide the other."""
    import warmstart

    assert [name for name in warmstart.__all__ if (SOURCE / name).is_dir()] == []


FORBIDDEN_STEMS = {"base2", "common", "helper", "helpers", "misc", "util", "utils"}
FORBIDDEN_IMPORTS = {"cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve"}
FORBIDDEN_CALLS = {"hasattr", "super"}
FORBIDDEN_TEXT = {
    "a registry's host": r"pypi[.]org|pythonhosted[.]org|npmjs[.]org|debian[.]org",
    "a machine's path": r"(?<![\w.])/(?:wor[k]|tm[p]|hom[e]|roo[t]|op[t])/",
}
MAY_CALL = {"errors.py": "an exception has to hand its message to Exception"}


@pytest.mark.parametrize("path", PYTHON_FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_forbidden_code(path: Path) -> None:
    """No drawer for odds and ends, no format that runs code when read, no half-finished class."""
    tree = ast.parse(path.read_text("utf-8"))
    imports = {n.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for n in node.names}
    imports |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = {node.func.id for node in calls if isinstance(node.func, ast.Name)}
    assert path.stem not in FORBIDDEN_STEMS
    assert imports & FORBIDDEN_IMPORTS == set()
    assert "allow_pickle" not in {k.arg for node in calls for k in node.keywords}
    assert SOURCE not in path.parents or path.name in MAY_CALL or called & FORBIDDEN_CALLS == set()


def tracked() -> list[Path]:
    """Every file that is, or will be, in version control."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True, text=True)
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_forbidden_text() -> None:
    """No tracked text names a registry's host or a folder of one machine."""
    found = [
        f"{path.relative_to(ROOT)}: {what}: {hit.group()}"
        for path in tracked()
        if b"\0" not in (data := path.read_bytes())
        for what, pattern in FORBIDDEN_TEXT.items()
        for hit in re.finditer(pattern, data.decode("utf-8"))
    ]
    assert found == []


HEAVY = {"duckdb", "implicit", "jax", "lightgbm", "matplotlib", "pandas", "polars", "pyarrow", "scipy", "sklearn"}


def loaded_by(statement: str) -> set[str]:
    """Top-level packages in a fresh interpreter after this statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return {name.split(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("statement", ["import warmstart", "import warmstart.cli.app"])
def test_light_import(statement: str) -> None:
    """The root and the command line's start load none of the heavy libraries."""
    assert loaded_by(statement) & HEAVY == set()


def test_lazy_root() -> None:
    """A light name of the root loads its own module and nothing heavy."""
    loaded = loaded_by("import warmstart; assert warmstart.Schema.__name__ == 'Schema'")
    assert loaded & HEAVY == set()
