"""`warmstart serve`: answer over HTTP, and learn from events."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warmstart.cli._store import Db
from warmstart.errors import NotReady, UsageError

__all__ = ["serve"]


def serve(
    models: Annotated[list[Path] | None, typer.Argument(metavar="MODEL…", help="Folders of `train --out`.")] = None,
    *,
    db: Db = "sqlite:///warmstart.db",
    host: Annotated[str, typer.Option(help="Another one than this machine's own needs a key.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    tls_certificate: Annotated[Path | None, typer.Option(metavar="FILE", help="PEM; with --tls-key.")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="PEM; with --tls-certificate.")] = None,
) -> None:
    """Answer over HTTP with these models, or with those that the database has, and learn from events."""
    from contextlib import closing

    from warmstart.datasets.places import cache_folder

    try:
        from warmstart.service import serve as service_of
    except ImportError as error:
        raise NotReady(f"the service needs the package {error.name}: pip install 'warmstart[service]'") from error
    from warmstart.service.service import Service
    from warmstart.store.database import connect
    from warmstart.store.keys import Keys

    address = service_of.Address(host, port, tls_certificate, tls_key)
    with closing(connect(db)) as database:
        open_to_all = address.open_to_all(Keys(database))
        with Service(database, cache_folder() / "models", open_to_all=open_to_all) as service:
            for scenario, version in service_of.publish(service, models or []):
                print(f"{scenario}: model {version}", flush=True)
            ready = service.ready()
            if not ready:
                raise UsageError(f"no model: give a folder of `warmstart train --out`; {db} has none")
            service_of.serve(service, address, lambda url: print(f"{', '.join(ready)} at {url}", flush=True))
