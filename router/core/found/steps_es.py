"""What customers have tried already, in Spanish: each step and the words that tell of it (plain, in small letters)."""

from router.core.found.done_words import SUFFIX, ar, er, odd

_OF = (
    r"(?: (?:el|la|los|las|mi|mis|su|sus|tu|un|una|unos|de|del|al|a|con|por|en|otr[oa]s?|tod[oa]s?|ya|varias"
    r"|muchas|mil|tres|dos|[0-9]+|veces|vez|y|e|dich[oa]|ese|este|esta|esa|mism[oa]"
    r"|propi[oa]|nuev[oa]|hacia|desde|para|atras|que|va|van|mas|casi|incluso|hasta|tambien|completamente|cada"
    r"|hoy|ayer))*"
)
_MAKE = odd("hice|hicimos|hago|hicieron|hizo", "hecho", "hacer", "haciendo")
_PUT = odd("puse|pusimos|pongo", "puesto", "poner", "poniendo")
_TRY = odd(
    "probe|probamos|pruebo|intente|intentamos|intento", "probado|intentado", "probar|intentar", "probando|intentando"
)
_RUN = odd("corri|realice|medi", "corrido|realizado|medido", "correr|realizar|medir", "corriendo|realizando|midiendo")
_GO = odd("fui|fuimos|acudi|acudimos|asisti|visite", "ido|acudido|visitado", "ir|acudir", "yendo")
_OFF_ON = (
    r"(?: (?:y|el|la|mi|los|lo|volvi|vuelto|a|de|router|modem|equipo|telefono|celular|tele|decodificador|aparato"
    r"|ya|luego|despues|he|volver))* "
    r"(?:prendi|encendi|prendo|enciendo|prender(?:lo|la)?|encender(?:lo|la)?|prendido|encendido|prendimos"
    r"|encendimos|prendiendo(?:lo|la)?|encendiendo(?:lo|la)?|prendiendo)"
)

