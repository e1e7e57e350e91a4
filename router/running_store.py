"""What commands ask the running store."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click
from redis.exceptions import RedisError

from router.model.clock import SystemClock
from router.model.errors import HiloError
from router.settings import Settings, load_settings
from router.store.connection import Connection, safe_url, until_reachable
from router.store.server_socket import server_url, socket_path
from rules.problems import SourceError, format_problems

T = TypeVar("T")
ANSWERS_WITHIN = 5.0
"""Seconds."""


def settings_at(config: Path, *, with_secrets: bool = False) -> Settings:
    """The configuration; where there are mistakes in it, these are told and the command ends with 1."""
    try:
        return load_settings(config, with_secrets=with_secrets)
    except SourceError as error:
        click.echo(format_problems(error.problems), err=True)
        raise SystemExit(1) from error


def needs_server(settings: Settings) -> None:
    """Say what to start where the embedded server is meant and does not run."""
    if settings.redis.url is None and not socket_path(settings.data).exists():
        raise click.ClickException(
            f"no Redis runs for {settings.data}: start `hilo up` or `hilo redis`, or set `redis.url`"
        )


def asked_of_store(config: Path, call: Callable[[Settings, Connection], Coroutine[Any, Any, T]]) -> T:
    """What `call` returns of the store that `config` names; says what to start where it does not run."""
    settings = settings_at(config)
    needs_server(settings)
    password = settings.redis.password.reveal() if settings.redis.password else None

    async def work() -> T:
        connection = Connection(settings.redis.url or server_url(settings.data), password)
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                await until_reachable(connection, SystemClock())
            return await call(settings, connection)
        finally:
            await connection.close()

    try:
        return asyncio.run(work())
    except TimeoutError as error:
        raise click.ClickException(_silence(settings)) from error
    except RedisError as error:
        raise click.ClickException(
            f"Redis refused: {error}. `hilo audit` tells what in the store is not as Hilo wrote it"
        ) from error
    except HiloError as error:
        raise click.ClickException(str(error)) from error


def _silence(settings: Settings) -> str:
    if settings.redis.url:
        return f"Redis at {safe_url(settings.redis.url)} does not answer: start that server, or check `redis.url`"
    return f"the Redis of {settings.data} does not answer: is `hilo up` or `hilo redis` at work?"
