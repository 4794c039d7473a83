// Runs before the first paint, from the head: a "system" page takes the colours the device asks for.
const root = document.documentElement;
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function paint() {
  if (root.dataset.theme === "system") {
    root.dataset.bsTheme = dark.matches ? "dark" : "light";
  }
}

paint();
dark.addEventListener("change", paint);
