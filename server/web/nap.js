// Sleep from which others can wake the sleeper. Woken while awake, it does not sleep the next time.
export class Nap {
  #wake = null;
  #isWoken = false;

  sleep(ms) {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#wake = null;
        this.#isWoken = false;
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#wake = end;
      if (this.#isWoken) end();
    });
  }

  wake() {
    this.#isWoken = true;
    this.#wake?.();
  }
}
