//! Test support for scans: servers that can be scanned, and scans that start at once.

use super::{Cloud, Reply, uuid};
use crate::world::scans::{Course, ScanSettings, Scans};
use crate::world::{ClientStatus, ClientSubStatus, Edition};

impl Cloud {
    /// The demo world with these servers protected and all others out of reach, nothing scanned yet and
    /// every scan taking 100 seconds from a start after 10.
    pub fn scanning(servers: &[u8]) -> Self {
        let cloud = Self::new();
        cloud.mainland(|centre| {
            for (id, asset) in centre.assets.iter_mut() {
                let is_meant = servers.iter().any(|number| uuid(*number) == *id);
                asset.auth_version = if is_meant {
                    Edition::ULTIMATE
                } else {
                    Edition::FREE
                };
                if !is_meant {
                    asset.client_status = ClientStatus::Offline;
                    asset.client_sub_status = ClientSubStatus::Offline;
                }
            }
        });
        let course = Course {
            start_delay_seconds: 10,
            duration_seconds: 100,
            ..Course::default()
        };
        cloud.scans(|scans| {
            scans.tasks.clear();
            scans.settings = ScanSettings {
                push: course.clone(),
                vulnerability: course.clone(),
                baseline: course.clone(),
                fingerprint: course.clone(),
                virus: course,
                ..ScanSettings::default()
            };
        });
        cloud
    }

    /// Reads or changes the scans of the mainland.
    pub fn scans<R>(&self, change: impl FnOnce(&mut Scans) -> R) -> R {
        self.mainland(|centre| change(&mut centre.scans))
    }

    /// A call that must not be refused.
    pub fn ok(&self, action: &str, parameters: &[(&str, &str)]) -> Reply {
        let reply = self.call(action, parameters);
        assert_eq!(reply.status, 200, "{action}: {}", reply.body);
        reply
    }

    /// The code of a call that must be refused.
    pub fn refused(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let reply = self.call(action, parameters);
        assert_eq!(reply.status, 400, "{action}: {}", reply.body);
        assert!(!self.last().committed);
        reply.code().to_owned()
    }
}

/// The uuids of servers with commas between.
pub fn uuids(numbers: &[u8]) -> String {
    numbers
        .iter()
        .map(|number| uuid(*number))
        .collect::<Vec<_>>()
        .join(",")
}
