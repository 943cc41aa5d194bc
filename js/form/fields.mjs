/** A form whose input names are the JSON pointers of an order's members. */

/** What is typed into the form, by name; other fields are left out. Disabled fields do not count, as in a submission. */
export function readFields(form) {
  const fields = {};
  for (const [name, value] of new FormData(form)) {
    if (name.startsWith("/") && typeof value === "string") fields[name] = value;
  }
  return fields;
}

/** The elements that carry this name: one, several for radio buttons, none for something that has no input. */
export function namedFields(form, name) {
  return [...form.elements].filter((element) => element.name === name);
}
