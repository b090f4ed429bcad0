// What the browser keeps for this page under one name. Storage may be forbidden, or full: then it is kept as long as the
// page is open.
export class Stored {
  #area;
  #name;
  #value = null;

  // `area`: "localStorage", or "sessionStorage", which belongs to one tab. Even naming them throws where they are
  // forbidden.
  constructor(area, name) {
    this.#area = area;
    this.#name = name;
    this.#use((storage) => (this.#value = storage.getItem(name)));
  }

  // Null: nothing.
  get value() {
    return this.#value;
  }

  set value(value) {
    this.#value = value;
    this.#use((storage) => (value === null ? storage.removeItem(this.#name) : storage.setItem(this.#name, value)));
  }

  #use(act) {
    try {
      act(globalThis[this.#area]);
    } catch {
      // see above
    }
  }
}
