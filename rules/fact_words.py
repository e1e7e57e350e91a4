"""What people call the facts and steps that Hilo knows by itself; what ops write in their files comes before it."""

from rules.fact_kinds import FactKinds, FactWords, Texts

OWN_KINDS: dict[str, Texts] = {
    "name": {"es": "Nombre", "en": "Name"},
    "identity": {"es": "Documento", "en": "ID number"},
    "account": {"es": "Cuenta o contrato", "en": "Account"},
    "phone": {"es": "Teléfono", "en": "Phone"},
    "email": {"es": "Correo", "en": "Email"},
    "address": {"es": "Dirección", "en": "Address"},
    "device": {"es": "Equipo", "en": "Device"},
    "serial": {"es": "Número de serie", "en": "Serial number"},
    "plan": {"es": "Plan", "en": "Plan"},
    "order": {"es": "Pedido o caso", "en": "Order or case"},
    "tried": {"es": "Ya probado", "en": "Already tried"},
}
OWN_STEPS: dict[str, Texts] = {
    "restarted_modem": {"es": "Reinició el módem", "en": "Restarted the modem"},
    "restarted_phone": {"es": "Reinició el teléfono", "en": "Restarted the phone"},
    "restarted_tv_box": {"es": "Reinició el decodificador", "en": "Restarted the TV box"},
    "restarted_computer": {"es": "Reinició la computadora", "en": "Restarted the computer"},
    "restarted_app": {"es": "Reinició la aplicación", "en": "Restarted the app"},
    "restarted_device": {"es": "Reinició el equipo", "en": "Restarted the device"},
    "reset_factory": {"es": "Restableció de fábrica", "en": "Reset it to factory settings"},
    "reset_settings": {"es": "Restableció los ajustes", "en": "Reset the settings"},
    "checked_cables": {"es": "Revisó los cables", "en": "Checked the cables"},
    "changed_cable": {"es": "Cambió el cable", "en": "Changed the cable"},
    "wired": {"es": "Probó por cable", "en": "Tried it by cable"},
    "moved_modem": {"es": "Movió el módem", "en": "Moved the modem"},
    "replaced_modem": {"es": "Cambió el módem", "en": "Replaced the modem"},
    "speed_test": {"es": "Midió la velocidad", "en": "Ran a speed test"},
    "changed_wifi_channel": {"es": "Cambió el canal del wifi", "en": "Changed the wifi channel"},
    "forgot_network": {"es": "Olvidó la red wifi", "en": "Forgot the wifi network"},
    "changed_password": {"es": "Cambió la contraseña", "en": "Changed the password"},
    "changed_dns": {"es": "Cambió el DNS", "en": "Changed the DNS"},
    "airplane_mode": {"es": "Puso y quitó el modo avión", "en": "Toggled airplane mode"},
    "changed_sim": {"es": "Cambió o sacó el chip", "en": "Changed or took out the SIM"},
    "another_device": {"es": "Probó con otro equipo", "en": "Tried another device"},
    "another_browser": {"es": "Probó con otro navegador", "en": "Tried another browser"},
    "cleared_cache": {"es": "Borró la caché", "en": "Cleared the cache"},
    "reinstalled_app": {"es": "Reinstaló la aplicación", "en": "Reinstalled the app"},
    "updated_software": {"es": "Actualizó el software", "en": "Updated the software"},
    "logged_in_again": {"es": "Volvió a iniciar sesión", "en": "Signed in again"},
    "called_support": {"es": "Llamó a soporte", "en": "Called support"},
    "talked_to_support": {"es": "Habló con soporte", "en": "Talked to support"},
    "opened_ticket": {"es": "Abrió un caso", "en": "Opened a case"},
    "technician_came": {"es": "Vino un técnico", "en": "A technician came"},
    "visited_store": {"es": "Fue a una tienda", "en": "Went to a shop"},
    "wrote_email": {"es": "Escribió un correo", "en": "Wrote an email"},
    "wrote_dm": {"es": "Escribió por mensaje directo", "en": "Wrote a direct message"},
    "paid": {"es": "Pagó", "en": "Paid"},
}


def kind_words(kinds: FactKinds, kind: str) -> FactWords:
    """What people call `kind` and how they ask for it; its name where nobody has words for it any more."""
    known = kinds.words.get(kind, FactWords())
    plain = {"es": kind, "en": kind}
    return FactWords({**OWN_KINDS.get(kind, plain), **known.label}, known.ask)


def step_words(kinds: FactKinds, step: str) -> Texts:
    """What people call `step`; its own words where an agent wrote them."""
    known = kinds.step_words.get(step, FactWords()).label
    return {**OWN_STEPS.get(step, {"es": step, "en": step}), **known}


def kind_names(kinds: FactKinds) -> tuple[str, ...]:
    """All kinds: Hilo's own, then those of ops in the order of their files."""
    return tuple(dict.fromkeys((*OWN_KINDS, *kinds.words)))


def step_names(kinds: FactKinds) -> tuple[str, ...]:
    """All steps."""
    return tuple(dict.fromkeys((*OWN_STEPS, *kinds.step_words)))
