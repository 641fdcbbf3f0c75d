// What a browser with script adds. Every page works without; each block serves one data attribute.
const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

// The error summary takes the focus, so that it is read first.
each("[data-focus]", (box) => box.focus());

// A second press within eight seconds sends nothing; the server has the last word.
each("form[method=post]", (form) => {
  let sent = -8000;
  form.addEventListener("submit", (event) => {
    if (event.timeStamp - sent < 8000) event.preventDefault();
    else sent = event.timeStamp;
  });
});

// The open menu closes on Escape, giving the focus back, and on a press outside.
each("details[data-menu]", (menu) => {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

// An identity number is easier to check in groups; the server takes the spaces out again.
each("input[data-id-number]", (input) => {
  input.addEventListener("blur", () => {
    const number = input.value.replace(/[\s-]/g, "").toUpperCase();
    if (/^\d{17}[\dX]$/.test(number)) input.value = number.replace(/^(.{6})(.{8})(.{4})$/, "$1 $2 $3");
  });
});

// A secret can be looked at before it is sent.
each("button[data-show]", (button) => {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
  if (input.form) input.form.addEventListener("submit", () => { input.type = "password"; });
});

// A draft is saved a moment after the last change; silent when the line is down.
each("form[data-autosave]", (form) => {
  const status = document.getElementById(form.dataset.status);
  const read = () => new URLSearchParams(new FormData(form)).toString();
  let saved = read();
  let timer = 0;
  let leaving = false;
  const save = async () => {
    const now = read();
    if (leaving || now === saved) return;
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST", body: new URLSearchParams(now), credentials: "same-origin", headers: { Accept: "application/json" },
      });
      const said = await answer.json();
      if (answer.ok) saved = now;
      if (said.version && form.elements.version) {
        form.elements.version.value = said.version;
        saved = read();
      }
      if (said.message && status) status.textContent = said.message;
    } catch (_) {
      return;
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 1200);
  });
  form.addEventListener("submit", () => {
    leaving = true;
    clearTimeout(timer);
  });
  // The page in the other language is shown with what was typed until now.
  each("a[hreflang]", (link) => link.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || read() === saved) return;
    event.preventDefault();
    clearTimeout(timer);
    await save();
    location.assign(link.href);
  }));
});

// Waiting for a payment: ask ever more slowly, not while hidden, and read the page again once it is decided.
each("[data-poll]", (box) => {
  let wait = 2000;
  const again = () => setTimeout(ask, wait);
  const ask = async () => {
    if (document.hidden) return again();
    try {
      const answer = await fetch(box.dataset.poll, { credentials: "same-origin", headers: { Accept: "application/json" } });
      const said = await answer.json();
      if (said.final) return location.reload();
      wait = Math.min(wait * 1.3, 15000);
    } catch (_) {
      wait = 15000;
    }
    return again();
  };
  again();
});

// What is kept for a person only until an hour says how long still, and the page is read again once it is over.
each("[data-seconds]", (box) => {
  const end = performance.now() + box.dataset.seconds * 1000;
  const show = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    if (left <= 0) return location.reload();
    box.textContent = box.dataset.left.replace("{}", `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`);
    return setTimeout(show, 1000);
  };
  show();
});

// A button that only script can serve shows itself.
each("button[data-print]", (button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});
