//! Reads any body as the reply of every action: a refusal quotes nothing of it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| sas_client::laws::every_type(body));
