// Asks for a token, which lives as long as the tab.
import { byId } from "./dom.js";
import { Stored } from "./storage.js";

// The characters of RFC 6750, as many as the server takes: whatever else was pasted could not even be sent.
const isToken = (text) => /^[A-Za-z0-9._~+/=-]{1,4096}$/.test(text);

export class SignIn {
  #stored = new Stored("sessionStorage", "lastbeat.token");
  #dialog = byId("sign-in");
  #input = byId("token");
  #error = byId("token-error");
  #signOut = byId("sign-out");
  #done = null;

  // `signedOut` is called when somebody wants the token forgotten.
  constructor(signedOut) {
    const kept = this.#stored.value ?? "";
    this.#keep(isToken(kept) ? kept : null);
    byId("token-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const token = this.#input.value.trim();
      if (!isToken(token)) {
        this.#error.textContent = "A token has up to 4,096 letters, digits and - . _ ~ + / =.";
        return;
      }
      this.#keep(token);
      this.#input.value = "";
      this.#done?.();
    });
    // There is nothing to see without a token, so Escape leads nowhere, also where it cannot be prevented.
    this.#dialog.addEventListener("cancel", (event) => event.preventDefault());
    this.#dialog.addEventListener("close", () => this.#done && this.#dialog.showModal());
    this.#signOut.addEventListener("click", () => {
      this.#keep(null);
      signedOut();
    });
  }

  token() {
    return this.#stored.value;
  }

  // `reason`: what was wrong with the token before; empty when there was none. Ends when another one has been given.
  async ask(reason) {
    this.#keep(null);
    this.#error.textContent = reason;
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#input.focus();
    await new Promise((resolve) => (this.#done = resolve));
    this.#done = null;
  }

  close() {
    if (this.#dialog.open) this.#dialog.close();
  }

  // Also where it was refused, or nobody has answered yet, it can be forgotten.
  #keep(token) {
    this.#stored.value = token;
    this.#signOut.hidden = token === null;
  }
}
