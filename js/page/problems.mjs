/** Problems as a list for people who know the codes. */

/** Writes errors and warnings into the list. */
export function listProblems(list, errors, warnings = []) {
  list.replaceChildren(...errors.map((problem) => line(problem)), ...warnings.map((problem) => line(problem, true)));
}

function line({ code, path, message }, isWarning = false) {
  const item = document.createElement("li");
  const where = document.createElement("code");
  where.textContent = path ? `${code}  ${path}` : code;
  item.append(message, where);
  item.toggleAttribute("data-warning", isWarning);
  return item;
}

/** Says how it went, in one line and in words, and not by colour alone. */
export function verdict(element, isGood, texts, language) {
  const text = texts[language];
  if (element.textContent !== text) element.textContent = text;
  element.dataset.good = isGood;
}
