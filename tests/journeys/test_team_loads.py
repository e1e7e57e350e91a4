"""Rules that ask how a team is doing: who is at the desk, and how many wait, as of a moment ago."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from router.model.ids import PARTITIONS, AgentId
from router.store import keys
from router.store.connection import Connection
from router.store.presence import HERE_FOR, Presence
from router.store.records import Records
from router.store.team_loads import FRESH_SECONDS, TeamLoads
from rules.asking import team_field
from rules.conditions import All, AtLeast, AtMost
from rules.engine import Rule, RuleBook, Then
from rules.facts import TeamLoad
from tests.clock import HeldClock
from tests.core import ANA, BETO, BILLING, CARE, running_core

SOMEBODY_FREE = All((AtLeast(team_field(BILLING, "available"), 1), AtMost(team_field(CARE, "waiting"), 1)))
SECOND = timedelta(seconds=1)


async def test_who_is_at_the_desk_counts_until_they_leave_or_are_not_heard_of(
    redis_url: str, redis_client: Redis
) -> None:
    connection, clock = Connection(redis_url), HeldClock()
    presence = Presence(connection, clock)
    assert await presence.available() == {}
    # given two agents at the desk, one for two teams
    await presence.here(ANA.id, [CARE, BILLING])
    await presence.here(BETO.id, [BILLING])
    assert await presence.available() == {CARE: 1, BILLING: 2}
    # when one is heard of again and the other is not
    await clock.advance(HERE_FOR - SECOND)
    await presence.here(BETO.id, [BILLING])
    assert await presence.available() == {CARE: 1, BILLING: 2}
    await clock.advance(SECOND)
    assert await presence.available() == {BILLING: 1}
    # then the other is forgotten, their place in the set too once somebody is heard of
    await presence.here(BETO.id, [BILLING])
    assert await redis_client.zcard(keys.PRESENCE) == 1
    assert 0 < await redis_client.pttl(keys.PRESENCE) <= HERE_FOR // timedelta(milliseconds=1)
    # and who leaves is gone at once; an agent of a like name is not
    await presence.here(AgentId("not beto"), [CARE])
    await presence.gone(BETO.id)
    await presence.gone(AgentId("nobody"))
    assert await presence.available() == {CARE: 1}
    await connection.close()


@pytest.mark.usefixtures("redis_client")
async def test_who_is_at_two_desks_counts_once_and_until_they_have_left_both(redis_url: str) -> None:
    connection, clock = Connection(redis_url), HeldClock()
    one, other = Presence(connection, clock), Presence(connection, clock)
    # given an agent with pages open at two processes
    await one.here(ANA.id, [CARE, BILLING])
    await other.here(ANA.id, [CARE, BILLING])
    assert await one.available() == {CARE: 1, BILLING: 1}
    # when those at one are closed, then nothing changes until the others are
    await one.gone(ANA.id)
    assert await other.available() == {CARE: 1, BILLING: 1}
    await other.gone(ANA.id)
    assert await one.available() == {}
    await connection.close()


async def test_one_look_a_second_for_all_and_none_where_it_fails(redis_url: str, redis_client: Redis) -> None:
    connection, clock, seconds = Connection(redis_url), HeldClock(), 0.0
    presence = Presence(connection, clock)
    loads = TeamLoads(Records(connection, PARTITIONS), presence, [CARE, BILLING], lambda: seconds)
    assert await loads.now() == {CARE: TeamLoad(), BILLING: TeamLoad()}
    # given that something changes
    await redis_client.zadd(keys.key(3, keys.queue(CARE)), {"c-03-owed": 1, "c-03-pending": 10**14})
    await redis_client.zadd(keys.key(9, keys.queue(CARE)), {"c-09-owed": 1})
    await presence.here(BETO.id, [BILLING])
    # then it is seen once a second has passed
    assert (await loads.now())[CARE] == TeamLoad()
    seconds += FRESH_SECONDS
    found = await asyncio.gather(*(loads.now() for _ in range(20)))
    assert all(each is found[0] for each in found)
    assert found[0] == {CARE: TeamLoad(waiting=2), BILLING: TeamLoad(available=1)}
    # and where it can't be looked up nothing is known, for a second
    await redis_client.set(keys.key(3, keys.queue(CARE)), "not a set")
    seconds += FRESH_SECONDS
    assert await loads.now() == {}
    await redis_client.delete(keys.key(3, keys.queue(CARE)))
    seconds += FRESH_SECONDS
    assert (await loads.now())[CARE] == TeamLoad(waiting=1)
    await connection.close()


async def test_a_rule_sends_messages_where_somebody_is(redis_url: str, redis_client: Redis) -> None:
    book = RuleBook(CARE, (Rule("free", SOMEBODY_FREE, Then(BILLING)),))
    async with running_core(redis_url, rulebook=book) as core:
        # given nobody at Billing's desk: Care gets a message
        first = await core.says("Hola")
        assert first.ownership.team == CARE
        # when somebody sits down there, then a moment later Billing gets one
        await Presence(core.connection, core.clock).here(BETO.id, [BILLING])
        await asyncio.sleep(FRESH_SECONDS)
        assert (await core.says("Hola", "chat:bob")).ownership.team == BILLING
        # and each decision tells what the rules saw
        (routed,) = [entry for entry in await core.timeline(first.id) if entry.kind == "routed"]
        assert '"teams":{"billing":{},"care":{}}' in routed.detail["facts"]
