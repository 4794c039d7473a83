// The settings page searches while somebody types, by the rule of the server: every word stands in data-find. What was changed and is not saved yet
// stays in sight, because it is sent with its group.
const form = document.querySelector("[data-settings-search]");

if (form) {
  const box = form.querySelector("input");
  const items = [...document.querySelectorAll("[data-find]")];
  const groups = [...document.querySelectorAll("[data-settings-group]")];
  const count = document.querySelector("[data-settings-count]");
  const none = document.querySelector("[data-settings-none]");

  const changed = (control) =>
    control.type === "checkbox"
      ? control.checked !== control.defaultChecked
      : control.options
        ? [...control.options].some((option) => option.selected !== option.defaultSelected)
        : control.value !== control.defaultValue;

  const touched = (item) => [...item.querySelectorAll("input, select, textarea")].some(changed);

  const filter = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const item of items) {
      const fits = words.every((word) => item.dataset.find.includes(word));
      found += fits ? 1 : 0;
      item.hidden = !fits && !touched(item);
    }
    for (const group of groups) {
      group.hidden = !group.querySelector("[data-find]:not([hidden])");
    }
    none.hidden = found > 0;
    count.textContent = words.length > 0 ? `${found} found` : "";
    history.replaceState(null, "", words.length > 0 ? `?q=${encodeURIComponent(box.value.trim())}` : location.pathname);
  };

  /** A link to a setting or a group leads there, whatever is searched. */
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target?.closest("[hidden]")) {
      const { hash } = location;
      box.value = "";
      filter();
      history.replaceState(null, "", hash);
      target.scrollIntoView();
    }
  };

  box.addEventListener("input", filter);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    filter();
  });
  window.addEventListener("hashchange", reveal);
  reveal();
}
