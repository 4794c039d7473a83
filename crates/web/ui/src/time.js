// data-time on <time datetime>: "ago" shows how long ago, "exact" the moment, both in the reader's own zone and language; UTC stays
// in the title. Without script the page shows UTC.
const units = [
  ["year", 31536000],
  ["month", 2592000],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];
const language = document.documentElement.lang || "en";
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const exact = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { dateStyle: "medium", timeStyle: "medium" });

function ago(moment) {
  const seconds = Math.round((moment.getTime() - Date.now()) / 1000);
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) {
      return relative.format(Math.trunc(seconds / size), unit);
    }
  }
  return relative.format(0, "second");
}

export function times(part) {
  for (const time of part.querySelectorAll("time[data-time]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) {
      continue;
    }
    const local = exact.format(moment);
    time.textContent = time.dataset.time === "ago" ? ago(moment) : local;
    time.title = `${local} here · ${moment.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  }
}
