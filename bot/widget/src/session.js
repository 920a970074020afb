// Who this browser is: our session, the shop's word on who is signed in, the page's id of the browser.
import { keep, recall } from "./storage.js";

const SESSION = "prevenant-session";

/** This browser's session, made at the server when there is none; tabs that open together share one. */
export async function obtainSession(origin) {
  return recall(SESSION) || alone(async () => recall(SESSION) || (await makeSession(origin)));
}

/** Forget a session that is over; one that another tab has made since stays. */
export function dropSession(session) {
  if (recall(SESSION) === session) keep(SESSION, "");
}

/**
 * The shop's word on who is signed in; "" for a guest. Throws when the shop cannot be asked: to be taken for
 * a guest then would end the conversation.
 */
export async function fetchCustomerToken(url) {
  if (!url) return "";
  const answer = await fetch(url, { credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" } });
  if ([204, 401, 403, 404].includes(answer.status)) return "";
  if (!answer.ok) throw new Error(`the shop answered ${answer.status}`);
  return (await answer.json()).token || "";
}

/** Milliseconds until a token should be renewed: a minute before it runs out. @param {string} token */
export function renewalDelay(token, now = Date.now()) {
  try {
    const claims = JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
    return Math.min(Math.max(claims.exp * 1000 - now - 60_000, 2_000), 3_600_000);
  } catch {
    return 180_000;
  }
}

/** Wait until the page's own script has said who browses, but not for long. @param {number} longestMs */
export function waitForPage(longestMs) {
  if (window.prevenant?.anonymousId) return Promise.resolve();
  return new Promise((done) => {
    window.addEventListener("prevenant:ready", () => done(), { once: true });
    window.setTimeout(done, longestMs);
  });
}

async function makeSession(origin) {
  const answer = await fetch(`${origin}/widget/session`, { method: "POST" });
  if (!answer.ok) throw new Error(`no session: ${answer.status}`);
  const { session } = await answer.json();
  keep(SESSION, session);
  return session;
}

function alone(task) {
  return navigator.locks ? navigator.locks.request(SESSION, task) : task();
}
