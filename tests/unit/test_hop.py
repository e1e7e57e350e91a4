"""The team does the hop: it writes to an address that the customer gave, and the story stays one."""

from msgspec.structs import replace

from router.model.conversation import ConversationState
from router.model.customer import LinkKind
from router.model.decision import OutcomeKind
from router.model.event import ReplyWritten
from router.model.message import ChannelName, Handle
from tests.core import ANA
from tests.story import ADA, BOB, Story

EMAIL = ChannelName("email")
HERS = Handle("email", "ada@example.org")


def test_a_reply_goes_to_the_address_that_was_given_and_the_conversation_stays_where_it_is() -> None:
    story = Story()
    before = story.hears("¿Me mandan la configuración a ada@example.org?", ADA)
    # when the team writes there
    decision = story.happens(ReplyWritten(ANA, "Aquí está.", to=HERS, subject="Tu módem"), before.id)
    # then a mail begins, in the company's name, and the owner is who it was
    (message,) = decision.outbound
    assert (message.channel, message.recipient, message.subject) == (EMAIL, HERS, "Tu módem")
    assert (message.account, message.references) == ("care@hilo.example", ())
    after = story.known[before.id]
    assert after.ownership == before.ownership
    # and the address is one that the customer claims, no more
    assert decision.customer is not None
    assert [link.kind for link in decision.customer.links if link.handle == HERS] == [LinkKind.CLAIMED]
    # and a reply goes where they wrote, unless the mail is asked for
    assert story.happens(ReplyWritten(ANA, "¿Llegó?"), before.id).outbound[0].recipient == ADA
    again = story.happens(ReplyWritten(ANA, "Y la guía.", EMAIL), before.id).outbound[0]
    assert (again.recipient, again.subject) == (HERS, "Tu módem")
    # and told anew, it is the same place under another subject
    other = story.happens(ReplyWritten(ANA, "Y esto.", to=HERS, subject="La guía"), before.id)
    assert other.outbound[0].subject == "La guía"
    assert [target.handle for target in story.known[before.id].targets] == [ADA, HERS]


def test_an_address_that_an_agent_took_down_gets_nothing_by_itself() -> None:
    # given a visitor who was once written to at an address that was perhaps mistyped, in what is over by now
    story = Story()
    before = story.hears("¿Me mandan la configuración?", ADA)
    story.happens(ReplyWritten(ANA, "Aquí está.", to=HERS, subject="Tu módem"), before.id)
    story.known[before.id] = replace(story.known[before.id], state=ConversationState.CLOSED)
    customer = story.customers[before.customer]
    story.customers[before.customer] = replace(customer, open_conversation=None)
    # when they write again, then an answer that they don't wait for goes nowhere else
    assert story.hears("Otra cosa", ADA).address is None


def test_where_no_channel_leads_nothing_is_sent() -> None:
    story = Story()
    conversation = story.hears("Llámenme", BOB).id
    outcome = story.happens(ReplyWritten(ANA, "Hola", to=Handle("phone", "+50761234567")), conversation).outcome
    assert (outcome.kind, outcome.reason) == (OutcomeKind.REFUSED, "no_such_channel")
