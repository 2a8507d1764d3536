//! Judges any answer, to a read and to a write: it is taken for no more than it proves.
#![no_main]

use std::str;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // The status in three digits and then the body, so that people can read and write seeds.
    if let Some((status, body)) = input.split_first_chunk::<3>()
        && let Some(status) = str::from_utf8(status).ok().and_then(|digits| digits.parse().ok())
    {
        sas_client::laws::reply(status, body);
    }
});
