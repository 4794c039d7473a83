// data-copy: a click puts the attribute's text (or the element's own) on the clipboard and says so to everyone.
const live = document.querySelector("[data-live]");

document.addEventListener("click", async (event) => {
  const place = event.target.closest("[data-copy]");
  if (!place) {
    return;
  }
  const text = place.dataset.copy || place.textContent.trim();
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    return;
  }
  place.classList.add("copied");
  if (live) {
    live.textContent = `${text} copied`;
  }
  setTimeout(() => place.classList.remove("copied"), 1200);
});
