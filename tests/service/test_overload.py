"""The service as a process, asked for more than it can do, and by callers who never finish: it says so, and goes on."""

from __future__ import annotations

import selectors
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from processes import Process, Start
from warmstart.service.limits import Limits

ROOM = Limits().at_once
PATIENCE_S = 60
"""For what takes ten seconds on a machine that does nothing else."""
BODY = b'{"task": "s1"}'
HEAD = b"POST /v1/demand/adapt HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
MANY = {rows: '{"support": [' + ",".join([rows] * 10**6) + "]}" for rows in ("{}", "0", "null")}


@contextmanager
def crowd(process: Process, count: int, said: bytes) -> Iterator[list[socket.socket]]:
    """As many connections, which have all said this."""
    with ExitStack() as held:
        ends = []
        for _ in range(count):
            end = held.enter_context(socket.create_connection(("127.0.0.1", process.port), timeout=PATIENCE_S))
            end.sendall(said)
            ends.append(end)
        yield ends


def heard(end: socket.socket) -> bytes:
    """All that is answered, until the other side is through."""
    told = b""
    with suppress(ConnectionError):
        while more := end.recv(65536):
            told += more
    return told


def status(answer: bytes) -> int:
    """Of an answer; 0 for none."""
    return int(answer.split(b" ", 2)[1]) if answer else 0


def refused_of(ends: Iterable[socket.socket], count: int) -> list[socket.socket]:
    """So many of them that are answered before they have said all."""
    answered: list[socket.socket] = []
    with selectors.DefaultSelector() as watch:
        for end in ends:
            watch.register(end, selectors.EVENT_READ)
        while len(answered) < count:
            ready = [key.fileobj for key, _ in watch.select(PATIENCE_S)]
            assert ready, f"{len(answered)} of {count} were answered"
            for end in ready:
                watch.unregister(end)
            answered += ready
    return answered


def test_three_times_what_it_can_do(start: Start) -> None:
    """As many as there is room for are served, each of the others is told to come again; then all is as before."""
    process = start()
    for _ in range(2):
        with crowd(process, 3 * ROOM, HEAD % len(BODY) + BODY[:5]) as ends:
            outside = refused_of(ends, 2 * ROOM)
            answers = [heard(end) for end in outside]
            assert Counter(map(status, answers)) == {429: 2 * ROOM}
            assert all(b"\r\nretry-after: 1\r\n" in answer for answer in answers)
            assert process.client.post("/v1/demand/adapt", json={}).status_code == 429
            assert process.client.get("/healthz").status_code == process.client.get("/readyz").status_code == 200
            inside = [end for end in ends if end not in outside]
            for end in inside:
                end.sendall(BODY[5:])
            assert Counter(status(heard(end)) for end in inside) == {200: ROOM}
        assert process.client.post("/v1/demand/adapt", json={}).status_code == 200


