// Makes elements. Text becomes text, never markup.
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (name in element && !name.startsWith("aria")) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// A text as the children of an element, with elements or other texts in the places of their names: `{time}`.
export const filled = (text, values) => text.split(/{(\w+)}/).map((part, at) => (at % 2 ? (values[part] ?? "") : part));
