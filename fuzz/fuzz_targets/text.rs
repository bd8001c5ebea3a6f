#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| execdeck_engine::fuzzing::text(bytes));
