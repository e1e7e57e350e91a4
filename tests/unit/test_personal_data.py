"""Personal data in a text is found where it stands, in Spanish and English; what every reply is full of is not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.core.found.personal_data import personal_data
from tests.cases import shared_cases

# Each text with its personal data in brackets; all are made up.
SHOWN = [
    ("email", "Listo, ya lo enviamos a [ana.perez+casa@correo.example]."),
    ("email", "We have sent it to [Ada_L@mail.example.org], Ada"),
    ("email", "José, tu usuario es [josé.ñandú@correo.example]"),
    # Phones, as each country writes them.
    ("phone", "Tu línea [6123-4567] ya tiene señal 🎉"),
    ("phone", "🎉🎉 ¡Ya está! La línea [6123‑4567] quedó activa"),
    ("phone", "Activa 🎉 [6123-4567] 🎉"),
    ("phone", "Mañana te llamamos al [61234567], entre 9:00 y 11:00"),
    ("phone", "Te marcamos al [+507 6123-4567] en 10 minutos"),
    ("phone", "¿Tu celular sigue siendo el [300 123 4567]?"),
    ("phone", "Quedó activa la [3001234567] con 20 GB"),
    ("phone", "Ya revisé el [55 1234 5678], sin adeudo"),
    ("phone", "Hablamos al [(55) 1234-5678] esta tarde"),
    ("phone", "La portabilidad del [987 654 321] ya está lista"),
    ("phone", "Tu número [987654321] ya puede navegar"),
    ("phone", "Probamos el [11 4321-8765] y suena ocupado"),
    ("phone", "Llamamos al [9 8765 4321] y no contestaste"),
    ("phone", "El [0998765432] quedó recargado con $5.00"),
    ("phone", "Tu fijo [2234-5678] ya tiene tono"),
    ("phone", "We'll call you on [(555) 123-4567] at 5pm"),
    ("phone", "Is [555-123-4567] still your number?"),
    ("phone", "I can see a text went to [07700 900123]."),
    ("phone", "Your phone number is [1 555 123 4567], right?"),
    # Copied from elsewhere: signs that nobody sees, accents by themselves, wide letters, digits in boxes.
    ("phone", "Ya está activa la [+507 6123\u2060-\u200b4567]"),
    ("phone", "Quedó activa la [61\u00ad23\u200b4567] 🎉"),
    ("phone", "Quedó activa la [6\ufe0f\u20e31\ufe0f\u20e32\ufe0f\u20e33\ufe0f\u20e3-4567]"),
    ("phone", "Activa: [６１２３－４５６７]"),
    ("identity", "Su ce\u0301dula [12345678] ya quedo\u0301"),
    ("email", "Enviado a [ana@corr\u200beo.example]"),
    ("email", "Enviado a [jose\u0301@correo.example]"),
    ("email", "Enviado a [ana＠correo.example]"),
    # Identities.
    ("identity", "Confirmado con la cédula [8-765-4321], gracias"),
    ("identity", "A nombre de [PE-12-3456] desde hoy"),
    ("identity", "Vemos la línea a nombre de [E-8-123456]."),
    ("identity", "Tu C.C. [1.020.345.678] ya está actualizada"),
    ("identity", "La CC 1020 no; la cédula [1020345678] sí"),
    ("identity", "DNI [12.345.678], ¿es correcto?"),
    ("identity", "Con tu DNI [45678912] ya aparece el recibo"),
    ("identity", "El RUT [12.345.678-5] figura al día"),
    ("identity", "Registrado con [12345678-5]"),
    ("identity", "CUIT [20-12345678-6] validado"),
    ("identity", "CURP [GOMC850101HDFRRL09] recibida"),
    ("identity", "RFC [GOMC850101AB1] en tu factura"),
    ("identity", "Cédula [1-1234-0567], a nombre de Ana"),
    ("identity", "Your SSN [123-45-6789] matches our records"),
    ("identity", "Passport no. [AB1234567] is what we have"),
    # Accounts, contracts and cards.
    ("account", "La cuenta [123456789] está al día"),
    ("account", "Tu contrato n.º [00123456] vence en mayo"),
    ("account", "Cliente No. [4567891] ya sin bloqueo"),
    ("account", "Depositamos en tu cuenta de ahorros [04-12-98-765432-1]"),
    ("account", "Your account number is [1234567890], all paid"),
    ("account", "I've checked account #[98765432] for you"),
    ("account", "Transferimos a la CLABE [032180000118359719]"),
    ("account", "Refunded to [GB82 WEST 1234 5698 7654 32] today"),
    ("card", "La tarjeta [4111 1111 1111 1111] fue rechazada"),
    ("card", "We charged [378282246310005] twice, sorry"),
    # Addresses.
    ("address", "El técnico va a [Calle 85 # 11-53] hoy"),
    ("address", "Vamos a la [Cra. 7 No. 32 - 16], ¿verdad?"),
    ("address", "¿Sigues en [Av. Balboa 1234]?"),
    ("address", "La visita es en [Jr. de la Unión N.º 545] a las 10"),
    ("address", "Instalado en [Calle Los Pinos, casa 12B]"),
    ("address", "Timbre del [apto 12C] no funciona"),
    ("address", "Es [Torre B, apto 1203], ¿cierto?"),
    ("address", "The engineer is at [12 Main Street] now"),
    ("address", "Parcel left at [1600 N. Lincoln Ave], on the porch"),
]
INNOCENT = [
    # Cases, orders and codes.
    "Tu caso 61234567 sigue en curso",
    "El ticket #12345678 ya lo tiene el técnico",
    "Pedido 123-1234567-1234567 en camino",
    "Radicado 3001234567 del 12/03/2025",
    "Folio: 5512345678. Gracias por esperar",
    "Your order 555-123-4567 ships today",
    "Reference number is 16934380.",
    "Tracking number 1Z999AA10123456784 is moving",
    "Número de reclamo 98765432, lo tengo a la vista",
    "Case ID 987654321 is open",
    # Money, measures and counts.
    "Son B/.45.50 por mes, o $1,200.00 al año",
    "El equipo vale $ 1.200.000, o 36 cuotas de 45.000 pesos",
    "COP 1200000 de saldo, Q 61234567 en total",
    "El plan trae 500 Mbps, 20 GB y 1000 minutos por $29.99",
    "Ya somos 12.345.678 clientes y 61234567 usuarios",
    "Your balance is 61234567 and you have 10000000 points",
    # Dates, hours, years and versions.
    "Del 2024-2025, entre el 12-03-2025 y el 2025-04-12, de 08:00-17:00",
    "Tu cuenta se cortó el 12-03-2025 y vuelve el 20250412",
    "Windows 10.0.19045.3803 and iOS 17.1.2 both work",
    "Desde 1998 2005 2010, 24/7, 3-4 días, 10 a 12 horas",
    # Names and links.
    "@61234567 @claro_pa #6123_4567 https://t.co/61234567 example.org/p/61234567890",
    "Escríbele a @ana.perez o mira claro.example/cuenta/12345678",
    # What is ours.
    "Llámanos al 6123-4567 o al 800-1234",
    "Comunícate al *611 desde tu línea o al 800 123 4567 desde otro teléfono.",
    "Escríbenos a soporte@telco.example",
    "Call us on 1-800-869-3557 or (+234) 70 94250 556",
    "Our number is 0344 556 5650",
    "Contáctanos por WhatsApp al +51 900 000 000.",
    "La sucursal de Av. Reforma 222 abre a las 9; visítanos en Calle 85 # 11-53",
    "Our store on 12 Main Street is open",
    # Masked.
    "La tarjeta terminada en 1234 y la cuenta ****5678",
    "Enviamos un código al ***-4567 y a a***z@correo.example",
    # Numbers of other kinds.
    "En la calle hace 3 días llevan 2000 cables",
    "Quedan 2 equipos en casa 2 de ellos sin luz",
    "Paso 1: apaga 10 segundos. Paso 2: marca *123#",
    "Canal 1234, ventanilla 12, piso 3",
    "Calle 50 y Vía España tienen señal",
    "The top 10 Drive-in shows, 5 Star service, 4 Big Ways",
    "Estamos contigo 💜",
    "",
]


@pytest.mark.parametrize(("kind", "text"), SHOWN)
def test_what_it_shows_is_found_to_the_letter(kind: str, text: str) -> None:
    start, end = text.index("["), text.index("]") - 1
    written = text.replace("[", "").replace("]", "")
    assert [(f.kind.value, written[f.start : f.end]) for f in personal_data(written)] == [(kind, written[start:end])]


@pytest.mark.parametrize("text", INNOCENT)
def test_what_every_reply_is_full_of_is_not(text: str) -> None:
    assert [(f.kind.value, text[f.start : f.end]) for f in personal_data(text)] == []


def test_all_that_stands_there_is_found_in_order() -> None:
    text = "Ana, cédula 8-765-4321, línea 6123-4567 y correo ana@correo.example: tu caso 12345678 está listo"
    assert [f.kind.value for f in personal_data(text)] == ["identity", "phone", "email"]


@pytest.mark.parametrize(
    ("folder", "file"),
    [("twcs", "tweets.jsonl"), ("channel_switch", "real_replies.jsonl"), ("channel_switch", "own_spanish.jsonl")],
)
def test_of_what_companies_really_answer_hardly_any_is_stopped(folder: str, file: str) -> None:
    # given real public replies, in which no company shows a customer's data (what is found is a contact of its own)
    lines = (shared_cases(folder) / file).read_text(encoding="utf-8").splitlines()
    replies = [each["text"] for each in map(json.loads, lines) if not each.get("inbound")]
    # then one in fifty at most would have needed the agent's word
    stopped = [text for text in replies if personal_data(text)]
    assert len(stopped) <= len(replies) * 0.02, stopped


PIECES = [
    "6123-4567",
    "8-765-4321",
    "ana@correo.example",
    "Av. Balboa 1234",
    "cuenta ",
    "caso ",
    "llámanos al ",
    "+507 ",
]


@given(
    st.lists(
        st.one_of(st.sampled_from(PIECES), st.text("0123456789 .-()+kKeEñ🎉İ\u00a0ß@#/$*\n\u200b\u0301", max_size=12))
    )
)
def test_whatever_the_text_the_places_lie_in_it_one_after_another(pieces: list[str]) -> None:
    text, end = "".join(pieces), 0
    for found in personal_data(text):
        assert end <= found.start < found.end <= len(text)
        end = found.end
