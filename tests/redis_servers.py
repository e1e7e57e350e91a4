"""Real Redis servers on loopback for tests: one alone, or a cluster of three primaries with a replica each.

`python -m tests.redis_servers cluster -- COMMAND` runs COMMAND with HILO_TEST_REDIS_URL; without it, until ended.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import redis
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode

from tests.ports import free_ports

PROGRAM = "redis-server"
PRIMARIES = 3
NODE_TIMEOUT = 2000
"""After so many milliseconds of silence a node counts as dead; less, and a busy machine makes living ones dead."""
DURABLE = (
    *("--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction", "--save", ""),
    # One file from the first write to the last, so that a test can cut it.
    *("--auto-aof-rewrite-percentage", "0"),
)


class NoServerError(Exception):
    """There is no redis-server on the PATH."""


@dataclass(slots=True)
class Node:
    """One server process."""

    port: int
    arguments: tuple[str, ...]
    process: "subprocess.Popen[bytes]"

    @property
    def pid(self) -> int:
        """The process' id."""
        return self.process.pid

    def ask(self, *words: str | int) -> Any:
        """What it answers to one command."""
        with redis.Redis(port=self.port, decode_responses=True, socket_timeout=5) as client:
            return client.execute_command(*words)

    def kill(self) -> None:
        """Kill it without a word."""
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        """Start it again on the same data."""
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.DEVNULL)
        self.wait()

    def wait(self) -> None:
        """Return once it answers."""
        until(lambda: self.process.poll() is None and self._answers(), f"the server on port {self.port} answers")

    def _answers(self) -> bool:
        try:
            return bool(self.ask("PING"))
        except redis.ConnectionError:
            return False


class Cluster:
    """Three primaries, each with a replica."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes

    @property
    def url(self) -> str:
        """Where Hilo finds it."""
        return f"redis+cluster://{','.join(f'127.0.0.1:{node.port}' for node in self.nodes)}"

    def primary_of(self, key: str) -> Node:
        """The living node that serves `key` now, as it says itself."""
        slot = int(self.nodes[0].ask("CLUSTER", "KEYSLOT", key)) if self.nodes[0].process.poll() is None else -1
        for node in self.living():
            slot = int(node.ask("CLUSTER", "KEYSLOT", key)) if slot < 0 else slot
            for shard in node.ask("CLUSTER", "SLOTS"):
                if shard[0] <= slot <= shard[1]:
                    return next(other for other in self.nodes if other.port == shard[2][1])
        raise AssertionError(f"nobody serves {key}")

    def living(self) -> list[Node]:
        """The nodes that run."""
        return [node for node in self.nodes if node.process.poll() is None]

    def is_whole(self) -> bool:
        """Whether all nodes run and agree, and each replica follows its primary."""
        return len(self.living()) == len(self.nodes) and all(map(_is_settled, self.nodes))

    def repair(self) -> None:
        """Start what was killed; return once the cluster is whole again."""
        for node in self.nodes:
            if node.process.poll() is None:
                node.process.send_signal(signal.SIGCONT)
            else:
                node.restart()
        until(self.is_whole, "the cluster is whole again")


@contextmanager
def one_node() -> Iterator[Node]:
    """One server."""
    with _nodes(free_ports(1), lambda _port: ()) as [node]:
        yield node


@contextmanager
def one_server() -> Iterator[str]:
    """The URL of one server."""
    with one_node() as node:
        yield f"redis://127.0.0.1:{node.port}/0"


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A cluster that is whole; all its processes are ended at the end."""
    ports = free_ports(4 * PRIMARIES)
    buses = dict(zip(ports[::2], ports[1::2], strict=True))

    def options(port: int) -> tuple[str, ...]:
        timeout = str(NODE_TIMEOUT)
        return (
            *("--cluster-enabled", "yes", "--cluster-port", str(buses[port]), "--cluster-node-timeout", timeout),
            *("--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0"),
        )

    with _nodes(list(buses), options) as nodes:
        _join(nodes, buses)
        made = Cluster(nodes)
        until(made.is_whole, "the cluster is whole")
        yield made


