// The subnet tree: rows carry data-tree with their depth. The fold link of a row opens its children, fetched once from
// data-fold, and hides or shows them afterwards. Without script the link leads to the subnet's own page.
function depth(row) {
  return Number(row.dataset.tree);
}

function below(row) {
  const rows = [];
  for (let next = row.nextElementSibling; next?.dataset.tree && depth(next) > depth(row); next = next.nextElementSibling) {
    rows.push(next);
  }
  return rows;
}

function show(row, open) {
  let closed = Infinity;
  for (const next of below(row)) {
    if (depth(next) <= closed) {
      closed = Infinity;
    }
    next.hidden = !open || closed !== Infinity;
    if (next.querySelector('[data-fold][aria-expanded="false"]') && closed === Infinity) {
      closed = depth(next);
    }
  }
}

function mark(part) {
  for (const link of part.querySelectorAll("[data-fold]:not([aria-expanded])")) {
    link.setAttribute("role", "button");
    link.setAttribute("aria-expanded", "false");
  }
}

async function toggle(htmx, link) {
  const row = link.closest("[data-tree]");
  const open = link.getAttribute("aria-expanded") !== "true";
  if (open && !link.dataset.loaded) {
    if (link.dataset.loading) {
      return;
    }
    link.dataset.loading = "yes";
    row.setAttribute("aria-busy", "true");
    try {
      await htmx.ajax("GET", link.dataset.fold, { source: link, target: row, swap: "afterend" });
      if (below(row).length > 0) {
        link.dataset.loaded = "yes";
      }
    } finally {
      delete link.dataset.loading;
      row.removeAttribute("aria-busy");
    }
  }
  link.setAttribute("aria-expanded", String(open));
  show(row, open);
}

export function fold(htmx) {
  mark(document);
  document.addEventListener("htmx:load", (event) => mark(event.target));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-fold]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      toggle(htmx, link);
    }
  });
  document.addEventListener("keydown", (event) => {
    const link = event.target.closest?.("[data-fold]");
    if (!link) {
      return;
    }
    const open = link.getAttribute("aria-expanded") === "true";
    if (event.key === " " || (event.key === "ArrowRight" && !open) || (event.key === "ArrowLeft" && open)) {
      event.preventDefault();
      toggle(htmx, link);
    }
  });
}
