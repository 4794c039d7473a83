// Fields for passwords. [data-reveal]: a button that shows and hides what is typed. [data-strength]: what is typed is judged by the
// server, a moment after the last key, and the answer stands below. Without script the form says the same when it is sent.
for (const button of document.querySelectorAll("button[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  if (!field) {
    continue;
  }
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
  // What is sent and what the browser remembers is a password, however it was shown.
  field.form?.addEventListener("submit", () => {
    field.type = "password";
    button.setAttribute("aria-pressed", "false");
  });
}

/** Binds one field to the judge. */
function watch(place) {
  const field = place.querySelector("input[autocomplete=new-password]");
  const bar = place.querySelector("[data-strength-bar]");
  const says = place.querySelector("[data-strength-says]");
  let waiting = null;
  let asked = 0;

  const clear = () => {
    bar.toggleAttribute("hidden", true);
    says.textContent = "";
  };

  const judge = async () => {
    const turn = ++asked;
    const body = new URLSearchParams({ csrf: field.form.elements.csrf.value, password: field.value, token: place.dataset.token ?? "" });
    const answer = await fetch(place.dataset.strength, { method: "POST", body, credentials: "same-origin" });
    if (turn !== asked || !answer.ok) {
      return;
    }
    const { score, says: lines, objections } = await answer.json();
    bar.toggleAttribute("hidden", score === null);
    bar.dataset.score = score ?? "";
    says.textContent = [...lines, ...objections].join(" ");
  };

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    asked += 1;
    if (field.value === "") {
      clear();
      return;
    }
    // Nothing hangs on it: whoever cannot be asked says nothing.
    waiting = setTimeout(() => judge().catch(clear), 300);
  });
  // What is sent is judged by what it is sent to.
  field.form.addEventListener("submit", () => {
    clearTimeout(waiting);
    asked += 1;
  });
}

for (const place of document.querySelectorAll("[data-strength]")) {
  watch(place);
}
