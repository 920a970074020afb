// The way on to another channel: a link that the server makes for one use, when it is asked for.
import { pageNow } from "./config.js";
import { make, safeAddress } from "./dom.js";

/**
 * A button for each channel where the conversation can go on; nothing where there is none.
 * @param {import("./conversation.js").Conversation} conversation
 * @param {ReturnType<import("./words.js").wordsIn>} words
 */
export function makeGoOn(conversation, words) {
  const buttons = make("span");
  const trouble = make("p", { role: "status", hidden: true });
  const element = make("div", { class: "goon", "data-prevenant": "goon", hidden: true }, buttons, trouble);
  let shown = "";
  conversation.addEventListener("state", () => {
    const channels = conversation.continuesOn.filter((each) => words.goOn[each]);
    if (channels.join() === shown) return;
    shown = channels.join();
    element.hidden = !channels.length;
    buttons.replaceChildren(...channels.map((channel) =>
      make("button", { type: "button", class: "plain", onclick: () => void goOn(channel) }, words.goOn[channel])));
  });

  async function goOn(channel) {
    trouble.hidden = true;
    const tab = window.open("", "_blank"); // now: after the answer it would be taken for a pop-up
    try {
      const url = await fetchUrl(conversation, channel);
      if (tab) {
        tab.opener = null;
        tab.location.replace(url);
      } else window.location.assign(url);
    } catch (error) {
      tab?.close();
      trouble.textContent = error.message === "403" ? words.signInFirst : words.notNow;
      trouble.hidden = false;
    }
  }
  return element;
}

async function fetchUrl({ config, connection }, channel) {
  const answer = await fetch(`${config.origin}/widget/continue`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ session: connection.session, channel, cart_token: pageNow(config).cart_token }),
  });
  const url = answer.ok ? safeAddress((await answer.json()).url) : "";
  if (!url) throw new Error(String(answer.status));
  return url;
}
