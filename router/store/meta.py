"""What an installation is: how many partitions it was made with, and its own secret; and whether the server will do."""

import secrets
from dataclasses import dataclass

import structlog
from redis.exceptions import RedisError

from router.model.errors import StartError
from router.store import keys
from router.store.connection import Asking, Connection
from router.store.wire import text

log = structlog.get_logger()

FORMAT = "1"
OLDEST = (7, 0)


@dataclass(frozen=True, slots=True)
class Meta:
    """What all processes of one installation share; `secret` signs what comes back through customers."""

    partitions: int
    secret: bytes


async def prepare(connection: Connection, partitions: int) -> Meta:
    """The installation's meta data, made on its first start.

    Raises StartError where the server is too old, or the data was made with another number of partitions.
    """
    await _check_server(connection)
    redis = connection.commands
    made = {"format": FORMAT, "partitions": str(partitions), "secret": secrets.token_hex(32)}
    for name, value in made.items():
        await redis.hsetnx(keys.META, name, value)
    known = {text(name): text(value) for name, value in (await redis.hgetall(keys.META)).items()}
    if known["format"] != FORMAT:
        raise StartError(
            f"the data is of format {known['format']}, this Hilo reads {FORMAT}: use the version that wrote it"
        )
    if int(known["partitions"]) != partitions:
        raise StartError(
            f"the data was made with {known['partitions']} partitions, and `redis.partitions` says {partitions}: "
            "the number is fixed when the data is first made"
        )
    return Meta(partitions, bytes.fromhex(known["secret"]))


async def _check_server(connection: Connection) -> None:
    """Look at the server, or at each primary of a cluster."""
    for where, ask in (await connection.primaries()).items():
        await _check(where, ask)


async def _check(where: str, ask: Asking) -> None:
    info = await ask("INFO", "server")
    version = tuple(int(part) for part in str(info["redis_version"]).split(".")[:2])
    if version < OLDEST:
        raise StartError(f"Redis at {where} is {info['redis_version']}: Hilo needs 7.0 or later")
    try:
        told = await ask("CONFIG GET", "append*", "maxmemory-policy")
    except RedisError as error:
        log.warning("redis_settings_unknown", error=str(error), hint="check appendonly and maxmemory-policy yourself")
        return
    settings = {text(name): text(value) for name, value in told.items()}
    if settings.get("appendonly") != "yes" or settings.get("appendfsync") != "always":
        hint = "set appendonly yes, appendfsync always: a power cut loses messages"
        log.warning("redis_not_durable", url=where, hint=hint)
    if settings.get("maxmemory-policy") != "noeviction":
        log.warning("redis_evicts", url=where, hint="set maxmemory-policy noeviction, or Redis may throw messages away")
