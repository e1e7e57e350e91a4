"""The line above a quotation, as mail programs write it in many languages, ends what the customer wrote."""

import pytest

from channels.email.quoted import split

WRITTEN = "Hola, sigo sin servicio.\n\nMi contrato es el 4411."
ANSWER = "Buenas tardes:\n¿Ya reinició el equipo?"
HEADERS = (
    "2016년 12월 12일 (월) 오후 8:45, Ana <c@d.example>님이 작성:",
    "于2016年12月12日周一 下午8:45写道：",
    "Ana <c@d.example> 于2016年12月12日周一 20:45写道：",
    '在 2016-12-12 20:45:12，"Ana" <c@d.example> 写道：',
    "2016年12月12日(月) 20:45 Ana <c@d.example>:",
    "2016/12/12 20:45、Ana <c@d.example>のメール：",
    "ma 12. jouluk. 2016 klo 20.45 Ana (c@d.example) kirjoitti:",
    "Ana <c@d.example> kirjoitti 12.12.2016 kello 20.45:",
    "Den man. 12. dec. 2016 kl. 20.45 skrev Ana <c@d.example>:",
    "Den 12/12/2016 kl. 20.45 skrev Ana:",
    "Il giorno lun 12 dic 2016 alle ore 20:45 Ana <c@d.example> ha scritto:",
    "Il 12/12/2016 20:45, Ana ha scritto:",
    "Il giorno 12 dic 2016, alle ore 20:45, Ana <c@d.example> ha scritto:",
    "Op ma 12 dec. 2016 om 20:45 schreef Ana <c@d.example>:",
    "Op 12-12-2016 om 20:45 schreef Ana:",
    "Le lun. 12 déc. 2016 à 20:45, Ana <c@d.example> a écrit :",
    "Le 12/12/2016 à 20:45, Ana a écrit :",
    "Am Mo., 12. Dez. 2016 um 20:45 Uhr schrieb Ana <c@d.example>:",
    "Am 12.12.16 um 20:45 schrieb Ana:",
    "Am 12.12.2016 um 20:45 schrieb Ana <c@d.example>:",
    "Am Montag, 12. Dezember 2016 schrieb Ana <c@d.example>:",
    "Den mån 12 dec. 2016 kl 20:45 skrev Ana <c@d.example>:",
    "12 dec 2016 kl. 20:45 skrev Ana <c@d.example>:",
    "pon., 12 gru 2016 o 20:45 Ana <c@d.example> napisał(a):",
    "W dniu 12.12.2016 o 20:45, Ana pisze:",
    "po 12. 12. 2016 v 20:45 odesílatel Ana <c@d.example> napsal:",
    "Dne 12.12.2016 v 20:45 Ana napsal(a):",
    "po 12. 12. 2016 o 20:45 Ana <c@d.example> napísal(a):",
    "Ana <c@d.example> ezt írta (időpont: 2016. dec. 12., H, 20:45):",
    "În lun., 12 dec. 2016 la 20:45, Ana <c@d.example> a scris:",
    "Ana <c@d.example>, 12 Ara 2016 Pzt, 20:45 tarihinde şunu yazdı:",
    "Στις Δευ, 12 Δεκ 2016 στις 8:45 μ.μ., ο χρήστης Ana <c@d.example> έγραψε:",
    "пн, 12 дек. 2016 г. в 20:45, Ana <c@d.example>:",
    "12 декабря 2016 г., 20:45 пользователь Ana <c@d.example> написал:",
    "12.12.2016 20:45, Ana пишет:",
    "пн, 12 груд. 2016 р. о 20:45 Ana <c@d.example> пише:",
    "El dl., 12 de des. 2016 a les 20:45, Ana (<c@d.example>) va escriure:",
    "Missatge de Ana <c@d.example> del dia dl., 12 de des. 2016 a les 20:45:",
    "O luns, 12 de dec. de 2016 ás 20:45, Ana (<c@d.example>) escribiu:",
    "Vào Th 2, 12 thg 12, 2016 vào lúc 20:45 Ana <c@d.example> đã viết:",
    "Pada tanggal Sen, 12 Des 2016 pukul 20.45 Ana <c@d.example> menulis:",
    "בתאריך יום ב׳, 12 בדצמ׳ 2016 ב-20:45 מאת Ana <c@d.example>:",
    "في الاثنين، 12 ديسمبر 2016 في 8:45 م تمت كتابة ما يلي بواسطة Ana <c@d.example>:",
    "pon, 12. pro 2016. u 20:45 Ana <c@d.example> napisao je:",
    "На пн, 12.12.2016 г. в 20:45 Ana <c@d.example> написа:",
    "On 12/12/16 20:45, Ana wrote:",
    "On Monday 12 December 2016 20:45:00 Ana wrote:",
    "On Mon, 2016-12-12 at 20:45 +0100, Ana wrote:",
    "On Dec 12, 2016 8:45 PM, Ana wrote:",
    'On Dec 12, 2016 8:45 PM, "Ana" <c@d.example> wrote:',
    "On Mon, 12 Dec 2016, Ana wrote:",
    "El lun, 12-12-2016 a las 20:45 +0100, Ana escribió:",
    "El Lunes, 12 de diciembre de 2016 20:45:00 Ana escribió:",
    "El Lunes 12 de diciembre de 2016 20:45, Ana <c@d.example> escribió:",
    "El 12/12/16 a las 20:45, Ana escribió:",
    'El 12 dic. 2016 8:45 p. m., "Ana" <c@d.example> escribió:',
    "El 12 de diciembre de 2016, 20:45, Ana<c@d.example> escribió:",
    "Ana <c@d.example> escribió el lun, 12 de dic. de 2016 a las 20:45:",
    "Em 12 de dezembro de 2016 20:45, Ana <c@d.example> escreveu:",
    "A segunda, 12/12/2016, 20:45, Ana <c@d.example> escreveu:",
    "No dia 12/12/2016, às 20:45, Ana escreveu:",
    "Ana <c@d.example> escreveu no dia segunda, 12/12/2016 à(s) 20:45:",
    "Em 12/12/2016 20:45, Ana escreveu:",
    "Em seg, 12 de dez de 2016 20:45, Ana <c@d.example> escreveu:",
    "Em 12 de dez de 2016, à(s) 20:45, Ana <c@d.example> escreveu:",
    "Ana <c@d.example> wrote:",
    "Ana <c@d.example> schrieb am Mo., 12. Dez. 2016 um 20:45:",
    '"Ana" <c@d.example> schrieb:',
    "---- Ana escribió ----",
    "---- El lun, 12 dic 2016 20:45:36 -0500 Ana <c@d.example> escribió ----",
    "---- On Mon, 12 Dec 2016 20:45:36 -0500 c@d.example wrote ----",
    "2016-12-12 20:45 GMT-05:00 Ana <c@d.example>:",
    "2016-12-12 20:45 GMT+01:00 Ana <\nc@d.example>:",
    "On Mon, Dec 12, 2016 at 8:45 PM Ana via A Forum Here\n<notifications+0123456789abcdef@forum.example> wrote:",
    "Quoting Ana <c@d.example>:",
    "Monday, December 12, 2016, 8:45:12 PM, you wrote:",
    "-----Mensagem original-----",
    "-------- Mensaje original --------",
    "----- Reply message -----",
    "----- Mensaje reenviado -----",
)
BLOCKS = (
    "-------- Mensaje original --------\nDe: c@d.example\nFecha: 12/12/16 8:45 p. m. (GMT-05:00)\nPara: e\nAsunto: z",
    "De: Ana <c@d.example>\nEnviado el: lunes, 12 de diciembre de 2016 8:45 p. m.\nPara: e\nAsunto: z",
    "*De:* Ana [mailto:c@d.example]\n*Enviado el:* lunes, 12 de diciembre de 2016 8:45\n*Para:* e\n*Asunto:* z",
    "De: Ana <c@d.example>\nEnviada em: segunda-feira, 12 de dezembro de 2016 20:45\nPara: e\nAssunto: z",
    "From: Ana\n<c@d.example>\nSent: Monday, December 12, 2016 8:45 PM\nTo: e\nCc: f\nSubject: z",
    "Date: Mon, 12 Dec 2016 20:45:12 -0500\nSubject: z\nFrom: c@d.example\nTo: e",
    "________________________________\nДа: Ana <c@d.example>\nКогда: 12\nДля: e\nО: z",
)


