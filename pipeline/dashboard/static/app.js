// The page: wires the stream, the claims, the filters, the list and the claim that is open.

import { Claims } from "./claims.js";
import { Controls } from "./controls.js";
import { copyText } from "./copy.js";
import { claimView } from "./detail.js";
import { matcher, sortClaims } from "./filters.js";
import { listenToKeys } from "./keys.js";
import { claimAsJson, claimAsText } from "./labels.js";
import { ClaimList } from "./list.js";
import { drawSparkline } from "./sparkline.js";
import { Stream } from "./stream.js";
import { counted, element, formatNumber } from "./text.js";

const OFFER_EVERY_MS = 2000;
const CLAIM_ID = /^#[0-9a-f]{32}$/;

const find = (id) => document.getElementById(id);
const claims = new Claims();
const list = new ClaimList(find("claims"));
const controls = new Controls(find("filters"), () => refresh());
const wide = matchMedia("(min-width: 62rem)");

let isConnected = false;
let isPaused = false;
let isAtTop = true;
let latestShown = null; // arrivals up to here are in the list; null: all of them, as they come
let renderedArrival = Infinity; // the latest that was there at the last rendering
let status = null;
let renderDue = 0;

// The list

function isHeld() {
  return isPaused || !isAtTop;
}

function hold() {
  if (isHeld() && latestShown === null) latestShown = claims.latestArrival;
  if (!isHeld()) latestShown = null;
}

function refresh() {
  hold();
  const fits = matcher(controls.filter());
  const matched = claims.all().filter(fits);
  const shown = latestShown === null ? matched : matched.filter((item) => item.arrival <= latestShown);
  sortClaims(shown, controls.order);
  list.render(shown, { headings: controls.order === "article", newAfter: renderedArrival });
  if (status !== null) renderedArrival = claims.latestArrival;
  showNumbers(shown.length, matched.length - shown.length);
}

/** Render soon, once for all that comes until then. */
function refreshSoon() {
  if (renderDue === 0) {
    renderDue = requestAnimationFrame(() => {
      renderDue = 0;
      refresh();
    });
  }
}

function showNumbers(shown, waiting) {
  const { size } = claims;
  setText("shown", controls.isSet ? `${formatNumber(shown)} of ${counted(size, "claim")}` : counted(shown, "claim"));
  const arrivals = find("arrivals");
  arrivals.hidden = waiting === 0;
  setText("arrivals", `${formatNumber(waiting)} new`);
  const nothing = find("nothing");
  nothing.hidden = shown > 0;
  setText("nothing", size === 0 ? emptyText() : "No claim fits these filters.");
  const facets = controls.facetsSet;
  setText("more", facets ? `Filters (${facets})` : "Filters");
  find("clear").hidden = !controls.isSet;
}

function emptyText() {
  if (!isConnected) return "The dashboard does not answer. This page tries again by itself.";
  if (!status?.is_broker_reachable) return "Kafka does not answer. Claims show here as soon as it does.";
  if (!status.is_topic_there) return "There is no topic of claims yet. Start a worker: it makes one.";
  return "No claims yet. They show here as they come.";
}

function showNew() {
  isPaused = false;
  latestShown = null;
  find("list-top").scrollIntoView({ block: "end" });
  isAtTop = true;
  showPause();
  refresh();
}

function togglePause() {
  isPaused = !isPaused;
  showPause();
  showConnection();
  refresh();
}

function showPause() {
  const button = find("pause");
  button.setAttribute("aria-pressed", isPaused);
  button.textContent = isPaused ? "Go on" : "Pause";
}

// The claim that is open

function openId() {
  return CLAIM_ID.test(location.hash) ? location.hash.slice(1) : null;
}

function showDetail({ takeFocus = true } = {}) {
  const id = openId();
  const item = id === null ? null : claims.get(id);
  const isOpen = id !== null;
  document.body.classList.toggle("has-open", isOpen);
  list.markOpen(id);
  const modal = isOpen && !wide.matches;
  find("page").inert = modal;
  const content = find("detail-content");
  if (item) content.replaceChildren(...claimView(item.claim, claims.ofArticle(item.article), copy));
  else content.replaceChildren(element("p", { class: "nothing" }, isOpen ? goneText() : "Open a claim to see where it stands. Press ? for the keys."));
  find("detail").scrollTop = 0;
  if (modal && takeFocus) find("detail").focus();
}

function goneText() {
  return claims.size === 0 ? "The claims are being read." : "This claim is not among those held any more.";
}

function close() {
  if (openId() === null) return;
  history.replaceState(null, "", location.pathname + location.search);
  showDetail();
  list.focusActive();
}

