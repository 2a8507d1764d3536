//! Flattens any structure with plain names: the flat names lead back to it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &[u8]| {
    let Ok(request) = serde_json::from_slice::<Value>(text) else {
        return;
    };
    if !sas_client::laws::has_plain_names(&request) {
        return;
    }
    if let Value::Object(fields) = request {
        sas_client::laws::flattening(fields);
    }
});
