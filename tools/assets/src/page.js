initAll();

// One tab stop for the whole chart: arrows move inside it. Everything here is also a link in the chronology,
// so without this script nothing is lost but the arrows.
const MARK = "a.fl-mark";

function marks(chart) {
  return [...chart.querySelectorAll(MARK)];
}

function lane(mark) {
  return Number(mark.dataset.lane);
}

function place(mark) {
  return Number(mark.dataset.x);
}

function nearest(candidates, from) {
  return candidates.reduce(
    (best, mark) => (!best || Math.abs(place(mark) - place(from)) < Math.abs(place(best) - place(from)) ? mark : best),
    null,
  );
}

function inNextLane(all, from, step) {
  for (let number = lane(from) + step; number >= 0 && number < 10; number += step) {
    const found = nearest(all.filter((mark) => lane(mark) === number), from);
    if (found) return found;
  }
  return null;
}

function target(all, from, key) {
  const row = all.filter((mark) => lane(mark) === lane(from)).sort((a, b) => place(a) - place(b));
  const at = row.indexOf(from);
  switch (key) {
    case "ArrowRight": return row[at + 1];
    case "ArrowLeft": return row[at - 1];
    case "ArrowDown": return inNextLane(all, from, 1);
    case "ArrowUp": return inNextLane(all, from, -1);
    case "Home": return row[0];
    case "End": return row[row.length - 1];
    default: return undefined;
  }
}

function move(chart, from, to) {
  marks(chart).forEach((mark) => mark.setAttribute("tabindex", mark === to ? "0" : "-1"));
  to.focus();
}

document.addEventListener("keydown", (event) => {
  const from = event.target.closest?.(MARK);
  if (!from) return;
  const chart = from.closest(".fl-chart");
  const to = target(marks(chart), from, event.key);
  if (to === undefined && !["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
  event.preventDefault();
  if (to) move(chart, from, to);
});

function openPlace(hash) {
  const place = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
  if (!place) return;
  const details = place.closest("details") || place.querySelector("details");
  if (details) details.open = true;
  place.setAttribute("tabindex", "-1");
  place.focus();
}

// A mark or a reason leads to its entry, a concern to its flag: open it there and put the focus on it.
window.addEventListener("hashchange", () => openPlace(location.hash));
openPlace(location.hash);

// A live page is told by its stream that the session is about to end. Any other says so by itself, by the clock and not
// by how long it has waited: no timer runs while a machine sleeps.
let typedIn = null;

function watchEnd() {
  const words = document.getElementById("ending-words");
  if (!words || document.getElementById("stream")) return;
  const at = Date.now() + 1000 * Number(words.dataset.seconds);
  const watch = setInterval(() => {
    if (Date.now() < at) return;
    clearInterval(watch);
    typedIn = document.activeElement;
    document.getElementById("ending").replaceChildren(words.content.cloneNode(true));
  }, 1000);
}

// What has been typed stays where it is, and one goes on typing. Whoever comes too late is told by the page that follows.
async function stay() {
  const answer = await fetch("/stay", { method: "POST" });
  if (answer.redirected) location.reload();
  if (!answer.ok) return;
  const words = await answer.text(); // from here on at once: nobody types into nothing meanwhile
  document.getElementById("ending-words").outerHTML = words;
  document.getElementById("ending").replaceChildren();
  typedIn?.focus();
  watchEnd();
}

watchEnd();
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#stay")) stay();
});

// The page says that it is live only while it is.
function connected(yes) {
  document.getElementById("live")?.toggleAttribute("hidden", !yes);
  document.getElementById("lost")?.toggleAttribute("hidden", yes);
}

document.addEventListener("htmx:sse:after:connection", () => connected(true));
["htmx:sse:error", "htmx:error"].forEach((name) => document.addEventListener(name, () => connected(false)));

// The server ends a stream when the session, the purpose or the timeline has ended: the page asks anew and is told why.
document.addEventListener("gone", () => location.reload());
