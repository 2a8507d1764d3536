//! Every refusal of the gateway and every kind of fault, through signed requests.

mod accounts;
mod admission;
mod faults;
mod permissions;
mod protocol;

use crate::testing::{Cloud, Signing, v1, v3};

const READ: &str = "DescribeVendorList";
const BIND: [(&str, &str); 2] = [
    ("Bind.1", "00000001-5a5a-4000-8000-000000000001"),
    ("AuthVersion", "7"),
];

fn edition_of_web_1(cloud: &Cloud) -> i32 {
    cloud.mainland(|centre| {
        centre.assets["00000001-5a5a-4000-8000-000000000001"]
            .auth_version
            .0
    })
}

/// Sends the same mistake in both signature versions and expects the same refusal.
#[track_caller]
fn both_refuse(cloud: &Cloud, change: impl Fn(&mut Signing), status: u16, code: &str) {
    for (number, version) in ["V1", "V3"].into_iter().enumerate() {
        let mut signing = Signing::nonce(&format!("refused-{code}-{number}"));
        change(&mut signing);
        let reply = match version {
            "V1" => cloud.send(&v1(&signing, READ, &[])),
            _ => cloud.send(&v3(&signing, READ, &[], b"")),
        };
        assert_eq!((reply.status, reply.code()), (status, code), "{version}");
        let record = cloud.last();
        assert_eq!(
            (record.status, record.code.as_deref()),
            (Some(status), Some(code))
        );
        assert_eq!(record.signature, Some(version));
    }
}
