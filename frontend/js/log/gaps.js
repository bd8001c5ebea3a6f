// Gaps between lines by the offset at which they end: the ones that were heard of last.

const MOST = 10_000;

export class Gaps extends Map {
  add(gap) {
    this.delete(gap.to);
    this.set(gap.to, gap);
    if (this.size > MOST) this.delete(this.keys().next().value);
  }
}
