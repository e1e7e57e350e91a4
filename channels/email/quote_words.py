"""The words by which mail programs introduce what is quoted, in the languages that customers' programs speak."""

# Who wrote, after a date and a name: "El lun, 3 mar 2025 a las 10:02, Ana <...> escribió:". They stand at the end.
WROTE = (
    *("wrote", "writes", "escribió", "escribio", "ha escrito", "escribe", "escreveu", "escreve", "ha escrit"),
    *("va escriure", "escribiu", "a écrit", "a ecrit", "écrivait", "écrit", "schrieb", "geschrieben", "ha scritto"),
    *("scrive", "schreef", "geschreven", "skrev", "skrev följande", "skrev følgende", "kirjoitti", "skrifaði"),
    *("napisał", "napisała", "napisal", "napisala", "napisał(a)", "napsal", "napsala", "napsal(a)", "napísal"),
    *("napísala", "napísal(a)", "pisze", "написал", "написала", "написал(а)", "пишет", "писал", "написав"),
    *("написала", "написав(ла)", "пише", "написа", "írta", "a scris", "yazdı", "yazmış", "έγραψε", "je napisao"),
    *("je napisala", "je napisao/la", "napisao je", "napisala je", "menulis", "đã viết", "viết", "כתב", "كتب"),
)
# Where words are not parted by blanks.
WROTE_UNPARTED = ("写道", "寫道", "写信", "書きました", "のメール", "작성")
# These also stand in the middle, before the date or the name: "Ana <...> schrieb am Fr., 28. Apr. 2017 um 11:53 Uhr:".
WROTE_BEFORE = ("schrieb", "skrev", "schreef", "heeft", "kirjoitti", "skrifaði", "написал", "написала", "wrote")
# And these, but only behind a name with its address: "Ana <...> escribió el lun, 3 mar 2025 a las 10:02:".
WROTE_AFTER_SENDER = ("escribió", "escreveu", "írta", "a écrit", "ha scritto", "napisał(a)")
# These stand first.
QUOTING = ("quoting", "citando a", "citando", "zitat von", "citation de", "mensaje citado por", "missatge de")
# "Me escribió:", "they wrote:" is a person's story, not a program's header.
PERSONS = (
    *("me", "nos", "le", "les", "te", "se", "lo", "la", "ella", "él", "ele", "ela", "eu", "yo", "usted", "ustedes"),
    *("i", "he", "she", "they", "we", "it", "who", "which", "that", "had", "has", "have", "m", "nous", "vous", "il"),
    *("elle", "on", "ich", "er", "sie", "wir", "mi", "ci", "lui", "lei"),
)
FROM = (
    *("from", "de", "von", "van", "da", "från", "fra", "od", "lähettäjä", "от", "от кого", "від", "feladó", "de la"),
    *("από", "kimden", "gönderen", "remitente", "remetente", "expéditeur", "absender", "mittente", "afzender"),
    *("发件人", "寄件者", "寄件人", "差出人", "보낸 사람", "보낸사람", "dari", "từ"),
)
DATE = (
    *("sent", "sent at", "sent on", "date", "enviado", "enviado el", "enviada", "enviada el", "enviado em"),
    *("enviada em", "enviat", "enviat el", "fecha", "fecha de envío", "data", "data de envio", "envoyé", "envoyé le"),
    *("message du", "gesendet", "gesendet am", "datum", "verzonden", "verzonden op", "inviato", "skickat", "sendt"),
    *("dato", "lähetetty", "päivämäärä", "wysłano", "wysłane", "odesláno", "odoslané", "отправлено", "дата"),
    *("надіслано", "dátum", "elküldve", "trimis", "tarih", "gönderildi", "发送时间", "发送日期", "日期", "送信日時"),
    *("日時", "날짜", "보낸 날짜", "ημερομηνία", "sendt dato"),
)
TO = (
    *("to", "para", "à", "a", "an", "aan", "till", "til", "do", "vastaanottaja", "кому", "címzett", "către", "προς"),
    *("kime", "per a", "destinatario", "destinatário", "destinataire", "empfänger", "komu", "收件人", "收件者", "宛先"),
    *("받는 사람", "받는사람", "kepada", "đến"),
)
SUBJECT = (
    *("subject", "asunto", "assunto", "assumpte", "objet", "sujet", "betreff", "onderwerp", "oggetto", "ämne", "emne"),
    *("aihe", "temat", "předmět", "predmet", "тема", "tárgy", "subiect", "θέμα", "konu", "主题", "主旨", "件名"),
    *("제목", "subjek", "chủ đề"),
)
COPIES = (
    *("cc", "cci", "cco", "bcc", "kopie", "kopia", "copia", "cópia", "copie à", "копия", "抄送", "副本", "참조"),
    *("reply-to", "reply to", "responder a", "responder para", "répondre à", "antwort an", "importance"),
    *("importancia", "risposta", "priority", "attachments"),
)
# The forms of companies' own sites have headers, too; where one of these stands among them, nobody is quoted.
FORM = (
    *("nombre", "nombre completo", "name", "full name", "nome", "nome completo", "nom", "email", "e-mail", "mail"),
    *("correo", "correo electrónico", "teléfono", "telefono", "celular", "móvil", "phone", "telephone", "telefone"),
    *("téléphone", "mensaje", "message", "message body", "mensagem", "cuerpo del mensaje", "comentario", "telefon"),
    *("comentarios", "comments", "comment", "consulta", "motivo", "empresa", "company", "ciudad", "dirección"),
    *("address", "cédula", "cliente", "número de cliente", "descripción", "description", "your message", "nachricht"),
)
ORIGINAL = (
    *("original message", "mensaje original", "mensagem original", "missatge original", "message d'origine"),
    *("message d’origine", "message original", "ursprüngliche nachricht", "original nachricht", "originalnachricht"),
    *("original-nachricht", "ursprungsnachricht", "messaggio originale", "messaggio originario"),
    *("oorspronkelijk bericht", "originalmeddelande", "ursprungligt meddelande", "oprindelig meddelelse"),
    *("oprindelig besked", "opprinnelig melding", "alkuperäinen viesti", "wiadomość oryginalna"),
    *("oryginalna wiadomość", "původní zpráva", "pôvodná správa", "исходное сообщение", "оригинальное сообщение"),
    *("первоначальное сообщение", "eredeti üzenet", "mesaj original", "mesajul original", "orijinal ileti"),
    *(
        "orijinal mesaj",
        "原始邮件",
        "原始郵件",
        "元のメッセージ",
        "원본 메시지",
        "original appointment",
        "cita original",
    ),
    *("original message follows", "reply message", "αρχικό μήνυμα", "izvorna poruka"),
)
FORWARDED = (
    *("forwarded message", "forwarded mail", "mensaje reenviado", "mensagem encaminhada", "mensagem reencaminhada"),
    *("missatge reenviat", "message transféré", "message transmis", "message réexpédié", "weitergeleitete nachricht"),
    *("messaggio inoltrato", "doorgestuurd bericht", "vidarebefordrat meddelande", "videresendt besked"),
    *("videresendt melding", "videresendt meddelelse", "välitetty viesti", "wiadomość przekazana"),
    *("przekazana wiadomość", "přeposlaná zpráva", "preposlaná správa", "пересылаемое сообщение"),
    *("пересланное сообщение", "переадресованное сообщение", "továbbított üzenet", "iletilen mesaj", "转发邮件"),
    *("转发的邮件", "轉寄郵件", "転送メッセージ", "전달된 메시지", "προωθημένο μήνυμα", "mesaj redirecționat"),
)
# Apple's, which need no dashes around them.
FORWARD_BEGINS = (
    *("begin forwarded message", "inicio del mensaje reenviado", "início da mensagem encaminhada"),
    *("início da mensagem reencaminhada", "début du message réexpédié", "début du message transféré"),
    *("anfang der weitergeleiteten nachricht", "inizio messaggio inoltrato", "begin doorgestuurd bericht"),
    *("vidarebefordrat brev", "videresendt meddelelse", "начало переадресованного сообщения"),
)
# Help desks ask for answers above a line.
ABOVE = (
    *("reply above this line", "reply above the line", "type your reply above", "write above this line"),
    *("responda por encima de esta línea", "por encima de esta línea", "encima de esta linea", "acima desta linha"),
    *("au-dessus de cette ligne", "oberhalb dieser linie", "above this line to reply"),
)
