"""Facts in what customers write: found to the letter, in Spanish and English; what they only ask or plan is none."""

import json
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.core.found.facts import facts_in
from router.model.fact import Fact, FactKind
from tests.cases import shared_cases

# Each text with one fact in brackets, and that fact's kind, sort and value; all are made up.
SAID = [
    ("name", "", "Marta Ruiz", "Hola, soy [Marta Ruiz], no tengo internet"),
    ("name", "", "Ana María de la Cruz", "me llamo [ana maría de la cruz] y llevo tres días sin señal"),
    ("name", "", "José Núñez", "Mi nombre es [JOSÉ NÚÑEZ]."),
    ("name", "", "Carmen Díaz", "Buenas, le habla [Carmen Díaz]. El recibo está mal"),
    ("name", "", "Pedro Gómez", "Llevo un mes esperando.\nSaludos,\n[Pedro Gómez]"),
    ("name", "", "John O'Brien", "My name is [John O'Brien] and my bill is wrong"),
    ("name", "", "Sarah Connor", "Hi, I'm [Sarah Connor]. Any news?"),
    ("name", "", "John Smith", "This is [John Smith] calling about an invoice"),
    ("identity", "cedula-pa", "8-765-4321", "mi cédula es [8-765-4321]"),
    ("identity", "cedula-pa", "PE-12-3456", "a nombre de la cédula [pe-12-3456]"),
    ("identity", "cedula", "1020345678", "C.C. [1.020.345.678] de Bogotá"),
    ("identity", "rut", "12345678-5", "mi RUT es [12.345.678-5], proved"),
    ("identity", "dni", "45678912", "DNI [45678912]"),
    ("identity", "dni-es", "12345678Z", "mi dni: [12345678Z], proved"),
    ("identity", "cuit", "20123456786", "CUIT [20-12345678-6], proved"),
    ("identity", "rfc", "GOMC850101AB1", "RFC [GOMC850101AB1], proved"),
    ("identity", "curp", "HEGG560427MVZRRL04", "CURP [HEGG560427MVZRRL04], proved"),
    ("identity", "ssn", "123456789", "my SSN is [123-45-6789]"),
    ("account", "customer", "445566", "mi número de cliente es [445566]"),
    ("account", "contract", "C-778899", "contrato [C-778899] sin servicio"),
    ("account", "account", "83471234", "my account number is [8347-1234]"),
    ("account", "clabe", "032180000118359719", "deposita a la CLABE [032180000118359719], proved"),
    ("phone", "", "+50761234567", "llámame al [6123-4567]"),
    ("phone", "", "+50761234567", "mi whatsapp es [+507 6123 4567]"),
    ("phone", "", "+573001234567", "el número [+57 300 123 4567] es mío"),
    ("email", "", "ana.ruiz@correo.example", "mi correo es [Ana.Ruiz@correo.example]"),
    ("address", "", "Calle 50, edificio Torre Sur, apto 12C", "vivo en [Calle 50, edificio Torre Sur, apto 12C]"),
    ("address", "", "123 main street apt 4, springfield", "my address is [123 main street apt 4, springfield]"),
    ("address", "", "Av. Balboa 1234", "estoy en [Av. Balboa 1234]"),
    ("address", "postal-code", "46202", "zip code [46202]"),
    ("device", "", "Huawei HG8145V5", "tengo un router [Huawei HG8145V5]"),
    ("device", "", "TP-Link Archer C6", "mi router es un [tp-link archer c6]"),
    ("device", "", "iPhone 7 Plus", "I have an [iPhone 7 Plus] and it keeps crashing"),
    ("device", "", "Samsung Galaxy S21", "uso un [samsung galaxy s21]"),
    ("serial", "serial", "48575443A1B2C3D4", "número de serie [48575443A1B2C3D4]"),
    ("serial", "mac", "AA:BB:CC:DD:EE:FF", "la mac es [aa:bb:cc:dd:ee:ff]"),
    ("serial", "imei", "352099001761481", "IMEI [35-209900-176148-1], proved"),
    ("plan", "speed", "100 Mbps", "[tengo plan de 100 megas] y no llegan"),
    ("plan", "speed", "300 Mbps", "la [fibra 300] va lenta"),
    ("plan", "speed", "50 Mbps", "I'm [paying for 50 Mbps] and get 3"),
    ("plan", "name", "Hogar Max", "mi plan es [Hogar Max]"),
    ("order", "ticket", "12345678", "mi ticket es el [12345678]"),
    ("order", "ticket", "2025-11-00123", "el caso [2025-11-00123] sigue abierto"),
    ("order", "order", "ABC-99812", "pedido [abc-99812] sin llegar"),
    ("order", "order", "123-1234567-1234567", "where is [123-1234567-1234567]"),
    ("tried", "", "restarted_modem", "[ya reinicié el módem] y nada"),
    ("tried", "", "restarted_modem", "[apagué y prendí el router]"),
    ("tried", "", "restarted_modem", "mi router no responde; [ya lo reinicié]"),
    ("tried", "", "restarted_modem", "[desconecté el módem] diez minutos"),
    ("tried", "", "restarted_modem", "[he reiniciado varias veces el router]"),
    ("tried", "", "restarted_modem", "[probé reiniciando el módem]"),
    ("tried", "", "restarted_modem", "creo que [reinicié el módem] ayer"),
    (
        "tried",
        "",
        "restarted_modem",
        "[lo reinicio] y el internet sigue igual, el módem parpadea",
    ),
    ("tried", "", "restarted_modem", "me hicieron mil preguntas, [me hicieron reiniciar el módem]"),
    ("tried", "", "restarted_phone", "[reinicié el celular] y la app no abre"),
    ("tried", "", "restarted_device", "[I already restarted] it"),
    ("tried", "", "restarted_modem", "My router is dead. [I've restarted] it twice"),
    ("tried", "", "restarted_modem", "[tried unplugging the modem]"),
    ("tried", "", "restarted_modem", "[They had me restart the modem] twice"),
    ("tried", "", "reset_factory", "[restablecí el router de fábrica]"),
    ("tried", "", "reset_factory", "[I did a factory reset]"),
    ("tried", "", "checked_cables", "[revisé los cables]"),
    ("tried", "", "checked_cables", "[I checked all the cables]"),
    ("tried", "", "changed_cable", "[cambié el cable] y sigue lento"),
    ("tried", "", "changed_cable", "el técnico [ya cambió el cable]"),
    ("tried", "", "another_device", "[probé con otro celular]"),
    ("tried", "", "another_device", "[I tried another laptop]"),
    ("tried", "", "reinstalled_app", "[desinstalé] la app"),
    ("tried", "", "reinstalled_app", "[reinstalled] the app twice"),
    ("tried", "", "cleared_cache", "[borré la caché]"),
    ("tried", "", "speed_test", "[hice un speed test]: 3 megas"),
    ("tried", "", "speed_test", "[I ran a speed test]"),
    ("tried", "", "talked_to_support", "[hablé con soporte] ayer"),
    ("tried", "", "called_support", "[llamé 5 veces a soporte]"),
    ("tried", "", "called_support", "[I called you] yesterday"),
    ("tried", "", "visited_store", "[ya fui a la tienda]"),
    ("tried", "", "opened_ticket", "[puse un reclamo]"),
    ("tried", "", "wrote_dm", "[I sent you a DM]"),
    ("tried", "", "paid", "[ya pagué], revisen"),
]
NONE = [
    # Not done, wished, asked about, told to do.
    "no lo he reiniciado",
    "No reinicié nada, no he cambiado el cable",
    "aún no reinicio el módem",
    "todavía no llamo a soporte",
    "sin reiniciar el módem no puedo saberlo",
    "no pude reiniciar el router",
    "nunca he hecho un speed test",
    "voy a reiniciarlo",
    "mañana voy a cambiar el cable",
    "¿tengo que reiniciarlo?",
    "¿reinicio el módem?",
    "¿puedo reiniciar el módem?",
    "¿Ya reiniciaron el servidor?",
    "¿Ya reiniciaste el módem?",
    "me dijeron que reinicie el módem",
    "quieren que reinicie el módem otra vez",
    "me pidieron reiniciar el módem",
    "si reinicio el módem, ¿pierdo los datos?",
    "por favor reinicien el puerto",
    "el módem se reinicia solo",
    "se reinició el router solo",
    "el cambio de cable lo hacen ustedes",
    "quiero cambiar el cable",
    "nadie me llamó",
    "I haven't restarted the modem yet. I'll restart it. Should I restart it?",
    "I'm going to restart the router",
    "I did not restart anything",
    "I can't reset my password",
    "do I need to restart the modem?",
    "Have you tried restarting it?",
    "should I have restarted it?",
    "They told me to restart the modem",
    "the router restarts by itself",
    "my phone restarted",
    "it just restarted",
    "I won't call support again",
    "you never called me back",
    # Names that are none.
    "soy cliente desde 2015",
    "Soy Claro de toda la vida, soy de Panamá",
    "Soy Cliente Premium",
    "I'm Sick of this. This is Ridiculous",
    "This is Comcast at its best",
    "My name is not on the bill. My name is spelled wrong",
    "Gracias, Marta",
    "Something is going on at Preston station",
    # Numbers of others, or of nobody.
    "me llaman del 6123-4567 a cada rato",
    "your number 555-123-4567 is always busy",
    "pago 45.50 desde el 12/03/2025, a las 10:30",
    "el código es 123456",
    "tengo 3 meses sin internet y son 100 dólares",
    "@61234567 mira https://t.co/61234567 #8765432",
    "caso abierto hace 3 días, ticket de 20 dólares",
    "la tarjeta 4111 1111 1111 1111 fue rechazada",
    "terminada en ****4567",
    # Plans and devices that they ask for.
    "quiero el plan de 200 megas",
    "quisiera cambiar a plan de 300 megas",
    "¿cuánto cuesta el plan de 100 megas?",
    "how much is the 100 mbps plan",
    "solo me llegan 20 megas",
    "¿venden el iPhone 14?",
    "when is the iPhone X release date",
    "el partido en vivo 3 veces se cortó",
    "gracias",
    "",
]


