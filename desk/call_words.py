"""What the desk says when it can't do what was asked of calls and promises."""

from desk.saying import Saying

CALL_SAYINGS: dict[str, Saying] = {
    "call_taken": Saying(
        409,
        ("Somebody else makes this call", "Nothing was done. Take the next one."),
        ("Esta llamada ya la hace otra persona", "No se ha hecho nada. Toma la siguiente."),
    ),
    "call_under_way": Saying(
        409,
        ("A call is under way", "Nothing was done. Wait until it is over, or say what became of it."),
        ("Hay una llamada en curso", "No se ha hecho nada. Espera a que termine, o di qué pasó con ella."),
    ),
    "not_your_call": Saying(
        409,
        ("This call is another agent's", "Nothing was done. A supervisor may say what became of it."),
        ("Esta llamada es de otro agente", "No se ha hecho nada. Un supervisor puede decir qué pasó con ella."),
    ),
    "no_callback": Saying(
        409,
        ("No call is owed here", "It was made, or somebody said that it is not needed: read the conversation again."),
        ("Aquí no se debe ninguna llamada", "Ya se hizo, o no hacía falta: vuelve a leer la conversación."),
    ),
    "agent_busy": Saying(
        409,
        ("You have another call", "End it and wrap it up first, or decline the one that is offered to you."),
        ("Tienes otra llamada", "Termínala y ciérrala primero, o rechaza la que se te ofrece."),
    ),
    "number_needed": Saying(
        422,
        ("There is no number to call", "Write the customer's number, as +50761234567 or as people write it there."),
        ("No hay número al que llamar", "Escribe el número del cliente, como +50761234567 o como se escribe allí."),
    ),
    "bad_number": Saying(
        422,
        ("Nobody can be called at that number", "Check it; with its country it begins with +, as +50761234567."),
        ("A ese número no se puede llamar", "Revísalo; con su país empieza por +, como +50761234567."),
    ),
    "no_phone": Saying(
        422,
        ("You have no phone to be rung at", "Ops name it in config.yaml: users, your name, phone."),
        ("No tienes teléfono en el que sonar", "Ops lo indica en config.yaml: users, tu nombre, phone."),
    ),
    "no_phone_channel": Saying(
        422,
        ("Nobody can be called from here yet", "Ops turn the phone on in config.yaml: channels, phone."),
        ("Desde aquí aún no se puede llamar", "Ops activa el teléfono en config.yaml: channels, phone."),
    ),
    "not_ready": Saying(
        422,
        (
            "The customer's phone may not ring now",
            "It is night or a holiday there: it rings by itself later, or write down that they asked for any hour.",
        ),
        (
            "Ahora no puede sonar el teléfono del cliente",
            "Allí es de noche o feriado: sonará después, o anota que pidió que fuera a cualquier hora.",
        ),
    ),
    "window_turned": Saying(
        422,
        ("The window ends before it begins", "Give a beginning that comes before the end."),
        ("La franja termina antes de empezar", "Indica un comienzo anterior al final."),
    ),
    "callback_reason_needed": Saying(
        422,
        ("A reason is needed", "Say why the customer is not called any more: it is kept in the timeline."),
        ("Hace falta un motivo", "Di por qué ya no se llama al cliente: queda en la conversación."),
    ),
    "no_such_call": Saying(
        422,
        ("There is no such call here", "Read the conversation again: another call came since."),
        ("Aquí no hay esa llamada", "Vuelve a leer la conversación: desde entonces hubo otra."),
    ),
    "no_such_promise": Saying(
        422,
        ("There is no such promise here", "Read the conversation again."),
        ("Aquí no hay esa promesa", "Vuelve a leer la conversación."),
    ),
    "too_many_promises": Saying(
        422,
        ("Ten promises are open already", "Keep, move or drop one of them first."),
        ("Ya hay diez promesas abiertas", "Cumple, mueve o descarta una primero."),
    ),
}
