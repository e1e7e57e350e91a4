"""The sandbox's X beside the real one: X's own description of its API, and answers that tweepy once recorded."""

import json
import re
from typing import Any

import jsonschema
import pytest

from tests.cases import shared_cases
from tests.sandbox_process import SandboxProcess

COMPANY = "4400000001"
TOKENS = {"meta.previous_token", "meta.next_token"}
ALL_OF_A_TWEET = (
    "attachments,author_id,conversation_id,created_at,edit_controls,entities,in_reply_to_user_id,lang,note_tweet,"
    "possibly_sensitive,public_metrics,referenced_tweets,reply_settings"
)
ALL_OF_A_USER = "created_at,description,protected,public_metrics,receives_your_dm,verified,verified_type"
ALL_OF_MEDIA = "alt_text,height,preview_image_url,url,variants,width"
EXPANSIONS = "author_id,in_reply_to_user_id,referenced_tweets.id,attachments.media_keys,entities.mentions.username"


@pytest.fixture
async def answers(sandbox: SandboxProcess, x: Any) -> dict[str, Any]:
    """One answer of each kind, with every field, by the name that X's description has for it."""
    film = {"kind": "video", "content_type": "video/mp4", "alt_text": "el módem"}
    first = await sandbox.tweet("ana", "@HiloCare mira #fallo https://ana.example", media=[{}])
    posted = await x.create_tweet(text="Vemos", in_reply_to_tweet_id=first, user_auth=True)
    await sandbox.tweet("ana", "gracias " * 50, in_reply_to=posted["data"]["id"], quote=first, media=[film])
    await sandbox.dm("ana", "hola https://ana.example", media=[{}])
    ana = (await x.get_user(username="ana", user_auth=True))["data"]["id"]
    tweets: dict[str, Any] = {"tweet_fields": ALL_OF_A_TWEET, "expansions": EXPANSIONS, "user_fields": ALL_OF_A_USER}
    tweets |= {"media_fields": ALL_OF_MEDIA, "user_auth": True}
    events = {"dm_event_fields": "attachments,created_at,dm_conversation_id,entities,sender_id"}
    return {
        "GetUsersMeResponse": await x.get_me(user_auth=True, user_fields=ALL_OF_A_USER),
        "GetUsersMentionsResponse": await x.get_users_mentions(COMPANY, **tweets),
        "GetUsersPostsResponse": await x.get_users_tweets(COMPANY, **tweets),
        "SearchPostsRecentResponse": await x.search_recent_tweets("from:ana", **tweets),
        "GetPostsByIdResponse": await x.get_tweet(first, **tweets),
        "GetPostsByIdsResponse": await x.get_tweets([first, "1"], **tweets),
        "CreatePostsResponse": posted,
        "DeletePostsResponse": await x.delete_tweet(posted["data"]["id"], user_auth=True),
        "GetDirectMessagesEventsResponse": await x.get_direct_message_events(
            user_auth=True, expansions=["sender_id", "attachments.media_keys"], **events
        ),
        "CreateDirectMessagesByParticipantIdResponse": await x.create_direct_message(
            participant_id=ana, text="hola", user_auth=True
        ),
    }


async def test_answers_are_as_x_describes_them(answers: dict[str, Any]) -> None:
    described = json.loads((shared_cases("x_api_docs") / "openapi.json").read_text(encoding="utf-8"))
    components = closed(described["components"])
    for name, answer in answers.items():
        schema = {**components["schemas"][name], "components": components}
        jsonschema.Draft4Validator(schema).validate(renamed(answer))


async def test_answers_have_the_parts_that_were_recorded(answers: dict[str, Any], x: Any) -> None:
    lines = (shared_cases("tweepy_responses") / "responses.jsonl").read_text(encoding="utf-8").splitlines()
    recorded = [json.loads(line) for line in lines]
    plain = {
        ("GET", r"/2/users/me"): await x.get_me(user_auth=True),
        ("GET", r"/2/users/\d+/mentions"): await x.get_users_mentions(COMPANY, user_auth=True),
        ("GET", r"/2/dm_conversations/.*/dm_events"): await x.get_direct_message_events(user_auth=True),
        ("GET", r"/2/tweets/search/recent.*"): await x.search_recent_tweets("from:ana", user_auth=True),
        ("POST", r"/2/dm_conversations/.*/messages"): answers["CreateDirectMessagesByParticipantIdResponse"],
        ("DELETE", r"/2/tweets/\d+"): answers["DeletePostsResponse"],
    }
    for (method, path), ours in plain.items():
        theirs = [
            one["body"]
            for one in recorded
            if one["method"] == method and re.fullmatch("https://api.twitter.com" + path, one["uri"])
        ]
        assert theirs, path
        # Whether there are more pages is no matter of shape.
        assert any(shape(ours) - TOKENS == shape(body) - TOKENS for body in theirs), path


def shape(value: Any, place: str = "") -> set[str]:
    """The names of all values in `value`, with the way to them."""
    if isinstance(value, dict):
        return {name for key, inner in value.items() for name in shape(inner, f"{place}.{key}".lstrip("."))}
    if isinstance(value, list):
        return {name for inner in value for name in shape(inner, f"{place}[]")} or {place}
    return {place}


def renamed(value: Any) -> Any:
    """An answer by the newer names, which X's description has; tweepy asks by the older ones."""
    if isinstance(value, dict):
        return {key.replace("tweet", "post"): renamed(inner) for key, inner in value.items()}
    return [renamed(inner) for inner in value] if isinstance(value, list) else value


def closed(schema: Any) -> Any:
    """A schema that takes no names but its own."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "oneOf" not in schema:
        inner["additionalProperties"] = False
    return inner
