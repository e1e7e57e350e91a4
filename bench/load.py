"""Traffic as a telecom operator's customers make it, from a seed: bursts, repeats, hardly two texts alike."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice

from bench.rules_corpus import asked
from router.model.message import ChannelName, Handle, InboundMessage

SPANISH = (
    "Hola, desde ayer no tengo internet en casa y ya reinicié el módem {number} veces.",
    "Buenas tardes, la factura de este mes viene con un cargo de {number},50 que no reconozco.",
    "Quiero dar de baja la línea {number}, llevo tres semanas esperando al técnico.",
    "¿Cuándo pasa el técnico? Me dijeron el martes y no vino nadie, mi caso es el {number}.",
    "No me llega el código por SMS para entrar a la app, mi contrato es {number}.",
    "El wifi va lento por las noches, sobre todo en el cuarto de arriba. Pedido {number}.",
)
ENGLISH = (
    "My data plan stopped working after update {number}, APN settings look right to me.",
    "Thanks, it works now. One more thing: can I get invoice {number} as a PDF?",
    "I was told somebody would call me back about case {number}, and nobody did.",
    "Hi, I would like to move my contract {number} to a new address next month.",
)
OTHERS = (
    "Bom dia, minha internet caiu de novo e o protocolo é {number}, podem me ajudar?",
    "Bonjour, ma facture {number} comporte une erreur, pouvez-vous la corriger ?",
)
# (channel, its handles' kind, its share of the traffic)
CHANNELS = (("webchat", "chat", 60), ("email", "email", 25), ("twitter", "twitter", 15))
TALKING = 150
RULES = 1_000
REPEATED = 7
REPEATED_WITHIN = 40


def customers_of(count: int) -> int:
    """How many customers write `count` messages in the bench."""
    return max(count // 5, 1)


def messages(count: int, customers: int, seed: int = 41) -> Iterator[InboundMessage]:
    """`count` messages of `customers` customers: those who write send one to four close together, others in between."""
    source = random.Random(seed)
    words = _words()
    talking = [source.randrange(customers) for _ in range(TALKING)]
    for number in range(count):
        place = source.randrange(TALKING)
        yield _message(source, words, f"bench-{seed}-{number}", talking[place])
        if source.random() < 0.5:
            talking[place] = source.randrange(customers)


def rounds(customers: int, each: int, at_once: int, seed: int = 41) -> Iterator[list[InboundMessage]]:
    """`each` messages of every one of `customers` customers, in pieces of `at_once`; each has one turn a round."""
    source, words = random.Random(seed), _words()
    turns = ((number, customer) for number in range(each) for customer in range(customers))
    while piece := list(islice(turns, at_once)):
        yield [_message(source, words, f"bench-{seed}-{c}-{number}", c) for number, c in piece]


def with_repeats(load: Iterable[InboundMessage], seed: int = 41) -> Iterator[InboundMessage]:
    """`load` as a source brings it that repeats one message in seven, soon after the first time."""
    source = random.Random(seed)
    again: list[tuple[int, InboundMessage]] = []
    for number, message in enumerate(load):
        yield message
        if source.random() < 1 / REPEATED:
            again.append((number + source.randint(1, REPEATED_WITHIN), message))
        yield from (each for due, each in again if due <= number)
        again = [each for each in again if each[0] > number]
    yield from (each for _, each in again)


def _words() -> list[str]:
    """The words that the bench's rules ask for."""
    return [word for rule in asked(RULES) if not rule.tier for word in rule.words]


def _message(source: random.Random, words: list[str], key: str, customer: int) -> InboundMessage:
    # A customer keeps to one channel, as most do.
    channel, kind, _ = random.Random(customer).choices(CHANNELS, [share for *_, share in CHANNELS])[0]
    return InboundMessage(
        key=key,
        channel=ChannelName(channel),
        account="bench",
        sender=Handle(kind, f"customer-{customer}@example.org" if kind == "email" else f"customer-{customer}"),
        subject=f"Caso {source.randrange(10_000)}" if kind == "email" else "",
        text=_text(source, words),
        sent_at=datetime.now(UTC),
    )


def _text(source: random.Random, words: list[str]) -> str:
    """One to three sentences of one language, three in five with a word that a rule asks for, among other things."""
    language = source.choices((SPANISH, ENGLISH, OTHERS), (60, 35, 5))[0]
    chosen = source.sample(language, min(source.randint(1, 3), len(language)))
    text = " ".join(sentence.format(number=source.randrange(1_000_000)) for sentence in chosen)
    return f"{text} {source.choice(words)}." if source.random() < 0.6 else text
