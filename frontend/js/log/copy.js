// Copies the text of the lines that are selected, without their numbers, times and marks.

// The selected text and of how many lines it is. Undefined if the selection is not within the rows. `textOf(item)`: the text of a row's line.
export function selectedText(rows, textOf) {
  const selection = getSelection();
  if (selection.isCollapsed || selection.rangeCount === 0) return undefined;
  const range = selection.getRangeAt(0);
  const items = [...rows.children].filter((item) => range.intersectsNode(item));
  if (items.length === 0) return undefined;
  const texts = items.map((item, at) => {
    const text = item.querySelector(".log-text");
    const isWhole = at > 0 && at < items.length - 1;
    return isWhole ? textOf(item) : partOf(range, text, () => textOf(item));
  });
  // A selection that ends at the beginning of a line has nothing of it, and has the line feed before it.
  return { text: texts.map((text) => text ?? "").join("\n"), count: items.length };
}

function partOf(range, text, whole) {
  const part = document.createRange();
  part.selectNodeContents(text);
  const startsBefore = range.compareBoundaryPoints(Range.START_TO_START, part) <= 0;
  const endsAfter = range.compareBoundaryPoints(Range.END_TO_END, part) >= 0;
  if (startsBefore && endsAfter) return whole();
  if (!startsBefore) part.setStart(range.startContainer, range.startOffset);
  if (!endsAfter) part.setEnd(range.endContainer, range.endOffset);
  // Setting one end beyond the other moves both.
  return part.toString();
}
