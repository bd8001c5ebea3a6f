// The menus of the page close on Escape, once something in them was chosen, and when they are left by a click or with the focus.

const open = () => document.querySelectorAll("details:is(.menu, .bar-menu)[open]");

function close(menu, isDone) {
  menu.open = false;
  if (isDone) menu.querySelector("summary").focus();
}

// On Escape.
export function closeMenus() {
  for (const menu of open()) close(menu, true);
}

addEventListener("submit", ({ target }) => {
  for (const menu of open()) if (menu.contains(target)) close(menu, true);
});
for (const type of ["pointerdown", "focusin"]) {
  addEventListener(type, ({ target }) => {
    for (const menu of open()) if (!menu.contains(target)) close(menu, false);
  });
}
