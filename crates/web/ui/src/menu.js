// The navigation on a phone (without script the link jumps to it and :target opens it), and menus made of <details>
// that close on a click elsewhere and on Escape.
const opener = document.querySelector("[data-menu]");
const menu = opener && document.getElementById(opener.getAttribute("aria-controls"));

if (menu) {
  opener.setAttribute("role", "button");
  opener.setAttribute("aria-expanded", "false");
  opener.addEventListener("click", (event) => {
    event.preventDefault();
    const open = menu.classList.toggle("show");
    opener.setAttribute("aria-expanded", String(open));
  });
}

function close(except) {
  for (const details of document.querySelectorAll("details[data-dropdown][open]")) {
    if (!details.contains(except)) {
      details.open = false;
    }
  }
}

document.addEventListener("click", (event) => close(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = document.querySelector("details[data-dropdown][open]");
    close(null);
    open?.querySelector("summary").focus();
  }
});
