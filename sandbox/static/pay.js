// Counts the time left, and on the waiting page looks for the answer. Without script the page refreshes itself.
const left = document.querySelector("[data-left]");
if (left) {
  const end = Date.now() + Number(left.dataset.left) * 1000;
  const show = () => {
    const seconds = Math.max(0, Math.round((end - Date.now()) / 1000));
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    left.textContent = parts.map((part) => String(part).padStart(2, "0")).join(":");
    if (seconds === 0) location.replace(location.pathname + location.search);
    else setTimeout(show, 1000);
  };
  if (end > Date.now()) show();
}
const waiting = document.querySelector("[data-state]");
if (waiting) {
  const look = async () => {
    try {
      const { to } = await (await fetch(waiting.dataset.state)).json();
      if (to) return location.replace(to);
    } catch {
      // The gateway does not answer now; look again.
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 1000);
}
