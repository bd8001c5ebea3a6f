// Which line of several processes comes next in the merged list. Times are texts of one length, so that they compare as such.

// The time by which a line is put in order behind or before its neighbour of the same process, whatever the clock did. A line whose
// time is not known has that of its neighbour.
export const notBefore = (time, other) => (other === undefined || (time ?? "") > other ? (time ?? other ?? "") : other);
export const notAfter = (time, other) => (other === undefined || (time ?? "~") < other ? (time ?? other ?? "") : other);

export const newestOf = (times) => times.reduce((newest, time) => (time > newest ? time : newest), "");

// The process whose line comes right before the list, if one is here.
export function latestAbove(feeds) {
  const heads = feeds.filter(({ above }) => above.length > 0);
  return heads.reduce((best, feed) => (!best || feed.above.at(-1).at >= best.above.at(-1).at ? feed : best), undefined);
}

// The process whose line comes right behind the list, if one is here that is not newer than the horizon.
export function earliestBelow(feeds, horizon) {
  const heads = feeds.filter(({ below }) => below[0]?.at <= horizon);
  return heads.reduce((best, feed) => (!best || feed.below[0].at < best.below[0].at ? feed : best), undefined);
}

// Whether the next line of a process has to be loaded before it is known which one comes next. `way`: -1 before the list, 1 behind it.
export const isWanting = (feed, way) => (way < 0 ? feed.above.length === 0 && feed.hasMoreAbove : feed.below.length === 0 && feed.hasMoreBelow);

// Whether nothing more can be added behind the list now.
export const isAtEnd = (feeds, horizon) => feeds.every((feed) => (feed.below.length > 0 ? feed.below[0].at > horizon : !feed.hasMoreBelow));
