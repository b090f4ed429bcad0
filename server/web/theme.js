// Light or dark: as the system has it, until somebody chooses.
import { byId } from "./dom.js";

const key = "lastbeat.theme";

// Storage can be forbidden; then the choice lasts as long as the page.
const stored = () => {
  try {
    return localStorage.getItem(key) ?? "system";
  } catch {
    return "system";
  }
};
const store = (theme) => {
  try {
    localStorage.setItem(key, theme);
  } catch {
    // see above
  }
};

// `changed` is called when colours are others than before.
export const setUpTheme = (changed) => {
  const select = byId("theme");
  select.value = stored();
  if (select.selectedIndex < 0) select.value = "system";
  const apply = () => {
    document.documentElement.dataset.theme = select.value;
    changed();
  };
  select.addEventListener("change", () => {
    store(select.value);
    apply();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  apply();
};
