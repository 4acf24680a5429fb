// Tells sign-up which time zone this browser is in; without it the country decides.
"use strict";
for (const input of document.querySelectorAll("[data-browser-zone]")) {
  input.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
}
