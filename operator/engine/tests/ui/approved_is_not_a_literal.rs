//! The fields of an approval are private.

use sas_api::plan::Call;
use sas_engine::Approved;

fn forge(value: Call) -> Approved<Call> {
    Approved { value }
}

fn main() {}
