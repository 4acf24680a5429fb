// Shows what is pushed, and opens its page. It keeps nothing and stands between no page and the site.
"use strict";

self.addEventListener("push", (event) => {
  let said = {};
  try { said = event.data.json(); } catch { /* what can't be read is shown as a sign of life, as browsers demand */ }
  event.waitUntil(self.registration.showNotification(said.title || "Trade Assurance", {
    body: said.body || "", tag: said.tag || "", lang: said.lang || "", data: { url: said.url || "/inbox/" },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const page = new URL(event.notification.data.url, self.location.origin);
  if (page.origin !== self.location.origin) return;
  event.waitUntil(self.clients.matchAll({ type: "window", includeUncontrolled: true }).then((open) => {
    const there = open.find((one) => one.url === page.href);
    return there ? there.focus() : self.clients.openWindow(page.href);
  }));
});
