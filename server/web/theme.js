// Light or dark: as the system has it, until somebody chooses.
import { byId } from "./dom.js";
import { Stored } from "./storage.js";

// `changed` is called when colours are others than before.
export const setUpTheme = (changed) => {
  const stored = new Stored("localStorage", "lastbeat.theme");
  const select = byId("theme");
  select.value = stored.value;
  if (select.selectedIndex < 0) select.value = "system";
  const apply = () => {
    document.documentElement.dataset.theme = select.value;
    changed();
  };
  select.addEventListener("change", () => {
    stored.value = select.value;
    apply();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  apply();
};
