// Where a place in the merged list lies within each process: the numbers of the first lines from there on. Few lines are looked at for
// that, by halving.

// When so few lines are left to choose from they are asked for together.
const FEW = 128;

// The number of the first line from which on all are behind a place, by their times; one more than the last if none is.
export async function cutAt(feed, isBehind) {
  let [low, high] = [feed.first, feed.total + 1];
  while (low < high) {
    if (high - low <= FEW) await feed.learnTimes(low, high - low);
    const middle = Math.floor((low + high) / 2);
    if (isBehind(await feed.timeOf(middle))) high = middle;
    else low = middle + 1;
  }
  return low;
}

// The numbers in each process before which there are so many lines in all. Lines of one time are in the order of their processes.
export async function cutsBehind(count, feeds) {
  const ranges = feeds.map((feed, index) => ({ feed, index, low: feed.first, high: feed.total + 1 }));
  const sum = (sizeOf) => ranges.reduce((all, range) => all + sizeOf(range), 0);
  // What is still to be found of them is in the ranges.
  let wanted = Math.min(count, sum(({ low, high }) => high - low));
  while (wanted > 0 && wanted < sum(({ low, high }) => high - low)) {
    const open = ranges.filter(({ low, high }) => low < high);
    await Promise.all(open.map(lookAtMiddle));
    const before = ({ time, index }, other) => time < other.time || (time === other.time && index < other.index);
    const latest = open.reduce((best, range) => (before(best, range) ? range : best));
    const earliest = open.reduce((best, range) => (before(range, best) ? range : best));
    // Every line up to a middle comes before the latest of the middles, and every line from a middle on behind the earliest of them.
    if (wanted < open.reduce((all, { low, middle }) => all + middle - low + 1, 0)) latest.high = latest.middle;
    else {
      wanted -= earliest.middle + 1 - earliest.low;
      earliest.low = earliest.middle + 1;
    }
  }
  return ranges.map(({ low, high }) => (wanted > 0 ? high : low));
}

async function lookAtMiddle(range) {
  const { feed, low, high } = range;
  if (high - low <= FEW) await feed.learnTimes(low, high - low);
  range.middle = Math.floor((low + high) / 2);
  range.time = await feed.timeOf(range.middle);
}
