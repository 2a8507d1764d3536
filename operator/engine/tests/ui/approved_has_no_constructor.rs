//! There is no way from a call to an approved one.

use sas_api::kinds::SasAuthBinding;
use sas_api::plan::Call;
use sas_engine::Approved;

fn forge(value: Call) -> Approved<Call> {
    Approved::new(value)
}

fn convert(value: Call) -> Approved<Call> {
    Approved::from(value)
}

fn borrow_the_engines_own() {
    let _ = Approved::from_stored_intent::<SasAuthBinding>;
}

fn main() {}
