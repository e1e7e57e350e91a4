/** Instants and spans in words. The server's clock counts: a computer's own may be minutes off. */

import { language, say, t } from "./strings.js";
import { el, write } from "./dom.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TOLERATED = 5 * SECOND;

let skew = 0;

/**
 * Learns the server's time from the `Date` of an answer (whole seconds); small differences are the network's.
 *
 * @param {string | null} date
 */
export function learnTime(date) {
  const difference = date ? Date.parse(date) - Date.now() : NaN;
  if (!Number.isNaN(difference)) skew = Math.abs(difference) > TOLERATED ? difference : 0;
}

/** Now, by the server's clock, in milliseconds. */
export function now() {
  return Date.now() + skew;
}

/**
 * How long, in words: "4 min", "1 h 20 min", "2 days".
 *
 * @param {number} milliseconds
 */
export function span(milliseconds) {
  const minutes = Math.floor(milliseconds / MINUTE);
  if (minutes < 1) return t.time.moment;
  if (minutes < 60) return unit(minutes, "minute");
  const hours = Math.floor(minutes / 60);
  // What is told in large units is rounded to the nearest: 23 h 59 min are 24 h.
  const nearest = Math.round(milliseconds / HOUR);
  if (nearest >= 48) return unit(Math.round(milliseconds / DAY), "day", "long");
  if (nearest >= 10 || minutes % 60 === 0) return unit(nearest, "hour");
  return `${unit(hours, "hour")} ${unit(minutes % 60, "minute")}`;
}

/**
 * How long exactly, for what somebody set: "10 s", "1 h 30 min", "2 days".
 *
 * @param {number} milliseconds
 */
export function duration(milliseconds) {
  const parts = [
    Math.floor(milliseconds / DAY) && unit(Math.floor(milliseconds / DAY), "day", "long"),
    Math.floor(milliseconds / HOUR) % 24 && unit(Math.floor(milliseconds / HOUR) % 24, "hour"),
    Math.floor(milliseconds / MINUTE) % 60 && unit(Math.floor(milliseconds / MINUTE) % 60, "minute"),
    Math.floor(milliseconds / SECOND) % 60 && unit(Math.floor(milliseconds / SECOND) % 60, "second"),
  ];
  return parts.filter(Boolean).join(" ") || unit(0, "second");
}

/**
 * How long people have talked: "0:07", "12:31", "1:02:40".
 *
 * @param {number} milliseconds
 */
export function talk(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / SECOND));
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return [...(hours ? [hours, two(minutes)] : [minutes]), two(seconds % 60)].join(":");
}

/**
 * How long ago, or how soon, in words.
 *
 * @param {string} at
 */
export function relative(at) {
  const difference = Date.parse(at) - now();
  if (Math.abs(difference) < MINUTE) return t.time.now;
  return say(difference < 0 ? t.time.ago : t.time.ahead, { span: span(Math.abs(difference)) });
}

/**
 * How long until something is due, or how late it is: "in 4 min", "12 min late".
 *
 * @param {string} at
 */
export function left(at) {
  const difference = Date.parse(at) - now();
  return say(difference < 0 ? t.time.late : t.time.ahead, { span: span(Math.abs(difference)) });
}

/** @param {string} at */
export function isLate(at) {
  return Date.parse(at) < now();
}

/**
 * The hour and, unless it is today, the day: "10:32", "yesterday 10:32", "Tue 21 Nov, 10:32".
 *
 * @param {string | number | Date} at
 * @param {Date} [today]
 */
export function when(at, today = new Date(now())) {
  const date = new Date(at);
  const hour = clock(date);
  switch (daysFrom(today, date)) {
    case 0:
      return hour;
    case -1:
      return say(t.time.yesterdayAt, { hour });
    case 1:
      return say(t.time.tomorrowAt, { hour });
    default:
      return `${format(date, { weekday: "short", day: "numeric", month: "short" })}, ${hour}`;
  }
}

/**
 * The day in words: "Today", "Yesterday", "Tuesday 21 November".
 *
 * @param {string} at
 */
export function day(at) {
  const date = new Date(at);
  const days = daysFrom(new Date(now()), date);
  if (days === 0) return t.time.today;
  if (days === -1) return t.time.yesterday;
  const year = date.getFullYear() === new Date(now()).getFullYear() ? undefined : "numeric";
  return format(date, { weekday: "long", day: "numeric", month: "long", year });
}

/**
 * The hour: "10:32".
 *
 * @param {string | Date} at
 */
export function clock(at) {
  return format(new Date(at), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/**
 * Whether two instants fall on the same day here.
 *
 * @param {string} one
 * @param {string} other
 */
export function isSameDay(one, other) {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

/**
 * The instant in full, for whoever hovers.
 *
 * @param {string} at
 */
export function instant(at) {
  return format(new Date(at), { dateStyle: "full", timeStyle: "medium" });
}

/** An empty `<time>`; `show` says what it shows. */
export function timeElement() {
  return el("time");
}

/**
 * Shows `text` for the instant `at`, with the instant (and what it is, if that is not said) on hover.
 *
 * @param {HTMLTimeElement} node
 * @param {string} at
 * @param {string} text
 * @param {string} [what]
 */
export function show(node, at, text, what = "") {
  const title = what ? `${what} · ${instant(at)}` : instant(at);
  if (node.dateTime !== at) node.dateTime = at;
  if (node.title !== title) node.title = title;
  write(node, text);
}

/** Tomorrow at nine, here. */
export function tomorrowAtNine() {
  const date = new Date(now());
  date.setDate(date.getDate() + 1);
  date.setHours(9, 0, 0, 0);
  return date;
}

/** In an hour, on the minute. */
export function inAnHour() {
  return new Date(Math.floor((now() + HOUR) / MINUTE) * MINUTE);
}

/**
 * `date` with this place's offset from UTC, as the API wants it: "2025-11-23T09:00:00-05:00".
 *
 * @param {Date} date
 */
export function withOffset(date) {
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? "-" : "+";
  const two = (/** @type {number} */ n) => String(Math.floor(Math.abs(n))).padStart(2, "0");
  return `${local(date)}:00${sign}${two(offset / 60)}:${two(offset % 60)}`;
}

/**
 * `date` as a `datetime-local` field writes it, to the minute.
 *
 * @param {Date} date
 */
export function local(date) {
  return new Date(date.getTime() - date.getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
}

/**
 * @param {Date} today
 * @param {Date} date
 */
function daysFrom(today, date) {
  const midnight = (/** @type {Date} */ d) => Date.UTC(d.getFullYear(), d.getMonth(), d.getDate());
  return (midnight(date) - midnight(today)) / DAY;
}

/**
 * @param {number} n
 * @param {string} name
 * @param {"short" | "long"} unitDisplay
 */
function unit(n, name, unitDisplay = "short") {
  return memo(
    `${name} ${unitDisplay}`,
    () => new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay }),
  ).format(n);
}

/**
 * @param {Date} date
 * @param {Intl.DateTimeFormatOptions} options
 */
function format(date, options) {
  return memo(JSON.stringify(options), () => new Intl.DateTimeFormat(locale(), options)).format(date);
}

/** The browser's own flavour of the language (es-PA, en-GB), if it has one. */
function locale() {
  return navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language;
}

/** @type {Map<string, any>} */
const formats = new Map();

/**
 * Formats are slow to make and quick to use.
 *
 * @template T
 * @param {string} key
 * @param {() => T} make
 * @returns {T}
 */
function memo(key, make) {
  const full = `${language} ${key}`;
  if (!formats.has(full)) formats.set(full, make());
  return formats.get(full);
}
