/** Lo que dice el widget en español. */

const PLACES = ["", "", "segunda", "tercera", "cuarta", "quinta", "sexta", "séptima", "octava", "novena", "décima"];

/** @param {number} seconds */
function about(seconds) {
  const minutes = Math.ceil(seconds / 60);
  const hours = Math.round(minutes / 60);
  if (minutes <= 90) return minutes === 1 ? "más o menos un minuto" : `unos ${minutes} minutos`;
  return hours <= 36 ? `unas ${hours} horas` : `unos ${Math.round(hours / 24)} días`;
}

/** @param {number} place */
function inLine(place) {
  if (place === 1) return "Eres la siguiente persona en la cola";
  return PLACES[place] ? `Eres la ${PLACES[place]} persona en la cola` : `Estás en el puesto ${place} de la cola`;
}

/** @type {import("../words.js").Words} */
export default {
  title: "Habla con nosotros",
  open: "Escríbenos",
  close: "Cerrar el chat",
  conversation: "Conversación",
  you: "Tú",
  write: "Escribe tu mensaje",
  send: "Enviar",
  sending: "Enviando…",
  kept: "Guardado, sale en cuanto pueda",
  sent: "Enviado",
  delivered: "Entregado",
  latest: "Mensajes nuevos",
  meanwhile: "Puedes cerrar esta página: tu mensaje queda guardado y la respuesta te espera aquí.",
  down: "La línea se ha cortado un momento. Lo que escribas queda guardado y sale en cuanto vuelva.",
  downPending: "La línea se ha cortado un momento. Guardamos tu mensaje y lo enviamos en cuanto vuelva.",
  busy: "Ahora mismo hay mucho movimiento. Tu mensaje está guardado y sale solo en cuanto se pueda.",
  slow: "Tu mensaje está guardado. Sale en unos segundos.",
  unacceptable: "No hemos podido tomar ese mensaje. Tu texto vuelve a estar en el cuadro.",
  offer: "Deja un correo y te respondemos ahí si te vas",
  email: "Tu correo",
  save: "Guardar",
  emailKept: "Guardado. Si te vas, la respuesta te llega también por correo.",
  emailWrong: "Eso no parece un correo. Uno tiene esta forma: nombre@example.org",
  emailLater: "Ahora mismo no ha llegado. Inténtalo enseguida; lo que has escrito sigue aquí.",
  callInstead: "Prefiero que me llamen",
  offerCall: "¿Prefieres no esperar? Te llamamos nosotros",
  changeCall: "Cambiar la llamada",
  callWhy: "¿A qué número te llamamos?",
  number: "Tu teléfono",
  next: "Seguir",
  when: "¿Cuándo te viene bien?",
  soonNow: "Lo antes posible",
  soonAnyHour: "Lo antes posible, a la hora que sea",
  window: "Otra hora",
  callMe: "Llámenme",
  noTimes: "Ahora no podemos prometerte ninguna hora. Escribe aquí cuándo te viene bien y lo arreglamos.",
  noCall: "Mejor no",
  callNotes: {
    "": "",
    asking: "",
    wrong: "A ese número no se puede llamar. Con su país es como +507 6123 4567.",
    abroad: "A ese país no llamamos desde aquí. Escríbenos y buscamos otra forma.",
    often: "Hoy ya se pidieron bastantes llamadas. Escríbenos aquí y lo vemos.",
    full: "Esa hora se acaba de ocupar. Elige otra.",
    later: "Ahora mismo no ha llegado. Inténtalo enseguida; lo que has escrito sigue aquí.",
  },
  callAt: (when, number) => `Te llamamos el ${when}, al número que termina en ${number}.`,
  callBy: (by, number) => `Te llamamos${by ? ` antes de las ${by}` : ""}, al número que termina en ${number}.`,
  calling: (number) => `Te estamos llamando al número que termina en ${number}.`,
  unread: (count) => (count === 1 ? "1 mensaje nuevo" : `${count} mensajes nuevos`),
  left: (left) => `Quedan ${left}`,
  tooLong: (over) => `${over === 1 ? "Sobra 1 carácter" : `Sobran ${over} caracteres`}. Envíalo en dos mensajes.`,
  typing: (name) => (name ? `${name} está escribiendo…` : "El equipo está escribiendo…"),
  greeting: (team, wait) =>
    `Aquí te responde ${team || "nuestro equipo"}` +
    (wait ? `, normalmente en ${about(wait)}.` : ". Si te vas, la respuesta te espera."),
  waiting: (team, place, wait) =>
    `Aquí te responde ${team}.${place ? ` ${inLine(place)}${wait ? `, ${about(wait)}` : ""}.` : ""}`,
  taken: (team) => `Aquí te responde ${team}. Alguien ya lo tiene en sus manos.`,
  resolved: (team) => `${team} lo dio por resuelto. Si falta algo, escribe aquí mismo.`,
};
