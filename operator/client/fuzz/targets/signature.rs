//! Signs made-up parameters, in the query and in the body, with and without a token: exactly they arrive.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (BTreeMap<String, String>, bool, bool)| {
    let (parameters, has_token, in_body) = input;
    let token = has_token.then_some("CAIS+token/with=all*of~the%");
    sas_client::laws::signature(&parameters, "5f0c7e2a-nonce", token, in_body);
});
