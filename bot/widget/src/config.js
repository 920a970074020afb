// What the page says of itself on the script tag: data-token-url, data-language, data-page, data-title.

/**
 * @typedef {Object} Config
 * @property {string} origin where the server is: where this script came from
 * @property {string} base where the script's parts are
 * @property {string} tokenUrl gives a word on who is signed in; "" when the page has none
 * @property {"fr"|"en"} language
 * @property {string} title the assistant's name
 * @property {Object<string, string>} page what the customer looks at
 */

/** @param {HTMLScriptElement} script @returns {Config} */
export function readConfig(script) {
  const source = new URL(script.src, window.location.href);
  return {
    origin: source.origin,
    base: new URL("widget/", source).href,
    tokenUrl: ownAddress(script.dataset.tokenUrl),
    language: readLanguage(script.dataset.language || document.documentElement.lang),
    title: script.dataset.title || "Prévenant",
    page: readPage(script.dataset.page),
  };
}

/** The basket on the page: the shop's script knows a newer one than the page was made with. @param {Config} config */
export function pageNow(config) {
  const cart = window.prevenant?.cartToken;
  return typeof cart === "string" ? { ...config.page, cart_token: cart } : config.page;
}

function ownAddress(address) {
  if (!address) return "";
  const url = new URL(address, window.location.href);
  return url.origin === window.location.origin ? url.href : ""; // a token is fetched with our cookies
}

function readLanguage(language) {
  return (language || "").toLowerCase().startsWith("fr") ? "fr" : "en";
}

function readPage(json) {
  try {
    const entries = Object.entries(JSON.parse(json || "{}")).filter(([, value]) => ["string", "number"].includes(typeof value));
    return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]).filter(([, value]) => value));
  } catch {
    return {};
  }
}
