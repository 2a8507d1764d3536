//! Classifies any error code and any result code: neither proves more than is documented.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, i64)| {
    let (code, result) = input;
    sas_client::laws::code(code);
    sas_client::laws::result(result);
});
