//! A cloud sends approved calls and nothing else.

use sas_api::plan::Call;
use sas_engine::{Cloud, Reply, SendError};

async fn send(cloud: &impl Cloud, call: Call) -> Result<Reply, SendError> {
    cloud.send(&call).await
}

fn main() {}
