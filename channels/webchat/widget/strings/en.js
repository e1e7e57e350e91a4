/** What the widget says in English. */

const PLACES = ["", "", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

/** @param {number} seconds */
function about(seconds) {
  const minutes = Math.ceil(seconds / 60);
  const hours = Math.round(minutes / 60);
  if (minutes <= 90) return minutes === 1 ? "about a minute" : `about ${minutes} minutes`;
  return hours <= 36 ? `about ${hours} hours` : `about ${Math.round(hours / 24)} days`;
}

/** @param {number} place */
function inLine(place) {
  if (place === 1) return "You are next";
  return `You are ${PLACES[place] ?? `number ${place}`} in line`;
}

export default {
  title: "Chat with us",
  open: "Write to us",
  close: "Close the chat",
  conversation: "Conversation",
  you: "You",
  write: "Write your message",
  send: "Send",
  sending: "Sending…",
  kept: "Kept, goes out by itself",
  sent: "Sent",
  delivered: "Delivered",
  latest: "New messages",
  meanwhile: "You can close this page: your message is kept, and the answer waits for you here.",
  down: "The line is down for a moment. What you write is kept, and sent as soon as the line is back.",
  downPending: "The line is down for a moment. We keep your message and send it as soon as the line is back.",
  busy: "It is very busy right now. Your message is kept and goes out by itself as soon as it can.",
  slow: "Your message is kept. It goes out in a few seconds.",
  unacceptable: "We could not take that message. Your text is back in the box.",
  offer: "Leave an email and we answer there if you go",
  email: "Your email",
  save: "Save",
  emailKept: "Saved. If you leave, the answer goes to your email too.",
  emailWrong: "That does not look like an email address. One looks like name@example.org",
  emailLater: "That did not go through just now. Try again shortly; what you typed stays here.",
  callInstead: "I would rather be called",
  offerCall: "Rather not wait? We call you",
  changeCall: "Change the call",
  callWhy: "Which number should we call?",
  number: "Your phone",
  next: "Go on",
  when: "When does it suit you?",
  soonNow: "As soon as possible",
  soonAnyHour: "As soon as possible, at any hour",
  window: "Another time",
  callMe: "Call me",
  noTimes: "We can't promise a time right now. Write here when it suits you, and we arrange it.",
  noCall: "Rather not",
  /** @type {Record<import("../types.js").Model["call"]["problem"], string>} */
  callNotes: {
    "": "",
    asking: "",
    wrong: "Nobody can be called at that number. With its country it looks like +507 6123 4567.",
    abroad: "We make no calls to that country. Write to us here and we will find another way.",
    often: "Enough calls were asked for today. Write to us here and we will see to it.",
    full: "Somebody has just taken that time. Choose another one.",
    later: "That did not go through just now. Try again shortly; what you typed stays here.",
  },
  /** @param {string} when @param {string} number */
  callAt: (when, number) => `We call you on ${when}, at the number that ends in ${number}.`,
  /** @param {string} by @param {string} number */
  callBy: (by, number) => `We call you${by ? ` before ${by}` : ""}, at the number that ends in ${number}.`,
  /** @param {string} number */
  calling: (number) => `We are calling you at the number that ends in ${number}.`,
  /** @param {number} count */
  unread: (count) => (count === 1 ? "1 new message" : `${count} new messages`),
  /** @param {number} left */
  left: (left) => `${left} left`,
  /** @param {number} over */
  tooLong: (over) => `${over === 1 ? "1 character" : `${over} characters`} too many. Send it in two messages.`,
  /** @param {string} name */
  typing: (name) => (name ? `${name} is writing…` : "The team is writing…"),
  /** @param {string} team @param {number | null} wait */
  greeting: (team, wait) =>
    `${team || "Our team"} answers you here` +
    (wait ? `, usually in ${about(wait)}.` : ". If you leave, the answer waits for you."),
  /** @param {string} team @param {number | null} place @param {number | null} wait */
  waiting: (team, place, wait) =>
    `${team} answers you here.${place ? ` ${inLine(place)}${wait ? `, ${about(wait)}` : ""}.` : ""}`,
  /** @param {string} team */
  taken: (team) => `${team} answers you here. Somebody has taken it up.`,
  /** @param {string} team */
  resolved: (team) => `${team} marked this as solved. If anything is missing, just write here.`,
};
