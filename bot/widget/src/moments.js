// Moments in the reader's own time zone and language.

/** "" for what is no moment. @param {string} at ISO 8601 @param {boolean} isDayOnly for what is only expected */
export function momentLabel(at, language, isDayOnly = false) {
  const moment = read(at);
  if (!moment) return "";
  const day = { weekday: "short", day: "numeric", month: "short" };
  const options = isDayOnly || /^\d{4}-\d{2}-\d{2}$/.test(at) ? day : { ...day, hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(locale(language), options).format(moment);
}

/** @param {string} at @param {any} words */
export function dayLabel(at, words, now = new Date()) {
  const moment = read(at) ?? now;
  if (isSameDay(moment, now)) return words.today;
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (isSameDay(moment, yesterday)) return words.yesterday;
  return new Intl.DateTimeFormat(locale(words.language), { weekday: "long", day: "numeric", month: "long" }).format(moment);
}

/** @param {string|Date} one @param {string|Date} other */
export function isSameDay(one, other) {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

function read(at) {
  const moment = new Date(at || NaN);
  return Number.isNaN(moment.getTime()) ? null : moment;
}

function locale(language) {
  return language === "fr" ? "fr-FR" : "en-GB";
}
