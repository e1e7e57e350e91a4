"""What the phone channel keeps of a person is found by who looks for them, and erased with them."""

from redis.asyncio import Redis

from router.model.ids import ConversationId, MessageId
from router.model.message import Handle
from router.store.connection import Connection
from router.store.open_calls import OpenCall, OpenCalls
from router.store.personal.eraser import Eraser
from router.store.personal.keyspace import Keyspace
from tests.clock import MONDAY
from tests.contract.phones import CONVERSATION, CUSTOMER, order

BEA, OTHERS = Handle("phone", "+50769999999"), ConversationId("c-07-others")


async def test_calls_and_numbers_of_a_person_are_erased_and_nobody_elses(redis_url: str, redis_client: Redis) -> None:
    connection = Connection(redis_url)
    calls = OpenCalls(connection, "phone")
    # given a call to Ada, one of hers, and one to Bea
    mine, theirs = order(), order(customer=BEA, conversation=OTHERS)
    for each in (mine, theirs):
        await calls.begin(OpenCall(each.id, MONDAY, each))
    await calls.begin(OpenCall(MessageId("CA1"), MONDAY, None, CUSTOMER))
    assert await calls.rang_for(CUSTOMER) == CONVERSATION
    # when what is Ada's is looked for, and erased
    keyspace, eraser = Keyspace(connection), Eraser(connection, (), ("phone",))
    await keyspace.look({7})
    await eraser.delete(await keyspace.rang([CONVERSATION]))
    await eraser.forget_fields(await keyspace.open_calls([CONVERSATION, CUSTOMER.address]))
    # then Bea's alone is there
    assert [each.id for each in await calls.all()] == [theirs.id]
    assert (await calls.rang_for(CUSTOMER), await calls.rang_for(BEA)) == (None, OTHERS)
    await connection.close()
