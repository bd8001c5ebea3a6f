// Puts a brotli copy beside each file of a folder.
import { constants, brotliCompressSync } from "node:zlib";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// How distances are written (RFC 7932, section 4): which way is the shortest differs from file to file.
const DISTANCES = [[0, 0], [0, 5], [1, 30], [3, 64]];

const [folder] = process.argv.slice(2);
for (const name of readdirSync(folder)) {
  const data = readFileSync(join(folder, name));
  const compress = ([postfix, direct]) => {
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
      [constants.BROTLI_PARAM_NPOSTFIX]: postfix,
      [constants.BROTLI_PARAM_NDIRECT]: direct,
    };
    return brotliCompressSync(data, { params });
  };
  const smallest = DISTANCES.map(compress).reduce((least, next) => (next.length < least.length ? next : least));
  writeFileSync(join(folder, `${name}.br`), smallest);
}
