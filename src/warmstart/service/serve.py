"""`serve`: the app on a port, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import logging
import re
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from warmstart.engine.storage import load
from warmstart.errors import UsageError
from warmstart.service.app import create_app
from warmstart.service.drift.follower import Follower
from warmstart.service.drift.log import drift_log
from warmstart.service.fault_log import fault_log
from warmstart.service.jobs.runner import JobRunner
from warmstart.service.request_log import request_log
from warmstart.service.service import DEFAULT_TENANT, Service
from warmstart.store.keys import Keys

__all__ = ["Address", "publish", "serve"]

_SWITCH_S = 0.0005  # the loop waits no longer than that for a thread that computes
_SCENARIO = re.compile(r"[a-z][a-z0-9_]{0,63}")  # it is printed, logged, and part of paths
_LAST_S = 5.0  # for requests that are worked on when it is told to end; callers who stall are not waited for
_HEADER_MS = 10_000  # for the head of a request to be whole


@dataclass(frozen=True)
class Address:
    """Where to listen; TLS where both files are given. Errors: `UsageError` for one of them alone, or no port."""

    host: str = "127.0.0.1"
    port: int = 8000
    certificate: Path | None = None
    private_key: Path | None = None

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.private_key is None):
            raise UsageError("TLS needs both --tls-certificate and --tls-key")
        if not 0 < self.port < 2**16:
            raise UsageError(f"port: expected 1 to {2**16 - 1}; got {self.port}")

    @property
    def loopback(self) -> bool:
        """Whether this machine alone can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def open_to_all(self, keys: Keys) -> bool:
        """Whether no key is asked for: on this machine alone, as long as there is none.

        Errors: `UsageError` for an address that others can reach, without a key.
        """
        locked = any(key.revoked is None for key in keys.all())
        if not locked and not self.loopback:
            raise UsageError(
                f"other machines can reach {self.host}, and there is no key: "
                "make one with `warmstart keys create admin`, of the same --db"
            )
        return not locked

    @property
    def url(self) -> str:
        """As a client writes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'http' if self.certificate is None else 'https'}://{host}:{self.port}"


def publish(service: Service, folders: Sequence[Path]) -> list[tuple[str, str]]:
    """Keep the models of these folders; gives scenario and version of each. A new one answers from now on.

    Errors: `UsageError` for a model that was trained for no scenario; those of loading.
    """
    told = []
    for folder in folders:
        model = load(folder)
        scenario = model.info.get("scenario")
        if not isinstance(scenario, str) or not _SCENARIO.fullmatch(scenario):
            raise UsageError(
                f"{folder}: the model names no scenario ({scenario!r}); train it with `warmstart train SCENARIO`"
            )
        at = service.clock()
        service.registry.publish(DEFAULT_TENANT, scenario, model.version, folder, at, {"source": "serve"})
        known = service.registry.pointer(DEFAULT_TENANT, scenario).versions
        if model.version not in known:  # new, or left so by a crash
            service.promote(DEFAULT_TENANT, scenario, model.version, "given to `warmstart serve`")
        told.append((scenario, model.version))
    return told


def serve(service: Service, address: Address, told: Callable[[str], None], jobs: JobRunner | None = None) -> None:
    """Answer until SIGINT or SIGTERM; `told` gets the URL when it can be asked."""
    server = Server(
        create_app(service, request_log(sys.stderr), jobs),
        address=address.host,
        port=address.port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_enabled=False,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_MS),
        ssl_cert=address.certificate,
        ssl_key=address.private_key,
    )

    logging.getLogger("warmstart").addHandler(fault_log(sys.stderr))
    sys.setswitchinterval(_SWITCH_S)
    gc.collect()
    gc.freeze()  # models and modules stay: looking at them again would stop every answer for a tenth of a second

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server.on_startup(lambda: told(address.url))
        serving = loop.create_task(server.serve())

        def end() -> None:
            loop.call_soon(server.stop)
            loop.call_later(_LAST_S, serving.cancel)

        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, end)
        with suppress(asyncio.CancelledError):
            await serving

    service.drift.hear(drift_log(sys.stderr))
    with Follower(service.drift, service.registry.scenarios):
        asyncio.run(run())
