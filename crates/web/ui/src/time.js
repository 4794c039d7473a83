// data-time on <time datetime>: "ago" shows how long ago, "exact" the moment in the zone that the page names: the reader's, or else the
// installation's. The title says what time that is here and in UTC.
const units = [
  ["year", 31536000],
  ["month", 2592000],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];
const language = document.documentElement.lang || "en";
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const locale = language === "en" ? "en-GB" : language;
const style = { dateStyle: "medium", timeStyle: "medium" };
const here = new Intl.DateTimeFormat(locale, style);
const exact = zoned(document.body.dataset.zone);

/** The format in a zone; a browser that does not know it shows UTC, as the page says without script. */
function zoned(timeZone) {
  try {
    return new Intl.DateTimeFormat(locale, { ...style, timeZone });
  } catch {
    return new Intl.DateTimeFormat(locale, { ...style, timeZone: "UTC" });
  }
}

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
    time.textContent = time.dataset.time === "ago" ? ago(moment) : exact.format(moment);
    time.title = `${here.format(moment)} here · ${moment.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  }
}
