//! There is no way from a call to an approved one.

use sas_api::plan::Call;
use sas_engine::Approved;
use sas_engine::operation::Gate;

fn forge(value: Call) -> Approved<Call> {
    Approved::new(value)
}

fn convert(value: Call) -> Approved<Call> {
    Approved::from(value)
}

fn borrow_the_engines_own<K: Gate>() {
    let _ = Approved::from_stored_intent::<K>;
}

fn main() {}
