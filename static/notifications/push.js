// Asks the browser for an address to which notices are pushed, and sends it with the form of the settings.
"use strict";

(() => {
  const form = document.querySelector("form[data-push]");
  if (!form) return;
  const words = document.querySelector("[data-push-words]");
  const say = (text) => {
    words.hidden = !text;
    words.textContent = text;
    if (text) words.setAttribute("role", "status");
  };
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) { say(words.dataset.missing); return; }

  const key = Uint8Array.from(atob(form.dataset.push.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const isOurs = (subscription) => {
    const its = subscription.options?.applicationServerKey;
    return Boolean(its) && String(new Uint8Array(its)) === String(key);
  };
  const subscribed = async () => (await navigator.serviceWorker.getRegistration("/"))?.pushManager.getSubscription();
  const subscribe = async () => {
    await navigator.serviceWorker.register(form.dataset.worker, { scope: "/" });
    const { pushManager } = await navigator.serviceWorker.ready;
    const old = await pushManager.getSubscription();
    if (old && isOurs(old)) return old;
    await old?.unsubscribe(); // made for a key that we no longer have
    return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  };

  say("");
  form.hidden = false;
  subscribed().then((subscription) => {
    const here = subscription && Array.from(document.querySelectorAll("[data-push-here]")).find((one) => one.dataset.pushHere === subscription.endpoint);
    if (!here || !isOurs(subscription)) return;
    here.hidden = false;
    form.hidden = true;
  }, () => {});

  let isFilled = false;
  form.addEventListener("submit", async (event) => {
    if (isFilled) return;
    event.preventDefault();
    say("");
    try {
      if (await Notification.requestPermission() !== "granted") { say(words.dataset.refused); return; }
      const { endpoint, keys } = (await subscribe()).toJSON();
      for (const [name, value] of Object.entries({ endpoint, ...keys })) if (form.elements[name]) form.elements[name].value = value;
      isFilled = true;
      form.requestSubmit();
    } catch {
      say(words.dataset.failed);
    }
  });
})();
