// data-confirm on a form: asks in the page's <dialog> before the form is sent. Without script the form is sent at once,
// so anything that cannot be taken back has a page of its own (…/delete) instead.
const dialog = document.querySelector("dialog[data-confirm-dialog]");
let asked = null;
let agreed = null;

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!dialog || !form.dataset.confirm || form === agreed) {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    asked = { form, submitter: event.submitter };
    dialog.querySelector("[data-confirm-text]").textContent = form.dataset.confirm;
    dialog.querySelector("[data-confirm-yes]").textContent = event.submitter?.textContent.trim() || "Continue";
    dialog.showModal();
  },
  true,
);

dialog?.querySelector("form").addEventListener("submit", (event) => {
  if (event.submitter?.value === "yes" && asked) {
    agreed = asked.form;
    agreed.requestSubmit(asked.submitter);
    agreed = null;
  }
  asked = null;
});
