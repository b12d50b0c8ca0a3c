// Text of articles is untrusted. It reaches the page through here and as text nodes only.

// Control and format characters (bidirectional controls among them), line separators, lone
// surrogates; U+200C and U+200D stay, scripts need them. As pipeline/cli/display.py does.
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const JOINERS = new Set(["\u200c", "\u200d"]);

/** Return the text as one line that does nothing but show itself. */
export function inert(text) {
  return String(text ?? "")
    .replace(/\s+/gu, " ")
    .replace(HARMFUL, (character) => (JOINERS.has(character) ? character : ""));
}

/** Return an element. Children are nodes or strings; strings become text, never markup. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      made.setAttribute(key, value === true ? "" : value);
    }
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Return an element for text of an article: its direction is its own and ends with it. */
export function foreign(text, name = "bdi", attributes = {}) {
  return element(name, { dir: "auto", ...attributes }, inert(text));
}

/**
 * Cut a claim's sentence where its reasons begin and end: [{text, weight}], weight 0 for none.
 *
 * Offsets count Unicode code points of the article, not UTF-16 units of this string. Reasons that
 * overlap count with the larger weight; what is no place in the sentence is passed over.
 */
export function cutAtReasons(claim) {
  const points = Array.from(claim.text);
  const weights = new Array(points.length).fill(0);
  for (const reason of claim.reasons ?? []) {
    const first = Math.max(0, reason.start - claim.start);
    const last = Math.min(points.length, reason.end - claim.start);
    for (let at = first; at < last; at += 1) weights[at] = Math.max(weights[at], reason.weight);
  }
  const parts = [];
  for (const [at, point] of points.entries()) {
    const latest = parts.at(-1);
    if (latest && latest.weight === weights[at]) latest.text += point;
    else parts.push({ text: point, weight: weights[at] });
  }
  return parts;
}

/** Return the address when it is one a browser may follow from here: http or https; else null. */
export function safeUrl(text) {
  try {
    const url = new URL(text);
    const isWeb = url.protocol === "https:" || url.protocol === "http:";
    return isWeb && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

const count = new Intl.NumberFormat("en");

/** Return `1 claim`, `2,000 claims`. */
export function counted(number, noun) {
  return `${count.format(number)} ${noun}${number === 1 ? "" : "s"}`;
}

export function formatNumber(number) {
  return count.format(number);
}

/** Return a score with two digits, as a terminal shows it. */
export function formatScore(score) {
  return score.toFixed(2);
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });

/** Return the time of day, with the date where it is not today's. */
export function formatTime(milliseconds) {
  const moment = new Date(milliseconds);
  const isToday = moment.toDateString() === new Date().toDateString();
  return isToday ? clock.format(moment) : `${day.format(moment)}, ${clock.format(moment)}`;
}

/** Return an RFC 3339 date or time in full; what is none comes back as it is. */
export function formatMoment(text) {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return date.format(new Date(`${text}T00:00`));
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? inert(text) : full.format(moment);
}

/** Return a language's English name, or its code. */
export function formatLanguage(code) {
  try {
    return new Intl.DisplayNames(["en"], { type: "language" }).of(code);
  } catch {
    return inert(code);
  }
}
