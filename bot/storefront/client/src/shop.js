// The demo shop's pages: Segment-style events to our own collector, and the small comforts of each page.
import { AnalyticsBrowser } from "@segment/analytics-next";

const shop = JSON.parse(document.body.dataset.shop);
const analytics = startAnalytics();

function startAnalytics() {
  const { protocol, host } = window.location;
  return AnalyticsBrowser.load(
    {
      writeKey: shop.writeKey,
      // Given here, so that the page asks no other host for them.
      cdnSettings: {
        metrics: { sampleRate: 0 }, // the client would tell its vendor how it does
        integrations: {
          "Segment.io": { apiKey: shop.writeKey, apiHost: `${host}/v1`, protocol: protocol.replace(":", "") },
        },
      },
    },
    { disableClientPersistence: false },
  );
}

async function readToken() {
  if (!shop.isSignedIn) return "";
  const answer = await fetch("/account/widget-token", { credentials: "same-origin" });
  return answer.status === 200 ? (await answer.json()).collector_token : "";
}

async function tellWhatHappened() {
  const [instance] = await analytics;
  const user = instance.user();
  window.prevenant = { ...window.prevenant, anonymousId: user.anonymousId(), cartToken: shop.cartToken };
  window.dispatchEvent(new CustomEvent("prevenant:ready", { detail: window.prevenant }));
  if (shop.isSignedIn) {
    const token = await readToken();
    if (token) await instance.identify(shop.customerRef, {}, { context: { widget_token: token } });
  } else if (user.id()) {
    instance.reset(); // signed out: whoever comes next is somebody else
    window.prevenant.anonymousId = instance.user().anonymousId();
  }
  const context = { context: { locale: document.documentElement.lang } };
  await instance.page(shop.pageCategory, shop.pageName, {}, context);
  for (const event of shop.events) await instance.track(event.name, event.properties, context);
}

async function refreshBasket({ detail }) {
  const headers = detail?.session ? { "X-Prevenant-Session": detail.session } : {};
  const answer = await fetch("/cart.json", { credentials: "same-origin", headers });
  if (!answer.ok) return;
  const cart = await answer.json();
  window.prevenant = { ...window.prevenant, cartToken: cart.cart_token };
  for (const place of document.querySelectorAll("[data-cart-count]")) {
    place.textContent = cart.count;
    place.hidden = cart.count === 0;
  }
  const sign = document.querySelector("[data-cart-label]");
  if (sign) sign.setAttribute("aria-label", cart.label);
  if (document.body.dataset.page === "cart" && cart.version !== shop.cartVersion) window.location.reload();
}

function submitOnChange() {
  for (const field of document.querySelectorAll("[data-autosubmit]")) {
    field.addEventListener("change", () => field.form.requestSubmit());
  }
}

function chooseDelivery() {
  const choices = document.querySelectorAll("[name=delivery]");
  const show = () => {
    const chosen = document.querySelector("[name=delivery]:checked")?.value;
    for (const part of document.querySelectorAll("[data-delivery]")) {
      part.disabled = part.hidden = part.dataset.delivery !== chosen;
    }
  };
  for (const choice of choices) choice.addEventListener("change", show);
  if (choices.length) show();
}

function chooseSize() {
  const sizes = document.querySelectorAll("input[name=variant]");
  const show = () => {
    const chosen = document.querySelector("input[name=variant]:checked")?.value;
    for (const part of document.querySelectorAll("[data-stock-of]")) part.hidden = part.dataset.stockOf !== chosen;
  };
  for (const size of sizes) size.addEventListener("change", show);
  if (sizes.length) show();
}

window.addEventListener("prevenant:cart", refreshBasket);
submitOnChange();
chooseDelivery();
chooseSize();
tellWhatHappened();