@pytest.mark.parametrize("header", [*HEADERS, *BLOCKS])
def test_what_stands_below_the_header_is_folded(header: str) -> None:
    for quotation in (ANSWER, "\n".join(f"> {line}" for line in ANSWER.split("\n"))):
        parts = split(f"{WRITTEN}\n\n{header}\n\n{quotation}\n")
        assert parts.written == WRITTEN
        assert parts.quoted == f"{header}\n\n{quotation}"


@pytest.mark.parametrize(
    "line",
    [
        "El lunes 12 de diciembre de 2016 su agente me escribió:",
        "El 12/12/2016 a las 20:45 les escribí:",
        "On Monday, December 12, 2016, they wrote:",
        "Em 12/12/2016 às 20:45 ele me escreveu:",
        "I paid 30 dollars on May 3, 2024, to:",
        "Llamé el 12/12/2016 a las 20:45:",
        "Estos son los pagos del 3 de marzo de 2025:",
        "De: la sucursal de Vía España",
        "Para: quien corresponda",
        "Fecha: 12/12/2016",
        "Mensaje original",
        "2016-12-12 20:45",
    ],
)
def test_a_persons_own_line_is_no_header(line: str) -> None:
    parts = split(f"{WRITTEN}\n\n{line}\n\nNadie vino.")
    assert parts.quoted == ""
