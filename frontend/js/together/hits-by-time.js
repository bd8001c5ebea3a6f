// The lines of several processes that match, in the order of the merged list. Those of each process are a range that grows at both ends; of
// all of them, only those count whose order is certain.
import { Hits } from "../log/hits.js";
import { notBefore } from "./order.js";

// Before and behind all times.
const FIRST = "";
const LAST = "~";

export class HitsByTime {
  // `{feed, hits, from, isLimited}`: `from` is a time up to which there may be matches above the range.
  #parts;
  #order;

  // `cuts`: the numbers of the lines from which on it searches, `at` their time. `ask(feed, from, signal, hit)` searches a process.
  constructor(feeds, cuts, at, ask) {
    this.#parts = feeds.map((feed, index) => ({ feed, hits: new Hits(cuts[index], (from, signal, hit) => this.#ask(ask, feed, from, signal, hit)), from: at, isLimited: false }));
  }

  get(feed, own) {
    return this.#parts.find((part) => part.feed === feed)?.hits.get(own);
  }

  get count() {
    return this.#parts.reduce((sum, { hits }) => sum + hits.lines.length, 0);
  }

  // Whether all was searched, from the first line and up to the last.
  get isFromStart() {
    return this.#parts.every(({ hits }) => hits.from === 1);
  }

  get isToEnd() {
    return !this.#parts.some(isOpen);
  }

  get isLimited() {
    return this.#parts.some(({ isLimited }) => isLimited);
  }

  // `{feed, own, at}`, as far as it is known that no other one comes between them.
  get order() {
    this.#order ??= this.#sorted();
    return this.#order;
  }

  indexOf(hit) {
    return hit ? this.order.findIndex(({ feed, own }) => feed === hit.feed && own === hit.own) : -1;
  }

  // The match next to a place, which is found long before all are: the first one from these lines on.
  async peek(cuts, signal) {
    const found = await Promise.all(this.#parts.map(({ feed, hits }, index) => unlessGone(feed, () => hits.peekBelow(cuts[index], signal))));
    const hits = this.#parts.map(({ feed, hits }, index) => ({ feed, own: found[index], at: hits.get(found[index])?.time ?? LAST }));
    return hits.filter(({ own }) => own !== undefined).reduce((first, hit) => (!first || hit.at < first.at ? hit : first), undefined);
  }

  // Searches further below where that is needed to know more of the order. `found(feed, own)` is called for each one. Returns whether there
  // was something to search.
  async down(signal, found) {
    const highest = this.#highest();
    const open = this.#parts.filter((part) => isOpen(part) && (!part.isLimited || endOf(part) === highest));
    await Promise.all(
      open.map((part) =>
        unlessGone(part.feed, async () => {
          const { feed, hits } = part;
          const { total } = feed;
          await hits.down(signal, total, (own) => found(feed, own));
          part.isLimited = hits.end <= total;
        }),
      ),
    );
    this.#order = undefined;
    return open.length > 0;
  }

  // The same above.
  async up(signal) {
    const lowest = this.#lowest();
    const open = this.#parts.filter(({ feed, hits, from }) => !feed.error && hits.from > 1 && from === lowest);
    await Promise.all(
      open.map((part) =>
        unlessGone(part.feed, async () => {
          await part.hits.up(signal);
          part.from = part.hits.get(part.hits.lines[0])?.time ?? FIRST;
        }),
      ),
    );
    this.#order = undefined;
    return open.length > 0;
  }

  #ask(ask, feed, from, signal, hit) {
    return ask(feed, from, signal, (found) => {
      this.#order = undefined;
      return hit(found);
    });
  }

  #lowest() {
    return this.#parts.filter(({ hits }) => hits.from > 1).reduce((latest, { from }) => (from > latest ? from : latest), FIRST);
  }

  #highest() {
    return this.#parts.filter(({ isLimited }) => isLimited).reduce((earliest, part) => (endOf(part) < earliest ? endOf(part) : earliest), LAST);
  }

  #sorted() {
    const [lowest, highest] = [this.#lowest(), this.#highest()];
    const all = this.#parts.flatMap(({ feed, hits }) => {
      let at;
      return hits.lines.map((own) => ({ feed, own, at: (at = notBefore(hits.get(own).time, at)) }));
    });
    // The sort keeps those of one time in the order of their processes.
    return all.filter(({ at }) => at >= lowest && at <= highest).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  }
}

const isOpen = ({ feed, hits }) => !feed.error && hits.end <= feed.total;

// When the last match was printed that is here.
const endOf = ({ hits }) => hits.get(hits.lines.at(-1))?.time ?? FIRST;

// What has been removed, or may not be seen any more, is not searched.
async function unlessGone(feed, task) {
  try {
    return await task();
  } catch (error) {
    if (error.status !== 404 && error.status !== 403) throw error;
    feed.error ??= Object.assign(error, { isFinal: true });
    return undefined;
  }
}