@pytest.mark.parametrize(("kind", "sort", "value", "text"), SAID)
def test_what_a_customer_tells_is_found_to_the_letter(kind: str, sort: str, value: str, text: str) -> None:
    start, end = text.index("["), text.index("]") - 1
    written = text.replace("[", "").replace("]", "")
    found = [fact for fact in facts_in(written, region="PA") if fact.kind == kind]
    assert [(f.value, f.sort, written[f.start : f.end]) for f in found] == [(value, sort, written[start:end])]
    assert found[0].phrase == written[start:end]
    assert (found[0].proved is True) == ("proved" in written)


@pytest.mark.parametrize("text", NONE)
def test_what_is_only_asked_planned_or_of_others_is_none(text: str) -> None:
    assert [(fact.kind, fact.value) for fact in facts_in(text, region="PA")] == []


@pytest.mark.parametrize(
    "text",
    [
        "llamé al 6123-4567 y nadie contesta",
        "me dieron el número 6000-1234 para llamar",
        "me dijeron que llamara al 507 6000 1234",
        "nos indicaron escribir a care@hilo.example",
        "They told me to call 507 6000 1234",
        "I was given this number: 6000-1234",
        "Ya marqué varias veces al 6123-4567",
        "Envié un correo a soporte@telco.example desde el lunes",
        "I emailed help@telco.example twice, no answer",
        "I've called 555-123-4567 all day",
        "I keep getting calls from 555-123-4567",
    ],
)
def test_what_they_rang_or_wrote_to_is_not_their_own(text: str) -> None:
    assert [fact.value for fact in facts_in(text) if fact.kind in ("phone", "email")] == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("les escribí desde ana@example.org y por el chat", "ana@example.org"),
        ("los llamé desde el 6123-4567 ayer", "61234567"),
        ("me dijeron que me llamarían al 6123-4567", "61234567"),
        ("me dijeron que dejara mi número 6123-4567", "61234567"),
        ("I told you to call me at 555-123-4567", "5551234567"),
        ("I emailed you from ana@example.org", "ana@example.org"),
        ("I'm calling from my number 555-123-4567", "5551234567"),
    ],
)
def test_what_they_rang_or_wrote_from_is(text: str, value: str) -> None:
    assert [fact.value for fact in facts_in(text) if fact.kind in ("phone", "email")] == [value]


