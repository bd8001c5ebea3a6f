// Measures are taken of the release. Imported first: what it sets is read by modules of the tests when they are loaded.
process.env.EXECDECK ??= new URL("../../target/release/execdeck", import.meta.url).pathname;
