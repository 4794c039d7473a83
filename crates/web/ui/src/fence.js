// The editor of the fence's rules. The order of the rows in the form is the order that is saved, so moving a row is all there is
// to do: [data-rule-grip] drags it, and the buttons "up", "down" and "remove" act at once. Without script, and for "duplicate" and
// "add", the buttons send the form and the server gives it back changed.
const STALE = "Save to see what this rule does now.";
const live = document.querySelector("[data-live]");
let dragged = null;

function say(text) {
  if (live) {
    live.textContent = text;
  }
}

function rows(form) {
  return [...form.querySelectorAll("[data-rule]")];
}

/** Numbers the rows again after a change, and says that it is not saved. */
function touched(form) {
  rows(form).forEach((row, index) => {
    for (const place of row.querySelectorAll("[data-rule-number]")) {
      place.textContent = String(index + 1);
    }
  });
  const note = form.querySelector("[data-rules-unsaved]");
  if (note) {
    note.hidden = false;
  }
}

function stale(row) {
  const sentence = row.querySelector("[data-rule-sentence]");
  sentence.textContent = STALE;
  sentence.classList.add("stale");
}

function act(button, row) {
  const form = row.closest("[data-rules]");
  const verb = button.value.split(":")[0];
  if (verb === "up") {
    row.previousElementSibling?.before(row);
  } else if (verb === "down") {
    row.nextElementSibling?.after(row);
  } else {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (next ?? form.querySelector('button[value="add"]')).focus();
  }
  touched(form);
  if (verb === "remove") {
    say(`Rule removed, ${rows(form).length} left. Not saved yet.`);
  } else {
    // Moving a row takes the focus away from its buttons.
    button.focus();
    say(`Now rule ${rows(form).indexOf(row) + 1} of ${rows(form).length}. Not saved yet.`);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest('button[name="act"]');
  const row = button?.closest("[data-rule]");
  if (row && /^(up|down|remove):/.test(button.value)) {
    event.preventDefault();
    act(button, row);
  }
});

document.addEventListener("input", (event) => {
  const row = event.target.closest("[data-rule]");
  if (row) {
    stale(row);
    touched(row.closest("[data-rules]"));
  }
});

for (const grip of document.querySelectorAll("[data-rule-grip]")) {
  grip.hidden = false;
  grip.draggable = true;
}

document.addEventListener("dragstart", (event) => {
  const row = event.target.closest?.("[data-rule-grip]")?.closest("[data-rule]");
  if (row) {
    dragged = row;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    event.dataTransfer.setDragImage(row, 16, 16);
    row.classList.add("rule-dragged");
  }
});

document.addEventListener("dragover", (event) => {
  const over = dragged && event.target.closest?.("[data-rule]");
  if (!over || over.parentElement !== dragged.parentElement) {
    return;
  }
  event.preventDefault();
  const { top, height } = over.getBoundingClientRect();
  if (over !== dragged) {
    over[event.clientY > top + height / 2 ? "after" : "before"](dragged);
  }
});

document.addEventListener("drop", (event) => {
  if (dragged) {
    event.preventDefault();
  }
});

document.addEventListener("dragend", () => {
  if (dragged) {
    dragged.classList.remove("rule-dragged");
    touched(dragged.closest("[data-rules]"));
    dragged = null;
  }
});
