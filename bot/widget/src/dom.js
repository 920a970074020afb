// The only place that makes elements: texts become text nodes, addresses are checked. Nothing here reads HTML.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with its properties and children; strings become text, whatever they hold.
 * @param {string} tag
 * @param {Object<string, unknown>} [properties] `on*` are listeners; "" and true are bare attributes; null, false and
 *   undefined are left out
 * @param {...(Node|string|null|undefined|false)} children
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((each) => each !== null && each !== undefined && each !== false && each !== ""));
  return element;
}

/** A line drawing from our own paths. @param {string[]} paths @param {number} [size] */
export function drawing(paths, size = 20) {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = { viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true", focusable: "false" };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, String(value));
  for (const each of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", each);
    svg.append(path);
  }
  return svg;
}

/** The address if a page may open it: http(s), or a path of this site; else "". @param {unknown} address */
export function safeAddress(address) {
  if (typeof address !== "string" || !address || /[\s\\\u0000-\u001f]/.test(address)) return "";
  if (address.startsWith("/")) return address.startsWith("//") ? "" : address;
  try {
    return ["http:", "https:"].includes(new URL(address).protocol) ? address : "";
  } catch {
    return "";
  }
}

/** Whether an address is of an origin. @param {string} address @param {string} origin */
export function isOf(address, origin) {
  return new URL(address, window.location.href).origin === origin;
}

/** Whether an address is a counted link of a message, which leads on to a page of the shop. @param {string} address */
function isCounted(address) {
  return /^\/l\/[\w-]{28}$/.test(new URL(address, window.location.href).pathname);
}

/** Whether an address is a page of our server's for trying on, which opens inside the chat. @param {string} address @param {string} origin of our server */
export function isFitting(address, origin) {
  return isOf(address, origin) && new URL(address, window.location.href).pathname.startsWith("/try-on/");
}

/** Whether the chat is on the page that an address leads to; an invoice is a paper without it. @param {string} address */
export function hasChat(address) {
  return (isOf(address, window.location.origin) || isCounted(address)) && !/^\/invoices\/|\/invoice$|^\/try-on\//.test(new URL(address, window.location.href).pathname);
}

/**
 * A link: the shop's own pages open here, others and papers in a new tab that knows nothing of this one.
 * @param {string} address a safe one
 */
export function link(address, properties, ...children) {
  const elsewhere = hasChat(address) ? {} : { target: "_blank", rel: "noopener noreferrer" };
  return make("a", { href: address, ...elsewhere, ...properties }, ...children);
}

/** Go to a safe address, as `link` would. @param {string} address */
export function open(address) {
  if (hasChat(address)) window.location.assign(address);
  else window.open(address, "_blank", "noopener,noreferrer");
}

/** A text with its web addresses as links; line breaks are the style's. @param {string} text */
export function linked(text) {
  const pieces = document.createDocumentFragment();
  let last = 0;
  for (const found of text.matchAll(/https?:\/\/[^\s<>"'`]+/gi)) {
    const address = found[0].replace(/[.,;:!?)\]}»”’]+$/u, "");
    if (!safeAddress(address)) continue;
    pieces.append(text.slice(last, found.index), link(address, {}, address));
    last = found.index + address.length;
  }
  pieces.append(text.slice(last));
  return pieces;
}

/** Styles for a shadow root, from our own text. @param {ShadowRoot} root @param {string} css */
export function dress(root, css) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}
