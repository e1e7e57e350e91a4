"""What was good for a while is nobody's afterwards; here the clock is in the test's hand."""

from datetime import timedelta

from router.core.codes import GOOD_FOR, MOST_CODES
from router.model.event import CodeAsked
from router.model.message import Handle
from tests.core import ANA, running_core

ANAS = Handle("email", "ana@example.org")
CODE, OTHER_CODE = "577215", "664901"
SECOND = timedelta(seconds=1)


async def test_code_expired_proves_nothing_and_the_next_hour_brings_no_old_one_back(
    redis_url: str, redis_client: object
) -> None:
    # given a code that went to Ana's address, for somebody in the chat
    async with running_core(redis_url) as core:
        theirs = await core.says("Soy Ana")
        await core.does(CodeAsked(ANA, ANAS, CODE), theirs.id)
        # when it is written too late, by a second
        await core.clock.advance(GOOD_FOR + SECOND)
        await core.says(CODE)
        assert await core.records.customer_of(ANAS) is None
        # nor is it good when another one has taken its place
        for number in range(1, MOST_CODES):
            assert (await core.does(CodeAsked(ANA, ANAS, f"{number}{OTHER_CODE[1:]}"), theirs.id)).reason == ""
        await core.says(CODE)
        assert (await core.does(CodeAsked(ANA, ANAS, CODE), theirs.id)).reason == "too_many_codes"
        # then the address is nobody's, though the latest one still would be good
        assert await core.records.customer_of(ANAS) is None
        await core.says(f"{MOST_CODES - 1}{OTHER_CODE[1:]}")
        challenge = (await core.now(theirs.id)).challenge
        assert challenge is not None
        assert challenge.digest == ""
