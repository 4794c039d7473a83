// body[data-idle]: the seconds after which a session ends unused. Before it does, the page asks; when it has ended, what was typed is kept and the
// login comes, on the way back here. Other pages of the same session keep it awake too, so the server is asked before anybody is.
import { keepOpen } from "./keep.js";

const idle = Number(document.body.dataset.idle ?? 0);
const dialog = document.querySelector("dialog[data-idle-dialog]");
const WARN = Math.min(120, Math.floor(idle / 2));
let timer = null;
let counting = null;

function sleep(seconds) {
  clearTimeout(timer);
  // A little later than the second itself: then the server says the same.
  timer = setTimeout(look, Math.max(1, seconds) * 1000 + 500);
}

function over() {
  keepOpen();
  const here = location.pathname + location.search;
  location.assign(`/login?idle=1&next=${encodeURIComponent(here)}`);
}

function count(until) {
  const left = Math.round((until - Date.now()) / 1000);
  const text = dialog.querySelector("[data-idle-text]");
  text.textContent = text.dataset.idleText.replace("#", String(Math.max(0, left)));
  if (left <= 0) {
    clearInterval(counting);
    sleep(0);
  }
}

async function look() {
  let left;
  try {
    const answer = await fetch("/account/idle", { credentials: "same-origin", redirect: "manual" });
    if (answer.type === "opaqueredirect" || answer.status === 404) {
      over();
      return;
    }
    left = (await answer.json()).seconds;
  } catch {
    // The network is away, not the session.
    sleep(30);
    return;
  }
  if (left > WARN) {
    clearInterval(counting);
    if (dialog.open) {
      dialog.close("seen");
    }
    sleep(left - WARN);
    return;
  }
  if (!dialog.open) {
    dialog.showModal();
  }
  const until = Date.now() + left * 1000;
  clearInterval(counting);
  counting = setInterval(() => count(until), 1000);
  count(until);
}

async function stay() {
  const csrf = document.querySelector("input[name=csrf]")?.value ?? "";
  await fetch("/account/stay", { method: "POST", body: new URLSearchParams({ csrf }), credentials: "same-origin" });
  clearInterval(counting);
  look();
}

if (idle > 0 && dialog) {
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "seen") {
      stay().catch(() => sleep(5));
    }
  });
  sleep(idle - WARN);
}
