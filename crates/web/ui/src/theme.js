// The theme buttons: what they say is shown at once and kept for the next page. Without script the same form is posted.
const root = document.documentElement;
const year = 31536000;

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-theme-form]");
  const theme = event.submitter?.value;
  if (!form || !theme) {
    return;
  }
  event.preventDefault();
  document.cookie = `ringfence-theme=${theme}; path=/; max-age=${year}; samesite=lax; secure`;
  const dark = theme === "system" ? window.matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
  root.dataset.theme = theme;
  root.dataset.bsTheme = dark ? "dark" : "light";
  for (const button of form.querySelectorAll("button[name=theme]")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
    button.classList.toggle("active", button.value === theme);
  }
});