_NEAR = _OF.replace("|y|e|", "|")
_WHAT = (
    rf"(?:{_NEAR} (?:modem|router|ruteador|ruter|equipo|celular|telefono|movil|decodificador|computadora?"
    rf"|compu|pc|laptop|iphone|wifi|internet|tele|televisor|app|aparato)\b)?"
)
RESTART = (
    "(?:"
    + ar("reinici", "resete", "rebote", "reset")
    + rf"|{ar('apag', first='apagu')}(?:{_OFF_ON})?"
    + rf"|{ar('desenchuf', 'desconect')}"
    + rf"|{_MAKE}{_OF} (?:reset|reinicio|reseteo|hard reset)){_WHAT}"
)
STEPS_ES: tuple[tuple[str, str], ...] = (
    ("restarted", RESTART),
    (
        "reset_factory",
        rf"(?:{ar('resete', 'reinici', 'dej', 'restaur', 'format')}|{er('restablec')}|{_MAKE}"
        rf"|{odd('devolvi|volvi', 'devuelto', 'devolver', 'devolviendo')}){_OF}"
        rf"(?: (?:router|modem|equipo|telefono|celular|reset|iphone|aparato|decodificador|restablecimiento"
        rf"|valores|estado|ajustes|configuracion|modo))*{_OF} (?:de fabrica|fabrica)"
        rf"|{ar('formate')}{_OF} (?:telefono|celular|equipo|compu[a-z]*|pc|laptop|tablet|router|modem)",
    ),
    (
        "checked_cables",
        rf"{ar('revis', 'cheque', 'asegur', 'ajust')}{_OF} (?:cables?|conexion(?:es)?|cableado|conectores)"
        rf"|{ar('verific', first='verifiqu')}{_OF} (?:cables?|conexiones|cableado)",
    ),
    (
        "changed_cable",
        rf"{ar('cambi')}{_OF} (?:cables?|cableado)"
        rf"|{odd('reemplace|reemplazamos', 'reemplazado', 'reemplazar', 'reemplazando')}{_OF} cables?"
        rf"|{_TRY}{_OF} otr[oa]s? cables?",
    ),
    ("replaced_modem", rf"{ar('cambi', 'compr')}{_OF} (?:router|modem|ruteador|decodificador)"),
    (
        "changed_sim",
        rf"(?:{ar('cambi', 'sac')}|{odd('saque', 'sacado', 'sacar', 'sacando')}){_OF} (?:chip|sim|simcard"
        rf"|sim card|esim)",
    ),
    (
        "another_device",
        rf"(?:{_TRY}|{ar('conect')}){_OF}(?: (?:con|en|desde|a))? (?:otr[oa]s?|vari[oa]s|diferentes"
        rf"|distint[oa]s)(?: (?:dos|tres))? (?:dispositivos?|equipos?|celular(?:es)?|telefonos?|compu[a-z]*|pcs?"
        rf"|laptops?|tablets?|tele[a-z]*|tvs?|moviles?|routers?|modems?)",
    ),
    (
        "another_browser",
        rf"(?:{_TRY}|{_MAKE}){_OF}(?: (?:con|en|desde))? (?:otro|otros|varios|diferentes"
        rf"|distintos) (?:navegador(?:es)?|browsers?|explorador(?:es)?)",
    ),
    ("wired", rf"(?:{_TRY}|{ar('conect')}){_OF} (?:cable|ethernet|cable (?:de red|ethernet|lan|utp))"),
    (
        "reinstalled_app",
        rf"(?:{ar('reinstal', 'desinstal')}"
        rf"|{odd('volvi a instalar|elimine y', 'vuelto a instalar', 'volver a instalar', 'volviendo a instalar')})",
    ),
    (
        "updated_software",
        rf"{odd('actualice|actualizamos', 'actualizado', 'actualizar', 'actualizando')}{_OF} (?:app|aplicacion"
        rf"|software|firmware|sistema|telefono|celular|ios|android|drivers?|controladores|version|navegador)",
    ),
    (
        "cleared_cache",
        rf"(?:{ar('borr', 'limpi', 'elimin')}|{_MAKE}){_OF} (?:cache|cookies|datos de la app|memoria cache"
        rf"|historial)",
    ),
    (
        "logged_in_again",
        rf"{ar('cerr', first='cerr')}{_OF} sesion(?: y| e)?{_OF}(?: (?:volvi|entre|abri|inicie|abrirla|volver"
        rf"|entrar|iniciar))",
    ),
    ("changed_password", rf"(?:{ar('cambi', 'resete')}|{er('restablec')}){_OF} (?:contrasena|clave|password|pin|nip)"),
    ("airplane_mode", rf"(?:{ar('activ', 'desactiv')}|{_PUT}|{_TRY}){_OF} modo (?:de )?avion"),
    (
        "changed_dns",
        rf"(?:{ar('cambi')}|{_PUT}|{odd('configure', 'configurado', 'configurar', 'configurando')}){_OF} (?:dns"
        rf"|los dns)",
    ),
    ("changed_wifi_channel", rf"{ar('cambi')}{_OF} (?:canal(?:es)?|banda)(?: (?:del?|de la|el|wifi|wi-fi|router))*"),
    (
        "moved_modem",
        rf"(?:{odd('movi|movimos', 'movido', 'mover', 'moviendo')}|{ar('acerc', 'cambi')}){_OF} (?:router"
        rf"|modem)(?: de)? (?:lugar|sitio|habitacion|cuarto|posicion)",
    ),
    (
        "speed_test",
        rf"(?:{_MAKE}|{ar('corr', 'realic')}"
        rf"|{_RUN})"
        rf"{_OF} (?:speed ?tests?|tests? de velocidad|pruebas? de velocidad|mediciones|velocidad"
        rf"|pruebas con speedtest)",
    ),
    (
        "called_support",
        rf"(?:{ar('llam')}|{_MAKE}{_OF} llamadas?|{ar('marc', first='marqu')}"
        rf"|{odd('me comunique|nos comunicamos', 'me he comunicado|comunicado', 'comunicarme', 'comunicandome')})"
        r"(?: (?:varias|muchas|mil|tres|dos|cuatro|cinco|[0-9]+|veces|vez|ya|hoy|ayer|como|mas|de|por|telefono|a"
        r"|al|y|con|el|la|los|su|sus|infinidad|cada|dia|esta|manana|tarde|semana))*"
        r" (?:soporte|atencion|servicio|call ?center|asesor[a-z]*|operador[a-z]*|ejecutiv[oa]s?|ustedes|banco"
        r"|callcenter|lineas?|numero|centro|audiomatico|movistar|claro|entel|win|bitel|tigo"
        r"|[0-9*#]{3,}(?:[- ][0-9]+)*|banamex|citibanamex|central|cliente|empresa|compania)|ya (?:llame"
        r"|he llamado|marque)|llame (?:pero|y (?:no|me|nadie|nada))",
    ),
    (
        "talked_to_support",
        rf"(?:{ar('habl', 'chate', 'contact')}|{ar('contact')})(?: (?:ya|varias|veces|hoy|ayer|por|chat|telefono"
        rf"|whatsapp|con|a|al|el|la|un|una|los|las|su|sus|dos|tres|de|[0-9]+))*"
        r" (?:soporte|atencion|servicio|call ?center|asesor[a-z]*|operador[a-z]*|ejecutiv[oa]s?|ustedes|agentes?"
        r"|tecnicos?|supervisor[a-z]*|gerente|encargad[oa]|alguien de soporte|representantes?|linea|banco"
        r"|banamex|movistar|claro|entel|win|bitel)",
    ),
    (
        "wrote_dm",
        r"(?:ya )?(?:les?|te|lo|los|la) (?:envie|mande|escribi|escribo|deje|he (?:enviado|mandado"
        r"|escrito))(?: (?:un|el|los|mi|mis|varios|ya|por|al))* (?:dm|mensajes?|md|inbox|mensaje directo"
        r"|privado|interno)|ya (?:les?|te) (?:envie|mande|escribi)(?:$|[,.! ])",
    ),
    (
        "wrote_email",
        rf"(?:{ar('envi', 'mand')}"
        rf"|{odd('escribi|escribimos', 'escrito', 'escribir', 'escribiendo')}){_OF} (?:correos?|e-?mails?|mails?)",
    ),
    ("visited_store", rf"{_GO}{_OF} (?:sucursal(?:es)?|tiendas?|oficinas?|agencias?|centros? de atencion|banco|local)"),
    (
        "opened_ticket",
        rf"(?:{_PUT}|{_MAKE}|{ar('levant', 'reclam', 'ingres', 'registr', 'gener', 'present')}"
        rf"|{odd('abri', 'abierto', 'abrir', 'abriendo')}"
        rf"|{odd('interpuse', 'interpuesto', 'interponer', 'interponiendo')}){_OF} (?:reclamos?|quejas?"
        rf"|reportes?|tickets?|casos?|denuncias?|folios?|averias?)",
    ),
    (
        "technician_came",
        r"(?:ya )?(?:vino|vinieron|ha venido|han venido|mandaron|enviaron|me visito|llego)(?: (?:el|un|los|unos"
        r"|dos|tres|[0-9]+|varios|ya|a|mi|casa|otro))* tecnicos?",
    ),
    (
        "paid",
        rf"(?:ya (?:{odd('pague|pagamos', 'pagado', 'pagar', 'pagando')})"
        rf"|{odd('pague|pagamos', 'pagado', 'pagar', 'pagando')}{_OF} (?:recibo|factura|deuda|mensualidad|saldo"
        rf"|tarjeta|cuenta|servicio|mes))",
    ),
    # Ways of saying it that have a shape of their own.
    ("restarted", rf"(?:ya )?(?:les?|ya) (?:di|dimos|hice|he dado) (?:un |el )?(?:reset|reinicio|reboot){_WHAT}"),
    ("restarted", r"(?:esta|lo tengo|quedo) (?:ya )?reiniciado"),
    (
        "restarted",
        rf"(?:no (?:sirve|ayuda|funciona|basta|arregla nada) )(?:de nada )?(?:con )?reiniciar{SUFFIX}{_WHAT}",
    ),
    ("restarted", rf"reiniciar{SUFFIX}{_WHAT} no (?:ayuda|sirve|funciona|arregla|soluciona|cambia)"),
    (
        "reset_factory",
        r"(?:le )?(?:di|dimos)(?: (?:a|un|en))* (?:restaurar|reset|reseteo|restablecer)(?: [a-z]+){0,2} de fabrica",
    ),
    (
        "changed_sim",
        r"(?:ya )?(?:le )?(?:quite|removi|reinserte|reemplace)(?: y (?:puse|volvi a poner|meti))?(?: (?:el|la|mi"
        r"|otro|otra))* (?:chip|sim)",
    ),
    (
        "another_device",
        r"(?:con|en|desde) (?:otr[oa]|varios|todos los) (?:celular(?:es)?|telefono|compu[a-z]*|pc|laptop|tablet"
        r"|dispositivos?|equipos?) (?:es|pasa|hace|sale|sucede|esta) (?:lo mismo|igual)",
    ),
    (
        "another_browser",
        r"(?:ya )?(?:probe|intente)(?: (?:con|en|desde))* (?:chrome|firefox|safari|edge|opera|explorer|incognito)",
    ),
    (
        "wired",
        rf"{ar('conect')}{_OF}(?: (?:compu[a-z]*|pc|laptop|consola|play))? (?:directo|directamente)(?: (?:al"
        rf"|con el|por))* (?:modem|router|cable)",
    ),
    (
        "reinstalled_app",
        r"(?:ya )?(?:la )?(?:borre|elimine|quite)(?: (?:la|app|aplicacion|y|ya|despues|luego|lo))* (?:instale"
        r"|volvi a (?:instalar|descargar|bajar)(?:la)?|descargue|baje)",
    ),
    ("airplane_mode", r"(?:puse|active|probe)(?: (?:el|mi|celular|telefono|en|con|a))* modo avion"),
    ("forgot_network", r"(?:ya )?(?:olvide|borre|elimine) (?:la red|el wifi)(?: wifi)?"),
    (
        "called_support",
        r"(?:ya )?(?:los |les |te )?(?:he|hemos) llamado(?: (?:como|mas de|unas|mil|varias|muchas|tantas|dos"
        r"|tres|cuatro|cinco|[0-9]+))+ veces",
    ),
    (
        "called_support",
        r"(?:estuve|llevo|pase|tengo|he estado)(?: (?:mas|de|como|casi|una|dos|tres|media|[0-9]+|horas?|minutos"
        r"|hora))+ (?:al telefono|en espera|en la linea|esperando en linea)",
    ),
    (
        "speed_test",
        r"(?:el |la |los |mis )?(?:speed ?tests?|tests? de velocidad|pruebas? de velocidad) (?:me |solo "
        r"|apenas )*(?:sale|salen|da|dan|dice|muestra|marca|arroja|indica)",
    ),
    (
        "speed_test",
        r"(?:hice|hago|corri|probe)(?: (?:la|una|el|varias|prueba|pruebas|test|en|con))+ (?:speed ?test|fast.com"
        r"|ookla)",
    ),
)
