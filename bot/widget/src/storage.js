// What the browser keeps for us; where it keeps nothing (private windows, blocked storage), memory does.

const memory = new Map();

/** @param {string} name @returns {string} "" when nothing is kept */
export function recall(name) {
  try {
    return window.localStorage.getItem(name) ?? "";
  } catch {
    return memory.get(name) ?? "";
  }
}

/** @param {string} name @param {string} value "" forgets it */
export function keep(name, value) {
  try {
    if (value) window.localStorage.setItem(name, value);
    else window.localStorage.removeItem(name);
  } catch {
    memory.set(name, value);
  }
}

/** @param {string} name @param {any} otherwise what is returned for nothing, and for nonsense */
export function recallJson(name, otherwise) {
  try {
    return JSON.parse(recall(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** For this tab only: whether the panel was open. @param {string} name @param {string} [value] */
export function inThisTab(name, value) {
  try {
    if (value === undefined) return window.sessionStorage.getItem(name) ?? "";
    window.sessionStorage.setItem(name, value);
  } catch {
    // A tab that remembers nothing begins closed.
  }
  return "";
}
