// How many items of a list, from its beginning, meet a condition that none behind them meets. `meets(index)`.
export function countWhile(length, meets) {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (meets(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
