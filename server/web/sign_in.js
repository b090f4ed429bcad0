// Asks for a token, which lives as long as the tab.
import { byId } from "./dom.js";

const key = "lastbeat.token";

export class SignIn {
  #dialog = byId("sign-in");
  #input = byId("token");
  #error = byId("token-error");
  #signOut = byId("sign-out");
  #done = null;

  // `signedOut` is called when somebody wants the token forgotten.
  constructor(signedOut) {
    byId("token-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const token = this.#input.value.trim();
      if (token === "") return;
      sessionStorage.setItem(key, token);
      this.#input.value = "";
      this.#done?.();
    });
    // There is nothing to see without a token, so Escape leads nowhere, also where it cannot be prevented.
    this.#dialog.addEventListener("cancel", (event) => event.preventDefault());
    this.#dialog.addEventListener("close", () => this.#done && this.#dialog.showModal());
    this.#signOut.addEventListener("click", () => {
      sessionStorage.removeItem(key);
      this.#signOut.hidden = true;
      signedOut();
    });
  }

  token() {
    return sessionStorage.getItem(key);
  }

  // The server was content with what it was shown.
  accepted() {
    this.#signOut.hidden = this.token() === null;
  }

  // `reason`: what was wrong with the token before; empty when there was none. Ends when another one has been given.
  async ask(reason) {
    sessionStorage.removeItem(key);
    this.#signOut.hidden = true;
    this.#error.textContent = reason;
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#input.focus();
    await new Promise((resolve) => (this.#done = resolve));
    this.#done = null;
  }

  close() {
    if (this.#dialog.open) this.#dialog.close();
  }
}
