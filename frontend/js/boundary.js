// Standard output and standard error arrive in chunks that are cut anywhere. An incomplete character or escape sequence at
// the end of a chunk waits for the rest of its stream, so that the other stream cannot end up inside of it.

const ESC = 0x1b;
const BEL = 0x07;
// Nothing longer than this is taken for a sequence.
const MAX_TAIL = 64 << 10;
// ESC followed by one of these begins a string, which ends with BEL or ESC \ (ECMA-48, section 5.6).
const STRING_STARTS = new Set([..."]PX^_"].map((c) => c.charCodeAt(0)));

export class StreamTail {
  #tail = new Uint8Array();

  // What can be shown now: what waited and the new bytes, up to an incomplete sequence or character.
  push(bytes) {
    const all = new Uint8Array(this.#tail.length + bytes.length);
    all.set(this.#tail);
    all.set(bytes, this.#tail.length);
    let end = completeLength(all);
    if (all.length - end > MAX_TAIL) end = all.length;
    this.#tail = all.slice(end);
    return all.subarray(0, end);
  }

  // What still waits when the stream has ended.
  flush() {
    const tail = this.#tail;
    this.#tail = new Uint8Array();
    return tail;
  }
}

// The length of the longest prefix that ends outside of a sequence and between two characters.
export function completeLength(bytes) {
  const last = bytes.lastIndexOf(ESC);
  if (last < 0 || isComplete(bytes, last)) return bytes.length - incompleteCharacter(bytes);
  // An ESC at the very end may be the first half of what ends a string that began before it.
  const before = last === bytes.length - 1 && last > 0 ? bytes.lastIndexOf(ESC, last - 1) : -1;
  return before >= 0 && !isComplete(bytes, before) ? before : last;
}

// Whether the sequence that begins with the ESC at `at` is complete.
function isComplete(bytes, at) {
  const kind = bytes[at + 1];
  if (kind === undefined) return false;
  const rest = bytes.subarray(at + 2);
  if (STRING_STARTS.has(kind)) return rest.includes(BEL);
  // CSI: parameters and intermediates, then a final byte. Control characters are executed inside of it.
  if (kind === 0x5b) return rest.some((byte) => byte >= 0x40 && byte <= 0x7e);
  // ESC, intermediates, final.
  if (kind >= 0x20 && kind <= 0x2f) return rest.some((byte) => byte >= 0x30);
  return true;
}

// How many bytes at the end are the beginning of a UTF-8 character (RFC 3629).
function incompleteCharacter(bytes) {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if (byte >= 0x80 && byte <= 0xbf) continue;
    const length = byte >= 0xf0 && byte <= 0xf7 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back && byte <= 0xf7 ? back : 0;
  }
  return 0;
}
