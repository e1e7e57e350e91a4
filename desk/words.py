"""What the desk says when it can't do what was asked: each code with its status, in English and in Spanish."""

from desk.call_words import CALL_SAYINGS
from desk.saying import Saying


def saying(code: str) -> Saying:
    """What is said for `code`; a refusal that has no words here yet is still told as one."""
    return SAYINGS.get(code, REFUSED)


REFUSED = Saying(
    422,
    ("This can't be done now", "Read the conversation again: the code says what spoke against it."),
    ("Ahora no se puede hacer", "Vuelve a leer la conversación: el código dice qué lo impide."),
)

SAYINGS: dict[str, Saying] = {
    # The request itself.
    "malformed": Saying(
        400,
        ("The request can't be read", "Send one JSON object with the fields that docs/api.md names."),
        ("No se entiende la petición", "Envía un objeto JSON con los campos que indica docs/api.md."),
    ),
    "bad_if_match": Saying(
        400,
        ("If-Match can't be read", 'Send the ETag of the conversation as you got it, for example "4".'),
        ("No se entiende If-Match", 'Envía el ETag de la conversación tal como lo recibiste, por ejemplo "4".'),
    ),
    "bad_idempotency_key": Saying(
        400,
        ("Idempotency-Key can't be used", "Send 1 to 200 printable ASCII characters, a new value for each command."),
        ("Idempotency-Key no vale", "Envía de 1 a 200 caracteres ASCII imprimibles, un valor nuevo para cada orden."),
    ),
    "not_signed_in": Saying(
        401,
        ("You are not signed in", "Sign in, or send a token: Authorization: Bearer TOKEN."),
        ("No has iniciado sesión", "Inicia sesión, o envía un token: Authorization: Bearer TOKEN."),
    ),
    "wrong_password": Saying(
        401,
        ("User and password don't match", "Check both and try again; ops set the password in the configuration."),
        ("El usuario y la contraseña no coinciden", "Revisa ambos e inténtalo de nuevo; la contraseña la fija ops."),
    ),
    "not_your_team": Saying(
        403,
        ("This belongs to another team", "Ask that team, or a supervisor, to transfer it to yours."),
        ("Esto es de otro equipo", "Pide a ese equipo, o a un supervisor, que te lo transfiera."),
    ),
    "cross_site": Saying(
        403,
        ("The request does not come from the desk's own page", "Use the desk's page; a script uses a token instead."),
        ("La petición no viene de la página del desk", "Usa la página del desk; un programa usa un token."),
    ),
    "not_found": Saying(
        404,
        ("There is nothing at this address", "docs/api.md lists what there is."),
        ("No hay nada en esta dirección", "docs/api.md dice lo que hay."),
    ),
    "unknown_conversation": Saying(
        404,
        ("There is no such conversation", "Take its id from a queue or from the feed; a closed one may be in history."),
        ("No existe esa conversación", "Toma su id de una cola o del feed; si se cerró, puede estar en el historial."),
    ),
    "no_such_file": Saying(
        404,
        ("There is no such file in this conversation", "Take its digest from attachments, or from an entry's detail."),
        ("No existe ese archivo en esta conversación", "Toma su digest de attachments, o del detail de una entrada."),
    ),
    "file_gone": Saying(
        404,
        ("This file is no longer kept here", "Ask the customer for it, or ops for a copy from the backup."),
        ("Este archivo ya no se guarda aquí", "Pídeselo al cliente, o a ops una copia del respaldo."),
    ),
    "no_html": Saying(
        404,
        ("This message has no HTML", "Read its text; the whole mail can be downloaded where there is one."),
        ("Este mensaje no tiene HTML", "Lee su texto; el correo entero se puede descargar donde lo haya."),
    ),
    "unknown_event": Saying(
        404,
        ("There is no such event of yours", "Outcomes are kept for a day, and only for who gave the command."),
        ("No existe ese evento tuyo", "El resultado se guarda un día, y solo para quien dio la orden."),
    ),
    "unknown_team": Saying(
        404,
        ("There is no such team", "GET /api/me lists the teams (all_teams)."),
        ("No existe ese equipo", "GET /api/me da la lista de equipos (all_teams)."),
    ),
    "method_not_allowed": Saying(
        405,
        ("This address does not take that method", "The header Allow lists those that it takes."),
        ("Esta dirección no admite ese método", "La cabecera Allow dice cuáles admite."),
    ),
    "too_slow": Saying(
        408,
        ("The request took too long to arrive", "Send it again, with its whole body at once."),
        ("La petición tardó demasiado en llegar", "Envíala otra vez, con todo su contenido de una vez."),
    ),
    "changed_since": Saying(
        409,
        ("Something happened here since you read it", "Nothing was done. Read what is new, then decide again."),
        ("Ha pasado algo aquí desde que lo leíste", "No se ha hecho nada. Lee lo nuevo y decide otra vez."),
    ),
    "key_reused": Saying(
        409,
        ("This Idempotency-Key came with another request", "Nothing was done. Use a new key for each command."),
        ("Esta Idempotency-Key vino con otra petición", "No se ha hecho nada. Usa una clave nueva para cada orden."),
    ),
    "too_large": Saying(
        413,
        ("The request is too large", "Send at most 64 KB; a text has at most 20,000 characters."),
        ("La petición es demasiado grande", "Envía como mucho 64 KB; un texto tiene como mucho 20 000 caracteres."),
    ),
    "file_too_large": Saying(
        413,
        ("The file is too large", "Files of up to 20 MB can be attached: make it smaller, or send a link to it."),
        ("El archivo es demasiado grande", "Se pueden adjuntar archivos de hasta 20 MB: redúcelo, o envía un enlace."),
    ),
    "not_json": Saying(
        415,
        ("The body is not JSON", "Send it with Content-Type: application/json."),
        ("El contenido no es JSON", "Envíalo con Content-Type: application/json."),
    ),
    # What decide refuses.
    "empty_text": Saying(
        422,
        ("There is no text", "Write something first."),
        ("No hay texto", "Escribe algo primero."),
    ),
    "text_too_long": Saying(
        422,
        ("The text is too long", "Shorten it to 20,000 characters, or send it in parts."),
        ("El texto es demasiado largo", "Acórtalo a 20 000 caracteres, o envíalo en partes."),
    ),
    "no_such_channel": Saying(
        422,
        ("The customer has not written on that channel", "Choose one of replies_to, or leave channel out."),
        ("El cliente no ha escrito por ese canal", "Elige uno de replies_to, o no indiques channel."),
    ),
    "nowhere_to_write_a_code": Saying(
        422,
        ("There is no safe place to write a code", "It is taken in a chat or a direct message, not in public."),
        ("No hay dónde escribir un código con seguridad", "Vale en un chat o un mensaje directo, no en público."),
    ),
    "bad_handle": Saying(
        422,
        ("That is no handle", "Write it as email:ada@example.org, or as the conversation shows it: KIND:ADDRESS."),
        (
            "Eso no es una dirección de ningún canal",
            "Escríbela como email:ada@example.org o como la muestra la conversación: TIPO:DIRECCIÓN.",
        ),
    ),
    "already_linked": Saying(
        422,
        ("It is known to be the customer's already", "There is nothing to do: write to them there."),
        ("Ya se sabe que es del cliente", "No hace falta nada más: escríbele ahí."),
    ),
    "too_many_codes": Saying(
        422,
        ("Three codes were sent within the hour", "Ask the customer to look into their mail, or wait a little."),
        ("Se enviaron tres códigos en una hora", "Pide al cliente que mire su correo, o espera un poco."),
    ),
    "not_in_public": Saying(
        422,
        ("The customer has not written in public", "Answer in private: they did not choose to be read by everybody."),
        ("El cliente no ha escrito en público", "Responde en privado: no eligió que lo lea todo el mundo."),
    ),
    "stopped": Saying(
        422,
        (
            "The guard stopped this reply",
            "Nothing left. found says what it saw and where, offers how to go on: send it with the fields of one.",
        ),
        (
            "El guardián detuvo esta respuesta",
            "No salió nada. found dice qué vio y dónde, offers cómo seguir: envíala otra vez con los campos de una.",
        ),
    ),
    "supervisors_right": Saying(
        422,
        ("Only a supervisor may do that", "Take one of the other ways in offers, or ask a supervisor."),
        ("Eso solo puede hacerlo un supervisor", "Toma otra de las salidas de offers, o pídeselo a un supervisor."),
    ),
    "reason_needed": Saying(
        422,
        ("A reason is needed", "Say in despite.reason why it leaves all the same: it is kept beside the reply."),
        ("Hace falta un motivo", "Di en despite.reason por qué sale igual: queda junto a la respuesta."),
    ),
    "bad_address": Saying(
        422,
        ("One of the copies has no mail address", "Write each one as in ada@example.org."),
        ("Una de las copias no tiene una dirección de correo", "Escribe cada una como ada@example.org."),
    ),
    "no_copies_here": Saying(
        422,
        ("Only a mail can have copies", "Leave the copies out, or answer by mail."),
        ("Solo un correo puede llevar copias", "Quita las copias, o responde por correo."),
    ),
    "no_files_here": Saying(
        422,
        ("No file can be sent there", "Take the files out, or answer by mail; on X pictures can go along."),
        ("Por ahí no se pueden enviar archivos", "Quita los archivos, o responde por correo; en X pueden ir imágenes."),
    ),
    "unknown_file": Saying(
        422,
        ("One of the files is not here", "Attach it anew: POST /api/files first, then name its digest."),
        ("Falta uno de los archivos", "Adjúntalo otra vez: primero POST /api/files, y luego indica su digest."),
    ),
    "files_too_large": Saying(
        422,
        ("The files are too large together", "At most 20 MB go along with a reply: leave some out, or send a link."),
        (
            "Los archivos juntos son demasiado grandes",
            "Caben hasta 20 MB por respuesta: quita alguno, o pon un enlace.",
        ),
    ),
    "no_such_fact": Saying(
        409,
        ("That fact is not known any more", "A colleague may have corrected it: read the conversation again."),
        ("Ese dato ya no está", "Quizá un colega lo corrigió: vuelve a leer la conversación."),
    ),
    "fact_confirmed": Saying(
        409,
        ("That fact is confirmed already", "There is nothing to do: go on."),
        ("Ese dato ya está confirmado", "No hay nada que hacer: sigue."),
    ),
    "empty_fact": Saying(
        422,
        ("The fact has no value", "Write what is known; to take a fact away use facts/drop."),
        ("El dato está vacío", "Escribe lo que se sabe; para quitar un dato usa facts/drop."),
    ),
    "bad_fact": Saying(
        422,
        ("That value can't be right", "Write it as the customer would, on one line: a mail address, a number."),
        ("Ese valor no puede ser", "Escríbelo como lo haría el cliente, en una línea: un correo, un número."),
    ),
    "no_cards": Saying(
        422,
        ("Numbers of payment cards are not kept", "Nobody may keep them: leave it out."),
        ("No se guardan números de tarjetas", "Nadie puede guardarlos: no lo anotes."),
    ),
    "unknown_fact_kind": Saying(
        422,
        ("There is no such kind of fact", "GET /api/fact-kinds lists them; ops name others beside the rules."),
        ("No existe ese tipo de dato", "GET /api/fact-kinds da la lista; ops añade otros junto a las reglas."),
    ),
    "already_settled": Saying(
        409,
        ("Nothing is open about that reply", "Read the conversation again: it arrived, or a colleague has chosen."),
        ("Esa respuesta ya está resuelta", "Vuelve a leer la conversación: llegó, o ya decidió un colega."),
    ),
    "did_not_leave": Saying(
        422,
        ("That reply did not arrive", "It is known that it did not: send it again, or write another one."),
        ("Esa respuesta no llegó", "Se sabe que no llegó: envíala otra vez, o escribe otra."),
    ),
    "merged": Saying(
        409,
        ("This conversation is part of another one now", "Open that one: it holds the whole story."),
        ("Esta conversación ya es parte de otra", "Abre la otra: tiene toda la historia."),
    ),
    "nothing_to_link": Saying(
        422,
        ("Nothing is named that could be linked", "Name a handle, or another conversation."),
        ("No se nombra nada que enlazar", "Indica una dirección u otra conversación."),
    ),
    "needs_supervisor": Saying(
        403,
        ("Nothing suggests that they are one", "Ask a supervisor: they may link whom nothing suggests."),
        ("Nada indica que sean la misma persona", "Pídelo a un supervisor: puede enlazar lo que nada sugiere."),
    ),
    "not_suggested": Saying(
        422,
        ("That is not suggested here", "Read the conversation again: somebody may have decided it."),
        ("Aquí no se sugiere eso", "Vuelve a leer la conversación: quizá alguien ya lo decidió."),
    ),
    "not_linked": Saying(
        422,
        ("That is not linked to this customer", "Read the conversation again: somebody may have parted them."),
        ("Eso no está enlazado con este cliente", "Vuelve a leer la conversación: quizá alguien ya los separó."),
    ),
    "only_handle": Saying(
        422,
        ("It is all that proves who this customer is", "Link another handle first, or leave it."),
        ("Es lo único que prueba quién es este cliente", "Enlaza antes otra dirección, o déjalo así."),
    ),
    "part_of_a_part": Saying(
        422,
        ("They became part of somebody who became part of this customer", "Undo that one first."),
        ("Es parte de alguien que después pasó a ser parte de este cliente", "Deshaz primero eso."),
    ),
    "busy_merging": Saying(
        409,
        ("This customer is just becoming one with another", "Try again in a moment."),
        ("Este cliente se está uniendo con otro ahora mismo", "Inténtalo de nuevo en un momento."),
    ),
    "already_yours": Saying(
        422,
        ("You have claimed it already", "Go on: it is yours."),
        ("Ya la habías tomado", "Sigue: es tuya."),
    ),
    "not_claimed": Saying(
        422,
        ("Nobody has claimed it", "There is nothing to release."),
        ("Nadie la ha tomado", "No hay nada que soltar."),
    ),
    "same_team": Saying(
        422,
        ("It is that team's already", "Choose another team."),
        ("Ya es de ese equipo", "Elige otro equipo."),
    ),
    "resolved": Saying(
        422,
        ("It is resolved", "Reopen it first."),
        ("Está resuelta", "Reábrela primero."),
    ),
    "not_resolved": Saying(
        422,
        ("It is not resolved", "There is nothing to reopen."),
        ("No está resuelta", "No hay nada que reabrir."),
    ),
    "closed": Saying(
        422,
        ("It is closed", "When the customer writes again, another conversation begins."),
        ("Está cerrada", "Si el cliente vuelve a escribir, empieza otra conversación."),
    ),
    "in_the_past": Saying(
        422,
        ("That instant has passed", "Choose one that is still to come."),
        ("Ese instante ya pasó", "Elige uno que esté por venir."),
    ),
    "too_far": Saying(
        422,
        ("That instant is too far away", "Choose one within a year."),
        ("Ese instante está demasiado lejos", "Elige uno dentro de un año."),
    ),
    # Limits and faults.
    "too_many_attempts": Saying(
        429,
        ("Too many attempts to sign in", "Wait as long as Retry-After says (in seconds), then try again."),
        ("Demasiados intentos de iniciar sesión", "Espera lo que dice Retry-After (en segundos) e inténtalo de nuevo."),
    ),
    "too_many_own_readers": Saying(
        429,
        ("You have too many feeds open", "Close some of your tabs or scripts, then try again."),
        ("Tienes demasiados feeds abiertos", "Cierra alguna de tus pestañas o scripts e inténtalo de nuevo."),
    ),
    "fault": Saying(
        500,
        ("Something went wrong on our side", "Tell ops the request id; a command can be repeated with the same key."),
        (
            "Algo falló por nuestra parte",
            "Da a ops el id de la petición; una orden puede repetirse con la misma clave.",
        ),
    ),
    "unknown_letter": Saying(
        404,
        ("No such dead letter", "It was replayed or dropped already: read the list again."),
        ("No hay tal carta muerta", "Ya se reintentó o se descartó: vuelve a leer la lista."),
    ),
    "cannot_replay": Saying(
        422,
        ("This can't be tried again", "It was left where it is."),
        ("Esto no se puede reintentar", "Se ha dejado donde está."),
    ),
    "dead_letter": Saying(
        500,
        ("The command could not be carried out", "Nothing was changed; it was set aside for ops to look at."),
        ("La orden no pudo ejecutarse", "No se cambió nada; se apartó para que ops la mire."),
    ),
    "store_away": Saying(
        503,
        ("The store is away", "Try again after Retry-After seconds; a command with the same Idempotency-Key."),
        ("El almacén no responde", "Reinténtalo tras los segundos de Retry-After; una orden, con la misma clave."),
    ),
    "store_full": Saying(
        503,
        ("The store is full", "Nothing was done. Keep your text and try again shortly; ops have to make room."),
        ("El almacén está lleno", "No se ha hecho nada. Guarda tu texto y reinténtalo; ops tiene que hacer sitio."),
    ),
    "files_away": Saying(
        503,
        ("Files can't be kept now", "Nothing was kept. Try again shortly; ops find the reason in the log."),
        (
            "Ahora no se pueden guardar archivos",
            "No se guardó nada. Reinténtalo en breve; ops verá el motivo en el registro.",
        ),
    ),
    "sign_in_unavailable": Saying(
        503,
        ("Nobody can sign in as this user now", "Ops find in the log which secret can't be read."),
        ("Ahora nadie puede entrar con este usuario", "En el registro verá ops qué secreto no se puede leer."),
    ),
    "too_many_readers": Saying(
        503,
        ("Too many feeds are open", "Close some, or try again after Retry-After seconds."),
        ("Hay demasiados feeds abiertos", "Cierra alguno, o reinténtalo tras los segundos de Retry-After."),
    ),
    **CALL_SAYINGS,
}
