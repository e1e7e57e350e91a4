"""Messages as a telecom operator's customers write them, made from a seed."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime

from router.model.message import ChannelName, Handle, InboundMessage

SENTENCES = (
    "Hola, desde ayer no tengo internet en casa y ya reinicié el módem dos veces.",
    "Buenas tardes, la factura de este mes viene con un cargo que no reconozco.",
    "My data plan stopped working after the update, APN settings look right to me.",
    "Quiero dar de baja la línea, llevo tres semanas esperando al técnico.",
    "¿Cuándo pasa el técnico? Me dijeron el martes y no vino nadie.",
    "Thanks, it works now. One more thing: can I get the invoice as a PDF?",
    "No me llega el código por SMS para entrar a la app.",
    "El wifi va lento por las noches, sobre todo en el cuarto de arriba.",
)


def messages(count: int, customers: int, seed: int = 41) -> Iterator[InboundMessage]:
    """`count` messages of `customers` customers, in no particular order of customers."""
    source = random.Random(seed)
    for number in range(count):
        yield InboundMessage(
            key=f"bench-{seed}-{number}",
            channel=ChannelName("webchat"),
            account="web",
            sender=Handle("chat", f"bench-{source.randrange(customers)}"),
            text=" ".join(source.sample(SENTENCES, source.randint(1, 3))),
            sent_at=datetime.now(UTC),
            language="es",
        )