def test_everybody_at_once(start: Start) -> None:
    """Three times as many callers as there is room for, who come again when told: each is served in the end."""
    process = start()
    statuses: Counter[int] = Counter()
    served: list[int] = []

    def ask(caller: int) -> None:
        own: Counter[int] = Counter()
        with httpx2.Client(base_url=process.client.base_url, timeout=PATIENCE_S) as client:
            while own[200] < 3:
                told = client.post("/v1/demand/adapt", json={"task": f"s{caller}"})
                own[told.status_code] += 1
                assert told.status_code == 200 or told.headers["retry-after"] == "1"
        statuses.update(own)
        served.append(caller)

    threads = [threading.Thread(target=ask, args=(caller,)) for caller in range(3 * ROOM)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(served) == list(range(3 * ROOM))
    assert set(statuses) <= {200, 429}
    assert statuses[200] == 3 * 3 * ROOM
    assert process.client.post("/v1/demand/adapt", json={}).status_code == 200


LEFT = [b"", b"POST /v1/dem", HEAD % 100, HEAD % 100 + b"{", b"GET /healthz HTTP/1.1\r\nx: "]
POLITE, RUDE = None, struct.pack("ii", 1, 0)  # a reset in place of a farewell


def served(process: Process) -> int:
    """How many of a crowd that just has room are."""
    with crowd(process, ROOM, HEAD % len(BODY) + BODY[:5]) as ends:
        for end in ends:
            end.sendall(BODY[5:])
        return Counter(status(heard(end)) for end in ends)[200]


def test_callers_who_leave(start: Start) -> None:
    """In the middle of anything, politely or not: all places are free again, and the log has no fault of ours."""
    process = start()
    for said in LEFT:
        for linger in (POLITE, RUDE):
            with crowd(process, 2 * ROOM, said) as ends:
                for end in ends:
                    if linger is not None:
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    end.close()
    assert any(served(process) == ROOM for _ in range(100))
    assert b"traceback" not in (process.folder / "serve.log").read_bytes().lower()


def test_it_ends_though_callers_stall(start: Start) -> None:
    """Told to end, it does not wait for the rest of a request that never comes."""
    process = start()
    with crowd(process, 2 * ROOM, HEAD % len(BODY) + BODY[:5]) as ends:
        refused_of(ends, ROOM)
        assert process.end() == 0


def test_half_closed(start: Start) -> None:
    """Who says no more but listens is answered, or is hung up on; half a body is no request."""
    process = start()
    for said, expected in ((HEAD % len(BODY) + BODY, {200, 0}), (HEAD % len(BODY) + BODY[:5], {400, 0})):
        with crowd(process, 8, said) as ends:
            for end in ends:
                end.shutdown(socket.SHUT_WR)
            assert {status(heard(end)) for end in ends} <= expected
    assert process.client.post("/v1/demand/adapt", json={}).status_code == 200


NO_REQUEST = [
    b"\0" * 1_000,
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /" + b"x" * 10**6,
    b"GET /healthz HTTP/1.1\r\n" + b"x: y\r\n" * 10**5 + b"\r\n",
    b"POST /v1/demand/adapt HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    b"POST /v1/demand/adapt HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\ncontent-length: 10\r\n\r\n0123456789",
    b"POST /v1/demand/adapt HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    b"GET /v1/models?scenario=demand HTTP/1.1\r\nhost: x\r\nx: a\nb\r\n\r\n",
]


def test_what_is_no_request(start: Start) -> None:
    """Is refused or hung up on; the next caller is answered."""
    process = start()
    for said in NO_REQUEST:
        with socket.create_connection(("127.0.0.1", process.port), timeout=PATIENCE_S) as end:
            with suppress(OSError):  # it has hung up already
                end.sendall(said)
                end.shutdown(socket.SHUT_WR)
            assert status(heard(end)) in (0, 400, 414, 422, 431, 505), said[:80]
        assert process.client.post("/v1/demand/adapt", json={}).status_code == 200


def test_a_path_that_was_quoted_twice(start: Start) -> None:
    """Is decoded once: what it names is a name, not a way out."""
    process = start()
    asked = [
        (b"/v1/tasks/%252e%252e%252f", b"'%2e%2e%2f'"),
        (b"/v1/tasks/%2e%2e%2fx", b"'../x'"),
        (b"/v1/tasks/%FF", b"task"),
    ]
    for path, named in asked:
        with crowd(process, 1, b"GET " + path + b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n") as (end,):
            answer = heard(end)
        assert status(answer) == 404
        assert named in answer


@pytest.mark.slow
def test_heads_that_never_end(start: Start) -> None:
    """Two hundred callers who say one line and then nothing keep nobody else out, and are hung up on."""
    process = start()
    with crowd(process, 200, b"POST /v1/demand/adapt HTTP/1.1\r\nhost: x\r\n") as slow:
        for _ in range(20):
            assert process.client.post("/v1/demand/adapt", json={}).status_code == 200
        assert {status(heard(end)) for end in slow} <= {0, 408}


@pytest.mark.slow
def test_bodies_that_never_end(start: Start) -> None:
    """Those that hold all places lose them after the limit, and are told so."""
    process = start()
    with crowd(process, 2 * ROOM, HEAD % len(BODY) + BODY[:5]) as ends:
        assert Counter(status(end.recv(65536)) for end in ends) == {429: ROOM, 408: ROOM}
    assert process.client.post("/v1/demand/adapt", json={}).status_code == 200


@pytest.mark.slow
def test_a_million_rows_from_many(start: Start) -> None:
    """Sixteen at once, each several times: refused by the name of the field; memory stays within bounds."""
    process = start()
    statuses: Counter[int] = Counter()

    def ask(rows: str) -> None:
        with httpx2.Client(base_url=process.client.base_url, timeout=2 * PATIENCE_S) as client:
            for _ in range(3):
                told = client.post("/v1/demand/predict", content=MANY[rows])
                statuses[told.status_code] += 1
                assert "support" in told.text

    threads = [threading.Thread(target=ask, args=(rows,)) for rows in [*MANY] * 5 + ["{}"]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == {422: 48}
    assert peak_bytes(process) < 3 * 2**30


def peak_bytes(process: Process) -> int:
    """The most memory that it has had."""
    lines = Path(f"/proc/{process.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
