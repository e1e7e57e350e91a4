"""What stands beside the data of an answer: related objects, and what could not be found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from sandbox.x.problems import not_found
from sandbox.x.query import Wanted
from sandbox.x.records import Media, Post, User

Shown = dict[str, Any]


class Shower(Protocol):
    """Whoever finds objects and shows them."""

    def found_post(self, post_id: int) -> Post | None:
        """The post, if it can be seen."""

    def found_user(self, user_id: int) -> User | None:
        """The account."""

    def found_media(self, key: str) -> Media | None:
        """The picture or film."""

    def post(self, post: Post, wanted: Wanted) -> Shown:
        """A post as it is shown."""

    def user(self, user: User, fields: Iterable[str]) -> Shown:
        """An account as it is shown."""

    def media(self, media: Media, fields: Iterable[str]) -> Shown:
        """A picture or film as it is shown."""


class Includes:
    """The related objects of an answer, each once."""

    def __init__(self, renderer: Shower, wanted: Wanted) -> None:
        self._renderer = renderer
        self._wanted = wanted
        self._of: dict[str, dict[int | str, Shown]] = {"users": {}, "tweets": {}, "media": {}}

    def user(self, user_id: int) -> None:
        """Add an account."""
        user = self._renderer.found_user(user_id)
        if user and user_id not in self._of["users"]:
            self._of["users"][user_id] = self._renderer.user(user, self._wanted.of("user"))

    def post(self, post_id: int) -> Post | None:
        """Add a post; None if it can't be seen."""
        post = self._renderer.found_post(post_id)
        if post:
            self._of["tweets"][post_id] = self._renderer.post(post, self._wanted)
        return post

    def media(self, keys: Iterable[str]) -> None:
        """Add pictures and films."""
        for key in keys:
            if media := self._renderer.found_media(key):
                self._of["media"][key] = self._renderer.media(media, self._wanted.of("media"))

    def shown(self) -> Shown:
        """The `includes` of an answer."""
        return {name: list(objects.values()) for name, objects in self._of.items() if objects}


class Missing:
    """The `errors` of an answer that has something all the same."""

    def __init__(self) -> None:
        self.shown: list[Shown] = []

    def post(self, parameter: str, post_id: int) -> None:
        """A post that is deleted or never was."""
        self.shown.append(not_found("tweet", parameter, str(post_id)))