def test_a_message_with_all_of_it_tells_each_once_and_in_order() -> None:
    text = "Soy Marta Ruiz, cédula 8-765-4321, cel 6123-4567, ya reinicié el módem; plan de 100 megas, caso 998877"
    assert [fact.kind for fact in facts_in(text)] == ["name", "identity", "phone", "tried", "plan", "order"]


def test_what_is_not_seen_hides_nothing() -> None:
    # given accents that stand alone, as some keyboards send them, and a blank of no width within the number
    text = "Soy Jose\u0301 Ruiz, ce\u0301dula 8-765\u200b-4321, ya reinicie\u0301 el mo\u0301dem"
    found = facts_in(text, "es", "PA")
    assert [fact.value for fact in found] == ["Jose Ruiz", "8-765-4321", "restarted_modem"]
    assert [text[fact.start : fact.end] for fact in found] == [fact.phrase for fact in found]


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("mi cédula 8-765-4321 y la de mi esposo 4-123-456", [False, True]),
        ("el número de mi esposa es 6123-4567", [True]),
        ("8-765-4321 es la cédula de mi papá, la mía es 4-123-456", [True, False]),
        ("My wife's account number is 12345678, mine is account 87654321", [True, False]),
        ("mi cuenta 12345678, la de mi hermano es 87654321", [False, True]),
        ("mi esposo no está, mi cédula es 8-765-4321", [False]),
    ],
)
def test_what_is_called_somebody_elses_is_marked_so(text: str, whose: list[bool]) -> None:
    assert [fact.of_other for fact in facts_in(text) if fact.kind in ("identity", "account", "phone")] == whose