def _join(nodes: list[Node], buses: dict[int, int]) -> None:
    """Let the nodes meet; the first three share the slots, the others follow one of them each."""
    primaries, replicas = nodes[:PRIMARIES], nodes[PRIMARIES:]
    bounds = [16384 * place // PRIMARIES for place in range(PRIMARIES + 1)]
    for place, node in enumerate(primaries):
        node.ask("CLUSTER", "ADDSLOTSRANGE", bounds[place], bounds[place + 1] - 1)
        node.ask("CLUSTER", "SET-CONFIG-EPOCH", place + 1)
    for node in nodes[1:]:
        node.ask("CLUSTER", "MEET", "127.0.0.1", nodes[0].port, buses[nodes[0].port])
    until(lambda: all(_knows(node, len(nodes)) for node in nodes), "the nodes know each other")
    for primary, replica in zip(primaries, replicas, strict=True):
        replica.ask("CLUSTER", "REPLICATE", primary.ask("CLUSTER", "MYID"))


def _knows(node: Node, count: int) -> bool:
    return _info(node, "cluster_known_nodes") == str(count)


def _is_settled(node: Node) -> bool:
    """Whether the node serves, knows of all others, and, if it is a replica, follows."""
    replication = node.ask("INFO", "replication")
    is_linked = replication["role"] == "master" or replication["master_link_status"] == "up"
    shards = node.ask("CLUSTER", "SLOTS")
    return is_linked and _info(node, "cluster_state") == "ok" and all(len(shard) == 4 for shard in shards)


def _info(node: Node, name: str) -> str:
    told: dict[str, str] = node.ask("CLUSTER INFO")
    return told[name]


@contextmanager
def _nodes(ports: list[int], options: Callable[[int], tuple[str, ...]]) -> Iterator[list[Node]]:
    program = shutil.which(PROGRAM)
    if program is None:
        raise NoServerError(f"{PROGRAM} is not on the PATH: make system installs it")
    nodes: list[Node] = []
    with tempfile.TemporaryDirectory(prefix="hilo-redis-", ignore_cleanup_errors=True) as top:
        try:
            for port in ports:
                home = Path(top, str(port))
                home.mkdir()
                listen = ("--bind", "127.0.0.1", "--port", str(port), "--dir", str(home), "--logfile", "log")
                arguments = (program, *listen, *DURABLE, *options(port))
                nodes.append(Node(port, arguments, subprocess.Popen(arguments, stdout=subprocess.DEVNULL)))
            for node in nodes:
                node.wait()
            yield nodes
        finally:
            for node in nodes:
                node.kill()


def until(condition: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Return once `condition` holds. Raises AssertionError."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def client_of(url: str) -> Redis:
    """redis-py's own client for a test that looks at what Hilo left at `url`."""
    scheme, _, rest = url.partition("://")
    if not scheme.endswith("+cluster"):
        return Redis.from_url(url)
    hosts = [part.rpartition(":") for part in rest.split(",")]
    # Another class with the same commands.
    return cast("Redis", RedisCluster(startup_nodes=[ClusterNode(host, int(port)) for host, _, port in hosts]))


@contextmanager
def server(kind: str) -> Iterator[str]:
    """The URL of `redis` or of a `cluster`."""
    if kind == "cluster":
        with cluster() as made:
            yield made.url
    else:
        with one_server() as url:
            yield url


def main() -> int:
    """The exit code of the command behind `--`, which runs beside the servers."""
    kind, command = sys.argv[1], sys.argv[3:]
    with server(kind) as url:
        print(f"HILO_TEST_REDIS_URL={url}", flush=True)  # noqa: T201
        if not command:
            with _ends_in_peace():
                signal.pause()
            return 0
        return subprocess.run(command, env={**os.environ, "HILO_TEST_REDIS_URL": url}, check=False).returncode


@contextmanager
def _ends_in_peace() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end a wait in peace."""
    try:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        yield
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    sys.exit(main())
