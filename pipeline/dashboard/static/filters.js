// Which claims are shown and in which order: as pipeline/dashboard/filters.py does for the API.

/** Return the text as filters compare it. */
export function comparable(text) {
  return (text ?? "").normalize("NFC").toLowerCase();
}

/** Add to a claim what filters ask about. */
export function prepare({ claim, recorded_at }) {
  const speaker = claim.speaker?.name ?? "";
  const { title, source, language, identity } = claim.article;
  return {
    claim,
    id: claim.claim_id,
    recordedAt: Date.parse(recorded_at),
    article: identity,
    source,
    language,
    claimType: claim.claim_type ?? null,
    speaker: comparable(speaker),
    score: claim.score,
    priority: claim.priority ?? claim.score,
    searchable: comparable([claim.text, claim.context.standalone ?? "", title ?? "", speaker].join("\n")),
  };
}

/** Return a function that tells whether a prepared claim fits. */
export function matcher({ q, source, language, claimType, speaker, minScore }) {
  const words = comparable(q).split(/\s+/u).filter(Boolean);
  const wanted = comparable(speaker.trim());
  return (item) =>
    item.score >= minScore &&
    (!source || item.source === source) &&
    (!language || item.language === language) &&
    (!claimType || item.claimType === claimType) &&
    item.speaker.includes(wanted) &&
    words.every((word) => item.searchable.includes(word));
}

const newestFirst = (a, b) => b.recordedAt - a.recordedAt || b.arrival - a.arrival;
const urgentFirst = (a, b) => b.priority - a.priority || newestFirst(a, b);

/** Sort prepared claims in place. By article: the one with the newest claim first, in its order. */
export function sortClaims(items, order) {
  items.sort(order === "priority" ? urgentFirst : newestFirst);
  if (order !== "article") return items;
  const places = new Map();
  for (const item of items) if (!places.has(item.article)) places.set(item.article, places.size);
  return items.sort(
    (a, b) => places.get(a.article) - places.get(b.article) || a.claim.start - b.claim.start,
  );
}