@pytest.mark.parametrize(
    ("text", "region", "sort", "value", "proved"),
    [
        ("cédula 1710034065", "EC", "cedula-ec", "1710034065", True),
        ("cédula 1710034066", "EC", "cedula-ec", "1710034066", False),
        ("cédula 1020345678", "CO", "cedula-co", "1020345678", None),
        ("cédula 1-1234-0567", "CR", "cedula-cr", "112340567", None),
        ("cédula 1-1234-0567", "PA", "cedula-pa", "1-1234-0567", None),
        ("cédula 1234567-2", "UY", "cedula-uy", "12345672", True),
        ("DNI 45678912", "PE", "dni-pe", "45678912", None),
        ("DNI 12.345.678", "AR", "dni-ar", "12345678", None),
        ("RUT 12.345.678-9", "CL", "rut", "12345678-9", False),
        ("mi DUI 00016297-5", "SV", "dui", "000162975", True),
        ("cédula 402-1234567-3", "DO", "cedula-do", "40212345673", False),
    ],
)
def test_an_id_number_is_read_as_its_country_writes_it(
    text: str, region: str, sort: str, value: str, proved: bool | None
) -> None:
    (fact,) = facts_in(text, "es", region)
    assert (fact.kind, fact.sort, fact.value, fact.proved) == ("identity", sort, value, proved)