function follow(move) {
  if (list.hasFocus) move();
  else list.focusActive();
  if (openId() !== null && wide.matches && list.activeId !== null) {
    history.replaceState(null, "", `#${list.activeId}`);
    showDetail({ takeFocus: false });
  }
}

async function copy(text, what) {
  say((await copyText(text)) ? `Copied as ${what}.` : "The browser does not allow copying.");
}

function copyActive(write) {
  const item = claims.get(openId() ?? list.activeId);
  if (item) copy(write(item.claim), write === claimAsJson ? "JSON" : "text");
}

let saidUntil = 0;
function say(text) {
  setText("said", text);
  clearTimeout(saidUntil);
  saidUntil = setTimeout(() => setText("said", ""), 2500);
}

// Counters and the state of things

function showStatus(now) {
  status = now;
  claims.limit(now.max_claims);
  const hour = now.per_minute.reduce((sum, count) => sum + count, 0);
  setText("held", `${formatNumber(now.held)} of ${formatNumber(now.max_claims)} held`);
  setText("last-hour", `${formatNumber(hour)} in the last hour`);
  drawSparkline(find("sparkline"), now.per_minute);
  find("foreign").hidden = now.foreign === 0;
  setText("foreign", `${counted(now.foreign, "foreign record")} passed over`);
  showConnection();
  if (claims.size === 0) refreshSoon();
}

function showConnection() {
  const [state, text] = connection();
  find("connection").dataset.state = state;
  setText("connection", text);
}

function connection() {
  if (!isConnected) return ["away", "Reconnecting"];
  if (status === null) return ["waiting", "Connecting"];
  if (!status.is_broker_reachable) return ["away", "Kafka does not answer"];
  if (!status.is_topic_there) return ["waiting", "No topic yet"];
  if (!status.is_caught_up) return ["waiting", `Reading: ${formatNumber(status.received)}`];
  return isPaused ? ["paused", "Paused"] : ["live", "Live"];
}

/** Set a text only where it changes: who has it read aloud hears it once. */
function setText(id, text) {
  const node = find(id);
  if (node.textContent !== text) node.textContent = text;
}

// Wiring

const stream = new Stream({
  claims(held) {
    claims.reset(held);
    controls.offer(claims.all());
    renderedArrival = Infinity;
    refresh();
    renderedArrival = claims.latestArrival;
    showDetail({ takeFocus: false });
  },
  changes(put, removed) {
    claims.remove(removed);
    claims.put(put);
    refreshSoon();
    const open = openId();
    const isChanged = removed.includes(open) || put.some((one) => one.claim.claim_id === open);
    if (open !== null && isChanged) showDetail({ takeFocus: false });
  },
  status: showStatus,
  connected(now) {
    if (now === isConnected) return;
    isConnected = now;
    showConnection();
    if (claims.size === 0) refreshSoon();
  },
});

new IntersectionObserver(([entry]) => {
  isAtTop = entry.isIntersecting;
  if (isAtTop !== (latestShown === null)) refresh();
}, { rootMargin: "80px 0px 0px 0px" }).observe(find("list-top"));

find("arrivals").addEventListener("click", showNew);
find("pause").addEventListener("click", togglePause);
find("close").addEventListener("click", close);
find("help-button").addEventListener("click", () => find("help").showModal());
find("more").addEventListener("click", () => {
  const isOpen = find("filters").classList.toggle("open");
  find("more").setAttribute("aria-expanded", isOpen);
});
const showTheme = () => {
  setText("theme", `Theme: ${window.claimwireTheme.current()}`);
};
const nextTheme = () => {
  window.claimwireTheme.next();
  showTheme();
};
find("theme").addEventListener("click", nextTheme);
window.addEventListener("hashchange", () => showDetail());
wide.addEventListener("change", () => showDetail({ takeFocus: false }));

listenToKeys(
  {
    next: () => follow(() => list.move(1)),
    previous: () => follow(() => list.move(-1)),
    first: () => follow(() => list.move(-Infinity)),
    last: () => follow(() => list.move(Infinity)),
    showNew,
    pause: togglePause,
    nextOrder: () => controls.nextOrder(),
    copyText: () => copyActive(claimAsText),
    copyJson: () => copyActive(claimAsJson),
    nextTheme,
    search: () => find("words").focus(),
    help: () => find("help").showModal(),
    close,
  },
  list,
  find("keys-on"),
);

find("log-out").hidden = !document.cookie.includes("claimwire_signed_in=1");
setInterval(() => controls.offer(claims.all()), OFFER_EVERY_MS);
showTheme();
showPause();
showDetail({ takeFocus: false });
stream.start();
