/** The page's language. Both languages stand in the document; the style sheet shows the chosen one. */

/** "en" or "zh-CN", as the form says. */
export function chosenLanguage(form) {
  return form.elements.lang.value;
}

/** Keeps the document's language, title and currency names in step with the choice, which begins as the browser's on a fresh page. */
export function followLanguage(form, fresh, changed) {
  const choices = form.elements.lang;
  if (fresh) choices.value = preferred(navigator.languages);
  const follow = () => {
    const tag = chosenLanguage(form);
    const short = tag === "zh-CN" ? "zh" : "en";
    document.documentElement.lang = tag;
    const title = document.querySelector("title");
    title.textContent = title.dataset[short];
    for (const option of form.querySelectorAll("option")) option.textContent = `${option.value} – ${option.dataset[short]}`;
  };
  for (const choice of choices) {
    choice.addEventListener("change", () => {
      follow();
      changed();
    });
  }
  follow();
}

function preferred(tags) {
  const first = tags.find((tag) => /^(en|zh)\b/i.test(tag));
  return first && /^zh/i.test(first) ? "zh-CN" : "en";
}
