/**
 * Stands in for the window that the shell draws itself before it signs. In the product it is not part of
 * the page; here it lies outside the console's element, and looks like nothing of it.
 */

/** Asks; `true` for *Sign*. *Cancel* has the focus, as in the real one. */
export function confirmation(headline: string, words: string[] = []): Promise<boolean> {
  return new Promise((answer) => {
    const dialog = document.createElement("dialog");
    dialog.className = "stand-in";
    dialog.setAttribute("aria-label", "Stand-in for the native confirmation");
    const note = document.createElement("small");
    note.textContent = "Rehearsal: stands in for the system's own window";
    const text = document.createElement("p");
    text.textContent = words.length > 0 ? `${headline} [${words.join("-")}]` : headline;
    const buttons = document.createElement("div");
    const finish = (signed: boolean): void => {
      dialog.close();
      dialog.remove();
      answer(signed);
    };
    for (const [word, signed] of [
      ["Cancel", false],
      ["Sign", true],
    ] as const) {
      const button = document.createElement("button");
      button.textContent = word;
      button.autofocus = !signed;
      button.addEventListener("click", () => finish(signed));
      buttons.append(button);
    }
    dialog.addEventListener("cancel", () => finish(false));
    dialog.append(note, text, buttons);
    document.body.append(dialog);
    dialog.showModal();
  });
}
