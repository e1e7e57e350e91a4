"""Pictures that go with a reply: what X takes, and handing it over before the post that shows it."""

from base64 import b64encode
from collections.abc import Sequence

from yarl import URL

from channels.files import Files
from channels.twitter.client import XClient
from channels.twitter.reading import identifier
from router.model.errors import PermanentError, TemporaryError, UnknownOutcome
from router.model.message import Attachment

# tweepy's own asynchronous client has no call for it.
UPLOAD = URL("https://api.twitter.com/2/media/upload")
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
GIF = "image/gif"
PICTURE_BYTES, GIF_BYTES = 5 * 2**20, 15 * 2**20
MOST = 4
NO_SUCH_FILE = "X takes pictures only (JPEG, PNG or WebP up to 5 MB, GIF up to 15 MB): send a link to anything else"
TOO_MANY = "X takes four pictures, or one GIF, with a post: leave some out"


def check(files: Sequence[Attachment], *, is_post: bool) -> None:
    """Raises PermanentError, which says what can be done, if X would not take `files`."""
    for file in files:
        most = PICTURE_BYTES if file.media_type in PICTURES else GIF_BYTES if file.media_type == GIF else -1
        if file.size > most:
            raise PermanentError(NO_SUCH_FILE)
    has_gif = any(file.media_type == GIF for file in files)
    if is_post and len(files) > (1 if has_gif else MOST):
        raise PermanentError(TOO_MANY)


async def uploaded(client: XClient, kept: Files, files: Sequence[Attachment], *, is_post: bool) -> list[str]:
    """X's ids of `files`, which it shows with the post or the direct message that names them, within a day.

    Raises TemporaryError: what was handed over and is named nowhere is seen by nobody, so it is done again.
    """
    return [await _one(client, kept.read(file), file.media_type, is_post) for file in files]


async def _one(client: XClient, content: bytes, media_type: str, is_post: bool) -> str:
    category = f"{'tweet' if is_post else 'dm'}_{'gif' if media_type == GIF else 'image'}"
    body = {"media": b64encode(content).decode(), "media_category": category, "media_type": media_type}
    try:
        answer = await client.session.exchange("POST", UPLOAD, body)
    except UnknownOutcome as error:
        raise TemporaryError(f"X did not say whether it has the picture: {error}") from error
    found = identifier(await answer.json(), "data", "id")
    if not found:
        raise TemporaryError("X took the picture, and did not say under which id")
    return found