@pytest.mark.parametrize(
    ("text", "region", "value"),
    [
        ("mi cel 300 123 4567", "CO", "+573001234567"),
        ("mi cel 0998765432", "EC", "+593998765432"),
        ("mi cel 987 654 321", "PE", "+51987654321"),
        ("mi cel 55 1234 5678", "MX", "+525512345678"),
        ("call me at (415) 555-2671", "US", "+14155552671"),
        ("mi cel 07700 900123", "GB", "+447700900123"),
        ("mi cel 6123-4567", "", "61234567"),
        ("mi cel +507 6123-4567", "CO", "+50761234567"),
    ],
)
def test_a_phone_number_is_international_where_its_country_is_known(text: str, region: str, value: str) -> None:
    assert [fact.value for fact in facts_in(text, region=region)] == [value]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mi cel 6123-4567", "****4567"),
        ("mi correo marta@example.org", "m***@example.org"),
        ("soy Marta Ruiz", "M*** R***"),
        ("cédula 8-765-4321", "****4321"),
        ("contrato 12345", "****45"),
        ("ya reinicié el módem", "restarted_modem"),
    ],
)
def test_lists_show_just_enough_to_know_it_again(text: str, masked: str) -> None:
    assert [fact.masked for fact in facts_in(text)] == [masked]


PIECES = (
    *(text.replace("[", "").replace("]", "") for *_, text in SAID),
    *NONE,
    "mi esposa ",
    "İ🎉é\u0301ß’\ud800",
    "０１２３",
)


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=20)), max_size=6), st.sampled_from(["", "es", "en"])
)
def test_whatever_is_written_facts_lie_apart_in_it_and_lists_never_tell_all(pieces: list[str], lang: str) -> None:
    text, end = " ".join(pieces), 0
    for fact in facts_in(text, lang, "PA"):
        assert end <= fact.start < fact.end <= len(text)
        assert fact.phrase == text[fact.start : fact.end]
        assert fact.value
        assert fact.is_open or fact.value not in fact.masked
        end = fact.end


@pytest.mark.parametrize(
    "piece",
    [
        "ya ",
        "no ",
        "de ",
        "a a ",
        "mi ",
        "soy A ",
        "reinicié ",
        "1-",
        "12 ",
        "@",
        "cuenta ",
        "mi esposo ",
        "tried to ",
        "calle ",
    ],
)
def test_the_time_it_takes_grows_with_the_text_alone(piece: str) -> None:
    # The figures are of one process, of which the shorter text is read first, so that nothing has to warm up.
    def taken(length: int) -> float:
        text = (piece * length)[:length]
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            facts_in(text, region="PA")
            best = min(best, time.process_time() - start)
        return best

    facts_in(piece * 100)
    assert taken(8_000) < 20 * taken(1_000) + 0.05


def test_of_what_customers_really_write_much_is_found() -> None:
    # given real messages, of which all facts were read through once (docs/facts.md)
    found: Counter[str] = Counter(fact.kind for text in _real_texts() for fact in facts_in(text))
    # then about as many are still found, and no kind floods
    floors = {FactKind.TRIED: 75, FactKind.DEVICE: 30, FactKind.NAME: 6, FactKind.ORDER: 6, FactKind.ADDRESS: 55}
    assert {kind: found[kind] for kind, floor in floors.items() if not floor <= found[kind] <= 2 * floor} == {}


def test_of_what_companies_answer_nothing_is_taken_for_a_customers_id_or_account() -> None:
    lines = (shared_cases("channel_switch") / "real_replies.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    wrong: list[Fact] = [
        fact for text in texts for fact in facts_in(text) if fact.kind in (FactKind.IDENTITY, FactKind.ACCOUNT)
    ]
    assert wrong == []


def _real_texts() -> list[str]:
    def lines(folder: str, file: str) -> list[dict[str, str]]:
        return [json.loads(line) for line in (shared_cases(folder) / file).read_text(encoding="utf-8").splitlines()]

    tweets = [each["text"] for each in lines("twcs", "tweets.jsonl") if each["inbound"]]
    bank = [each["text"] for each in lines("es_bank_customers", "tweets.jsonl")]
    comments = [each["text"] for each in lines("es_telco_reddit", "comments.jsonl")]
    complaints = [each["text"] for each in lines("en_telco_complaints", "complaints.jsonl")]
    chats = (shared_cases("chat_multidogo_media") / "chats.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        *tweets,
        *bank,
        *comments,
        *complaints,
        *(t["text"] for c in chats for t in json.loads(c)["customer_turns"]),
    ]
