// Whether the person for whom the page was made may type into this process: into any, or into those of templates. The document
// says so, or in pages of other applications the component around it. The server drops what others type.
export function mayType(element) {
  const rights = element.closest("[data-rights]")?.dataset.rights.split(" ") ?? [];
  return rights.includes("type") || (rights.includes("input") && element.closest(".templated, .execdeck-templated") !== null);
}
