// How a claim is told in words: who says it, what kind it is, its figures, itself as text.

import { formatMoment, formatScore, inert, safeUrl } from "./text.js";

/** Return who makes the claim and in whose voice; null where nobody looked. */
export function describeSpeaker(speaker) {
  if (!speaker) return null;
  if (speaker.name) {
    return { name: speaker.name, voice: speaker.quoted === "direct" ? "quoted" : "reported" };
  }
  const voices = {
    outlet: "the outlet’s own voice",
    direct: "quoted, speaker not named",
    reported: "reported, speaker not named",
  };
  return { name: null, voice: voices[speaker.quoted] };
}

/** Return the claim's type as it is shown; null for none. */
export function describeType(claim) {
  return claim.claim_type && claim.claim_type !== "none" ? inert(claim.claim_type) : null;
}

/** Return a figure as {written, parsed}; parsed is null where it says no more than the text. */
export function describeQuantity(quantity, claim) {
  const points = Array.from(claim.text);
  const written = points.slice(quantity.start - claim.start, quantity.end - claim.start).join("");
  const value = new Intl.NumberFormat("en", { maximumFractionDigits: 6 }).format(quantity.value);
  const about = quantity.approximate ? "about " : "";
  const parsed = inert(`${about}${value}${unitOf(quantity)}`);
  return { written, parsed: written.includes(value) && !about ? null : parsed };
}

function unitOf({ percent, currency, unit }) {
  if (percent) return " percent";
  if (currency) return ` ${currency}`;
  return unit ? ` (${unit})` : "";
}

/** Return the claim as plain text: what one pastes into a message. */
export function claimAsText(claim) {
  const { article } = claim;
  const speaker = describeSpeaker(claim.speaker);
  const published = article.published_at ? formatMoment(article.published_at) : null;
  const lines = [
    inert(claim.text),
    claim.context.standalone ? `Read alone: ${inert(claim.context.standalone)}` : null,
    speaker?.name ? `Speaker: ${inert(speaker.name)} (${speaker.voice})` : null,
    [article.title, article.source, published].filter(Boolean).map(inert).join(", "),
    safeUrl(article.url),
    [`Score ${formatScore(claim.score)}`, describeType(claim), `claim ${claim.claim_id}`]
      .filter(Boolean)
      .join(", "),
  ];
  return `${lines.filter(Boolean).join("\n")}\n`;
}

/** Return the claim as it stands on the topic, in lines. */
export function claimAsJson(claim) {
  return `${JSON.stringify(claim, null, 2)}\n`;
}
