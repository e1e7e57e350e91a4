/** The customer's own clock: the hour where they are, and what a person writes down as an hour there. */

import { language, say, t } from "./strings.js";
import { clock, now, when } from "./time.js";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * What the clock shows there: "10:40"; "" where it shows what ours does, or where nobody knows.
 *
 * @param {string | null | undefined} zone
 */
export function hourThere(zone) {
  return zone && !isHere(zone, now()) ? say(t.zone.there, { hour: clockIn(now(), zone) }) : "";
}

/**
 * From when to when, on their clock: "10:00–12:00", "mañana 10:00–12:00, allá".
 *
 * @param {string} from
 * @param {string} until
 * @param {string | null | undefined} zone
 */
export function windowThere(from, until, zone) {
  const words = `${whenIn(from, zone)}–${clockIn(until, zone)}`;
  return zone && !isHere(zone, Date.parse(from)) ? say(t.zone.there, { hour: words }) : words;
}

/**
 * The hour and, unless it is today there, the day.
 *
 * @param {string | number} at
 * @param {string | null | undefined} zone
 */
export function whenIn(at, zone) {
  const instant = new Date(at).getTime();
  // The same words as for our own clock, asked at the instant at which it shows theirs.
  return zone ? when(new Date(instant + ahead(zone, instant)), new Date(now() + ahead(zone, now()))) : when(at);
}

/**
 * A zone as people read it: "Panamá".
 *
 * @param {string} zone
 */
export function zoneName(zone) {
  const parts = new Intl.DateTimeFormat(language, { timeZone: zone, timeZoneName: "longGeneric" }).formatToParts(now());
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? zone;
}

/**
 * `at` as a `datetime-local` field writes it, on the clock of `zone`, or on ours.
 *
 * @param {number} at
 * @param {string | null | undefined} zone
 */
export function localIn(at, zone) {
  const offset = zone ? offsetOf(zone, at) : -new Date(at).getTimezoneOffset() * MINUTE;
  return new Date(at + offset).toISOString().slice(0, 16);
}

/**
 * The instant at which the clock of `zone`, or ours, shows `local`.
 *
 * @param {string} local
 * @param {string | null | undefined} zone
 */
export function instantIn(local, zone) {
  if (!zone) return new Date(local);
  const shown = Date.parse(`${local}Z`);
  const guess = shown - offsetOf(zone, shown);
  return new Date(shown - offsetOf(zone, guess));
}

/**
 * @param {string | number} at
 * @param {string | null | undefined} zone
 */
function clockIn(at, zone) {
  const instant = new Date(at).getTime();
  return clock(new Date(instant + (zone ? ahead(zone, instant) : 0)));
}

/**
 * How far the clock of `zone` is ahead of ours, in milliseconds.
 *
 * @param {string} zone
 * @param {number} at
 */
function ahead(zone, at) {
  return offsetOf(zone, at) + new Date(at).getTimezoneOffset() * MINUTE;
}

/**
 * @param {string} zone
 * @param {number} at
 */
function isHere(zone, at) {
  return ahead(zone, at) % DAY === 0;
}

/**
 * How far the clock of `zone` is ahead of UTC at `at`; that of a zone that this browser does not know is ours.
 *
 * @param {string} zone
 * @param {number} at
 */
function offsetOf(zone, at) {
  try {
    const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...NUMBERS }).formatToParts(at);
    const of = (/** @type {string} */ type) => Number(parts.find((part) => part.type === type)?.value ?? 0);
    const shown = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"));
    return shown - Math.floor(at / MINUTE) * MINUTE;
  } catch {
    return -new Date(at).getTimezoneOffset() * MINUTE; // A zone of another time than this browser's.
  }
}

/** @type {Intl.DateTimeFormatOptions} */
const NUMBERS = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" };
