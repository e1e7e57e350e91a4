"""Who wrote a mail, as its headers say, whether that is so or not; and whether it is one of ours that comes back."""

from channels.email.address import digest_of, mail_handle, unknown_handle
from channels.email.headers import Headers, Mailbox
from channels.email.message_ids import MessageIds
from channels.email.notes import Problem


def sender_of(headers: Headers, account: str, key: str) -> tuple[Mailbox, list[Problem]]:
    """The From; else, or where it is our own (a form of our site wrote for somebody), the Reply-To.

    Without either it is a handle made of the mail's `key`, which nobody can answer.
    """
    sender, ours = headers.mailbox("from"), mail_handle(account)
    if sender and sender[0] != ours:
        return sender, []
    reply_to = headers.mailbox("reply-to")
    if reply_to and reply_to[0] != ours:
        return (reply_to[0], reply_to[1] or (sender[1] if sender else "")), [Problem.SENDER_FROM_REPLY_TO]
    if sender:
        return sender, []
    return (unknown_handle(digest_of(key.encode())), headers.text("from", 100)), [Problem.NO_SENDER]


def is_own(headers: Headers, account: str, ids: MessageIds) -> bool:
    """Whether our own mail comes back: from our address, under a Message-ID that we gave to a mail to its To.

    The address alone says nothing: forms, scanners and colleagues write from it too.
    """
    written_by, to = headers.mailbox("from"), headers.mailbox("to")
    if written_by is None or written_by[0] != mail_handle(account) or to is None:
        return False
    return ids.conversation_of([headers.own_id()], to[0]) is not None
