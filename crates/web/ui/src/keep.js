// What was typed survives the end of a session. A form that is sent, or open when the session ends unused, is kept in this tab's storage without
// passwords, files and tokens; the page that answers a form which came too late asks for it back ([data-keep]); and the next page with that
// form puts it in again. Everything else forgets it.
const KEPT = "ringfence-kept";
const WANTED = "ringfence-kept-wanted";
const MOST = 200000;

/** The fields of a form that may be kept, in order. */
function fields(form) {
  // A password is one also while it is shown.
  const secret = (element) =>
    ["password", "file", "hidden", "submit", "button", "image", "reset"].includes(element.type) || /password/.test(element.autocomplete);
  return [...form.elements].filter((element) => element.name && !secret(element) && element.name !== "csrf");
}

function written(form) {
  const values = fields(form).map((element) => ({
    name: element.name,
    value: element.value,
    checked: element.type === "checkbox" || element.type === "radio" ? element.checked : undefined,
  }));
  return { action: form.getAttribute("action"), values };
}

function keep(forms) {
  const text = JSON.stringify({ page: location.pathname, forms: forms.map(written) });
  try {
    if (text.length <= MOST) {
      sessionStorage.setItem(KEPT, text);
    }
  } catch {
    // A browser that stores nothing keeps nothing.
  }
}

/** Keeps every form that somebody has changed, and wants it back: the session is over. */
export function keepOpen() {
  const changed = (element) =>
    element.type === "checkbox" || element.type === "radio"
      ? element.checked !== element.defaultChecked
      : element.tagName === "SELECT"
        ? [...element.options].some((option) => option.selected !== option.defaultSelected)
        : element.value !== element.defaultValue;
  const forms = [...document.querySelectorAll("main form[method=post]")].filter((form) => fields(form).some(changed));
  if (forms.length > 0) {
    keep(forms);
    sessionStorage.setItem(WANTED, "yes");
  }
}

function put(form, kept) {
  const left = [...fields(form)];
  let any = false;
  for (const { name, value, checked } of kept.values) {
    const at = left.findIndex((element) => element.name === name && (checked === undefined || element.value === value));
    if (at < 0) {
      continue;
    }
    const [element] = left.splice(at, 1);
    if (checked === undefined) {
      any ||= element.value !== value;
      element.value = value;
    } else {
      any ||= element.checked !== checked;
      element.checked = checked;
    }
  }
  return any;
}

function restore() {
  const stored = sessionStorage.getItem(KEPT);
  const wanted = sessionStorage.getItem(WANTED);
  if (document.querySelector("[data-keep]")) {
    sessionStorage.setItem(WANTED, "yes");
    return;
  }
  if (!stored || document.querySelector("main.sign")) {
    return;
  }
  if (!wanted) {
    sessionStorage.removeItem(KEPT);
    return;
  }
  const { page, forms } = JSON.parse(stored);
  if (page !== location.pathname) {
    return;
  }
  sessionStorage.removeItem(KEPT);
  sessionStorage.removeItem(WANTED);
  let back = false;
  for (const kept of forms) {
    const form = [...document.querySelectorAll("main form[method=post]")].find((one) => one.getAttribute("action") === kept.action);
    back = (form && put(form, kept)) || back;
  }
  const live = document.querySelector("[data-kept]");
  if (back && live) {
    live.textContent = live.dataset.kept;
    const note = document.createElement("div");
    note.className = "alert alert-info";
    note.textContent = live.dataset.kept;
    document.querySelector("main .headline")?.after(note);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "post" && form.closest("main:not(.sign)") && !event.defaultPrevented) {
    keep([form]);
  }
});

try {
  restore();
} catch {
  // Storage that is closed to us, or holds something else, holds nothing of ours.
}
