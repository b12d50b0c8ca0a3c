// One claim, opened: in its context, with its reasons marked, and everything that is known of it.

import { claimAsJson, claimAsText, describeQuantity, describeSpeaker, describeType } from "./labels.js";
import { scoreMark } from "./list.js";
import { cutAtReasons, element, foreign, formatLanguage, formatMoment, formatScore, inert, safeUrl } from "./text.js";

const HEAVY_REASON = 0.25;

/** Return what is shown of a claim. `siblings` are its article's claims, `copy(text, what)` copies. */
export function claimView(claim, siblings, copy) {
  return [
    element("h2", { class: "unseen" }, "Claim"),
    passage(claim),
    standalone(claim),
    actions(claim, copy),
    facts(claim),
    siblings.length > 1 ? otherClaims(claim, siblings) : null,
    provenance(claim),
  ].filter(Boolean);
}

function passage(claim) {
  const { before, after } = claim.context;
  const marked = cutAtReasons(claim).map(({ text, weight }) =>
    weight > 0
      ? element("mark", { class: weight >= HEAVY_REASON ? "heavy" : null }, inert(text))
      : inert(text),
  );
  return element(
    "blockquote",
    { class: "passage" },
    before && foreign(before, "p", { class: "around" }),
    element("p", { class: "claimed", dir: "auto" }, ...marked),
    after && foreign(after, "p", { class: "around" }),
  );
}

function standalone({ context }) {
  if (!context.standalone) return null;
  return element("p", { class: "standalone" }, element("span", { class: "label" }, "Read alone"), foreign(context.standalone));
}

function actions(claim, copy) {
  const button = (label, text, what) => {
    const made = element("button", { type: "button" }, label);
    made.addEventListener("click", () => copy(text, what));
    return made;
  };
  const url = safeUrl(claim.article.url);
  return element(
    "p",
    { class: "actions" },
    url && element("a", { href: url, target: "_blank", rel: "noopener noreferrer", class: "button" }, "Open the article"),
    button("Copy text", claimAsText(claim), "text"),
    button("Copy JSON", claimAsJson(claim), "JSON"),
  );
}

function facts(claim) {
  const { article } = claim;
  const rows = [
    ["Score", [scoreMark(claim.score), ` at a threshold of ${formatScore(claim.threshold)}`]],
    priority(claim),
    ["Type", type(claim)],
    ["Speaker", speaker(claim)],
    ["Figures", figures(claim)],
    ["Article", article.title && [foreign(article.title)]],
    ["Source", article.source && [foreign(article.source)]],
    ["Address", article.url && [foreign(article.url, "bdi", { class: "address" })]],
    ["Published", article.published_at && [formatMoment(article.published_at)]],
    ["Language", article.language && [formatLanguage(article.language)]],
  ];
  return definitions(rows);
}

function priority(claim) {
  const { priority: value, rank } = claim;
  if (value === undefined) return ["Priority", null];
  const place = rank === undefined ? "" : `, number ${rank} of its article`;
  return ["Priority", [`${formatScore(value)}${place}`]];
}

function type(claim) {
  const name = describeType(claim);
  if (name === null) return null;
  const score = claim.claim_type_score;
  return score === undefined ? [name] : [name, element("span", { class: "aside" }, ` ${formatScore(score)}`)];
}

function speaker(claim) {
  const told = describeSpeaker(claim.speaker);
  if (told === null) return null;
  if (told.name === null) return [told.voice];
  const { cue } = claim.speaker;
  return [
    foreign(told.name),
    element("span", { class: "aside" }, ` ${told.voice}${cue ? `, by “${inert(cue)}”` : ""}`),
  ];
}

function figures(claim) {
  const told = (claim.quantities ?? []).map((quantity) => describeQuantity(quantity, claim));
  if (told.length === 0) return null;
  return told.map(({ written, parsed }) =>
    element("span", { class: "figure" }, foreign(written), parsed && element("span", { class: "aside" }, ` = ${parsed}`)),
  );
}

function otherClaims(claim, siblings) {
  const rows = siblings.map((item) =>
    element(
      "li",
      {},
      element(
        "a",
        { href: `#${item.id}`, "aria-current": item.id === claim.claim_id ? "true" : null },
        scoreMark(item.score),
        foreign(item.claim.text, "span"),
      ),
    ),
  );
  return element(
    "section",
    { class: "siblings" },
    element("h3", {}, `${siblings.length} claims of this article`),
    element("ol", { role: "list" }, ...rows),
  );
}

function provenance(claim) {
  return element(
    "details",
    { class: "provenance" },
    element("summary", {}, "Where it comes from"),
    definitions([
      ["Claim", [element("code", {}, claim.claim_id)]],
      ["Identity", [foreign(claim.article.identity, "code")]],
      ["Place", [`sentence ${claim.sentence_index + 1}, characters ${claim.start} to ${claim.end} of the ${claim.text_basis}`]],
      ["Text", [element("code", {}, claim.text_sha256)]],
      ["Extractor", claim.extractor && [foreign(claim.extractor)]],
      ["Model", [foreign(claim.model.name), " ", foreign(claim.model.revision, "code")]],
      ["Detected", [formatMoment(claim.detected_at)]],
      ["Claimwire", [inert(claim.pipeline_version)]],
    ]),
  );
}

function definitions(rows) {
  return element(
    "dl",
    { class: "facts" },
    ...rows
      .filter(([, content]) => content)
      .map(([name, content]) => element("div", {}, element("dt", {}, name), element("dd", {}, ...content))),
  );
}
