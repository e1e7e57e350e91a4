"""The query of a request, read as strictly as X reads it: an unknown parameter or field is a mistake."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.x.problems import invalid
from sandbox.x.records import first_id_at
from sandbox.x.store import Span

_TWEET = """article attachments author_id card_uri community_id context_annotations conversation_id created_at
 display_text_range edit_controls edit_history_tweet_ids entities geo id in_reply_to_user_id lang media_metadata
 non_public_metrics note_tweet organic_metrics possibly_sensitive promoted_metrics public_metrics referenced_tweets
 reply_settings scopes source suggested_source_links suggested_source_links_with_counts text withheld"""
_USER = """affiliation confirmed_email connection_status created_at description entities id is_identity_verified
 location most_recent_tweet_id name parody pinned_tweet_id profile_banner_url profile_image_url protected public_metrics
 receives_your_dm subscription subscription_type url username verified verified_followers_count verified_type
 withheld"""
_MEDIA = """alt_text duration_ms height media_key non_public_metrics organic_metrics preview_image_url
 promoted_metrics public_metrics type url variants width"""
_DM = (
    "attachments created_at dm_conversation_id entities event_type id participant_ids referenced_tweets sender_id text"
)
_OF_TWEET = """article.cover_media article.media_entities attachments.media_keys attachments.media_source_tweet
 attachments.poll_ids author_id edit_history_tweet_ids entities.mentions.username entities.note.mentions.username
 geo.place_id in_reply_to_user_id referenced_tweets.id referenced_tweets.id.attachments.media_keys
 referenced_tweets.id.author_id"""
_OF_DM = "attachments.media_keys participant_ids referenced_tweets.id sender_id"
_OF_USER = "affiliation.user_id most_recent_tweet_id pinned_tweet_id"
_PLACE = "contained_within country country_code full_name geo id name place_type"
_POLL = "duration_minutes end_datetime id options voting_status"
_CHOICES = {
    "tweet.fields": _TWEET.split(),
    "user.fields": _USER.split(),
    "media.fields": _MEDIA.split(),
    "dm_event.fields": _DM.split(),
    "place.fields": _PLACE.split(),
    "poll.fields": _POLL.split(),
}
_BASIC = {
    "tweet.fields": {"id", "text", "edit_history_tweet_ids"},
    "user.fields": {"id", "name", "username"},
    "media.fields": {"media_key", "type"},
    "dm_event.fields": {"id", "event_type", "text"},
}
_TWEET_QUERY = ("tweet.fields", "media.fields", "user.fields", "place.fields", "poll.fields", "expansions")
_LIST_QUERY = ("max_results", "pagination_token", "start_time", "end_time", "since_id", "until_id")
ALLOWED = {
    "tweet": (_TWEET_QUERY, _OF_TWEET),
    "timeline": ((*_TWEET_QUERY, *_LIST_QUERY, "exclude"), _OF_TWEET),
    "search": ((*_TWEET_QUERY, *_LIST_QUERY, "query", "next_token", "sort_order"), _OF_TWEET),
    "user": (("user.fields", "tweet.fields", "expansions"), _OF_USER),
    "dm": (
        ("dm_event.fields", *_TWEET_QUERY[:3], "expansions", "max_results", "pagination_token", "event_types"),
        _OF_DM,
    ),
}
HIGHEST = (1 << 63) - 1
_TOKEN = re.compile(r"([bn])([0-9a-z]{15,})")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which fields of what, and which related objects beside them."""

    fields: Mapping[str, frozenset[str]]
    expansions: frozenset[str]

    def of(self, kind: str) -> frozenset[str]:
        """The fields wanted of `kind`: tweet, user, media or dm_event."""
        return self.fields[f"{kind}.fields"]


def wanted(query: Mapping[str, str], kind: str, also: Iterable[str] = ()) -> Wanted:
    """What the query asks for. Raises Refused for a parameter, field or expansion that X does not know."""
    known, expansions = ALLOWED[kind]
    for name in query:
        if name not in known and name not in also:
            raise invalid(
                f"The query parameter [{name}] is not one of [{','.join([*known, *also])}]", **{name: query[name]}
            )
    fields = {name: _list(query, name, _CHOICES[name]) | _BASIC.get(name, set()) for name in _CHOICES}
    return Wanted(fields, _list(query, "expansions", expansions.split()))


def span(query: Mapping[str, str], least: int, most: int, usual: int) -> Span:
    """Which part of a list is asked for. Raises Refused where the parameters make no sense."""
    limit = number(query, "max_results", least, most, usual)
    after = max(_id(query, "since_id", 0), _moment(query, "start_time", 0) - 1)
    before = min(_id(query, "until_id", 1 << 62), _moment(query, "end_time", 1 << 62))
    token = query.get("pagination_token") or query.get("next_token")
    if token is None:
        return Span(after, before, limit)
    way, place = _place(token)
    if way == "b":
        return Span(max(after, place), before, limit, oldest=True)
    return Span(after, min(before, place), limit)


def next_token(last_shown: int) -> str:
    """The token of the page that follows the post `last_shown`."""
    return "n" + _in_base_36(last_shown).zfill(20)


def previous_token(first_shown: int) -> str:
    """The token of the page before the post `first_shown`."""
    return "b" + _in_base_36(first_shown).zfill(20)


def number(query: Mapping[str, str], name: str, least: int, most: int, usual: int) -> int:
    """A whole number from the query. Raises Refused if it is none, or out of its bounds."""
    given = query.get(name)
    if given is None:
        return usual
    if not given.isdecimal() or not least <= int(given) <= most:
        raise invalid(
            f"The `{name}` query parameter value [{given}] is not between {least} and {most}", **{name: given}
        )
    return int(given)


def identifier(name: str, given: str) -> int:
    """An id. Raises Refused if it is none."""
    if not re.fullmatch("[0-9]{1,19}", given):
        raise invalid(f"The `{name}` query parameter value [{given}] is not valid", **{name: given})
    # X takes 19 digits, of which SQLite does not hold the highest numbers; nothing has those.
    return min(int(given), HIGHEST)


def _list(query: Mapping[str, str], name: str, choices: Iterable[str]) -> frozenset[str]:
    given = frozenset(query[name].split(",")) if query.get(name) else frozenset()
    for one in given.difference(choices):
        raise invalid(f"The `{name}` query parameter value [{one}] is not one of [{','.join(choices)}]", **{name: one})
    return given


def _id(query: Mapping[str, str], name: str, usual: int) -> int:
    return identifier(name, query[name]) if name in query else usual


def _moment(query: Mapping[str, str], name: str, usual: int) -> int:
    """The first id of the moment in the query."""
    if name not in query:
        return usual
    try:
        moment = datetime.strptime(query[name], "%Y-%m-%dT%H:%M:%S%z")
    except ValueError as error:
        message = f"The `{name}` query parameter value [{query[name]}] is not a valid RFC3339 date time"
        raise invalid(message, **{name: query[name]}) from error
    return first_id_at(moment.timestamp())


def _place(token: str) -> tuple[str, int]:
    found = _TOKEN.fullmatch(token)
    if not found:
        raise invalid("The `pagination_token` query parameter value is not valid", pagination_token=token)
    return found[1], min(int(found[2], 36), HIGHEST)


def _in_base_36(value: int) -> str:
    digits = ""
    while value:
        value, digit = divmod(value, 36)
        digits = _DIGITS[digit] + digits
    return digits
