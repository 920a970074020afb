// A photo is chosen, sent to this page's own address, and the picture that comes back is shown. Nothing is kept here.
const chosen = document.querySelector("input[type=file]");
const told = document.querySelector("[role=status]");
const picture = document.querySelector("figure img");
const keep = document.querySelector("figure a");
const hand = document.querySelector("figure button");
let made = null;

chosen.addEventListener("change", async () => {
  const photo = chosen.files[0];
  if (!photo) return;
  picture.closest("figure").hidden = true; // what follows is not about that one
  chosen.disabled = true;
  told.textContent = told.dataset.working;
  try {
    const answer = await fetch(location.href, { method: "POST", body: photo, headers: { "Content-Type": "application/octet-stream" } });
    if (answer.ok) show(await answer.blob());
    else {
      const { reason, sentence } = await answer.json();
      told.textContent = reason === "link_invalid" ? told.dataset.gone : sentence;
    }
  } catch {
    told.textContent = told.dataset.failed;
  }
  chosen.disabled = false;
  chosen.value = "";
  chosen.focus({ preventScroll: true }); // what is off has none
});

function show(blob) {
  if (picture.src) URL.revokeObjectURL(picture.src);
  picture.src = keep.href = URL.createObjectURL(blob);
  made = blob;
  hand.hidden = window.parent === window;
  picture.closest("figure").hidden = false;
  told.textContent = told.dataset.done;
}

// The picture goes to the chat that holds this page, inside this browser; a browser gives it to the origins that are named alone.
hand.addEventListener("click", () => {
  const { product, colour, name, size, chats, byAi } = hand.dataset;
  const shown = { type: "prevenant-try-on", picture: made, product, colour, name, size, byAi: byAi !== undefined };
  for (const origin of [location.origin, ...chats.split(" ").filter(Boolean)]) window.parent.postMessage(shown, origin);
});
