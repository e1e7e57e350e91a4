"""Mail without proof: it joins whose address it names, is seen as what it is, and changes nothing of who they are."""

from msgspec.structs import replace

from router.model.customer import LinkKind
from router.model.decision import EntryKind, OutcomeKind, TimelineEntry
from router.model.event import MessageArrived, ReplyWritten
from router.model.ids import ConversationId
from router.model.message import Attachment, Handle, Proof
from tests.core import ANA, written
from tests.story import ADA, BOB, Story

EVA, LUIS = Handle("email", "eva@example.org"), Handle("email", "luis@example.org")
STORY = "Mi cédula es 8-123-4567 y mi factura está mal"


def mails(story: Story, text: str, proof: Proof, **more: object) -> tuple[ConversationId, TimelineEntry]:
    """Bob's conversation once a mail in his name holds `text`, and its entry."""
    message = written(text, str(BOB), f"m{len(story.decisions)}", story.now, channel="email")
    decision = story.happens(MessageArrived(replace(message, proof=proof, **more)))
    assert decision.conversation is not None
    return decision.conversation.id, next(each for each in decision.entries if each.kind is EntryKind.MESSAGE_IN)


def test_mail_in_a_known_name_joins_and_is_told_as_unverified() -> None:
    # given a customer whose address is proved, and what they wrote
    story = Story()
    conversation, entry = mails(story, STORY, Proof.DKIM, author="Bob", subject="Factura")
    assert entry.detail["proof"] == "dkim"
    # when somebody writes in his name
    joined, entry = mails(story, "¿Qué sabéis de mí?", Proof.NONE, author="El Jefe", subject="Urgente")
    # then it is in the same conversation, told as what it is
    assert (joined, entry.detail["proof"], entry.detail["handle"]) == (conversation, "none", str(BOB))
    after = story.known[conversation]
    (customer,) = (each for each in story.customers.values() if each.id == after.customer)
    # and neither the name nor what is known of the address has changed
    assert (after.customer_name, customer.name) == ("Bob", "Bob")
    assert [(link.handle, link.kind) for link in customer.links] == [(BOB, LinkKind.VERIFIED)]
    # and an answer goes to the known address, with nothing of the story in it
    story.happens(ReplyWritten(ANA, "Aquí seguimos."), conversation)
    answer = story.replies[-1]
    assert answer.recipient == BOB
    assert "8-123-4567" not in repr(answer)


def test_an_address_that_was_only_claimed_is_proved_by_the_first_mail_that_is() -> None:
    story = Story()
    mails(story, "Hola", Proof.NONE)
    conversation, _ = mails(story, "Hola otra vez", Proof.DKIM)
    (customer,) = (each for each in story.customers.values() if each.id == story.known[conversation].customer)
    assert [(link.handle, link.kind) for link in customer.links] == [(BOB, LinkKind.VERIFIED)]
    assert story.known[conversation].targets[0].proof is Proof.DKIM


def test_who_holds_what_was_made_for_another_starts_anew_and_people_are_told() -> None:
    # given a chat of Ada's
    story = Story()
    ada = story.hears("Hola", ADA).id
    # when Bob answers with what was made for her
    conversation, _ = mails(story, "Sigo yo", Proof.DKIM, suggested=ada)
    # then it is a conversation of his, with a hint for the team; hers has heard nothing
    assert conversation != ada
    assert [entry.detail for entry in story.entries(EntryKind.SUGGESTION)] == [{"conversation": ada}]
    assert story.known[ada].messages == 1
    # and the hint is not given in the conversation itself
    mails(story, "Y sigo", Proof.DKIM, suggested=conversation)
    assert len(story.entries(EntryKind.SUGGESTION)) == 1


def test_who_else_got_it_and_who_forwarded_it_is_told() -> None:
    story = Story()
    _, entry = mails(story, "Hola", Proof.NONE, copied=(EVA, LUIS), forwarded_by=EVA, remark="¿Lo miran?")
    assert entry.detail["copied"] == "eva@example.org, luis@example.org"
    assert entry.detail["forwarded_by"] == "eva@example.org"
    (note,) = story.entries(EntryKind.NOTE)
    assert (note.actor, note.text) == ("eva@example.org", "¿Lo miran?")


def test_where_a_mail_and_its_html_are_kept_is_told() -> None:
    story = Story()
    _, plain = mails(story, "Hola", Proof.NONE, original="a" * 64)
    _, rich = mails(story, "Hola", Proof.NONE, html="b" * 64, original="c" * 64)
    assert ("html" in plain.detail, plain.detail["original"]) == (False, "a" * 64)
    assert (rich.detail["html"], rich.detail["original"]) == ("b" * 64, "c" * 64)


def test_all_that_a_mail_folded_away_is_told() -> None:
    _, entry = mails(Story(), "Hola", Proof.NONE, quoted="x" * 15_000)
    assert len(entry.detail["quoted"]) == 15_000


def test_files_go_along_by_mail_and_not_in_the_chat() -> None:
    story = Story()
    plan = Attachment("plan.pdf", "application/pdf", 7, "d" * 64)
    conversation, _ = mails(story, "Hola", Proof.DKIM)
    decision = story.happens(ReplyWritten(ANA, "Hola", attachments=(plan,)), conversation)
    assert decision.outbound[0].attachments == (plan,)
    assert decision.entries[-1].attachments == (plan,)
    chat = Story()
    outcome = chat.happens(ReplyWritten(ANA, "Hola", attachments=(plan,)), chat.hears("Hola", ADA).id).outcome
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REFUSED, "no_files_here")


def test_an_answer_by_mail_goes_to_others_too_each_once() -> None:
    story = Story()
    conversation, _ = mails(story, "Hola", Proof.DKIM)
    reply = ReplyWritten(ANA, "Hola", copied=(EVA, BOB, EVA), blind_copied=(LUIS, EVA, LUIS))
    decision = story.happens(reply, conversation)
    (message,) = decision.outbound
    assert (message.recipient, message.copied, message.blind_copied) == (BOB, (EVA,), (LUIS,))
    entry = decision.entries[-1]
    assert (entry.detail["copied"], entry.detail["blind_copied"]) == ("eva@example.org", "luis@example.org")


def test_only_a_mail_has_copies() -> None:
    story = Story()
    conversation = story.hears("Hola", ADA).id
    for reply in (ReplyWritten(ANA, "Hola", copied=(EVA,)), ReplyWritten(ANA, "Hola", blind_copied=(EVA,))):
        outcome = story.happens(reply, conversation).outcome
        assert (outcome.kind, outcome.reason) == (OutcomeKind.REFUSED, "no_copies_here")
