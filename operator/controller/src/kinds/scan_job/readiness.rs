//! Which servers can be scanned, and what the others lack: an agent, an agent that is online, a paid
//! edition. A server that lacks several counts for the first of them.

use std::sync::Arc;

use sas_api::kinds::auth_binding::Edition;
use sas_api::kinds::scan_job::{NotReady, Readiness, Unready};

use crate::assets::Server;
use crate::kinds::count;

/// What a server lacks; `None` when it can be scanned.
pub(super) fn lacks(server: &Server) -> Option<Unready> {
    if server.not_installed {
        Some(Unready::NotInstalled)
    } else if !server.online {
        Some(Unready::Offline)
    } else if server.version <= Edition::Free.version() {
        Some(Unready::Unauthorized)
    } else {
        None
    }
}

/// Servers by whether they can be scanned.
#[derive(Clone, Debug, Default)]
pub(super) struct Sorted {
    pub(super) ready: Vec<Arc<Server>>,
    pub(super) others: Vec<(Arc<Server>, Unready)>,
}

/// Sorts servers.
pub(super) fn sort(servers: &[Arc<Server>]) -> Sorted {
    let mut sorted = Sorted::default();
    for server in servers {
        match lacks(server) {
            None => sorted.ready.push(server.clone()),
            Some(what) => sorted.others.push((server.clone(), what)),
        }
    }
    sorted
}

impl Sorted {
    /// Those that lack this.
    pub(super) fn lacking(&self, what: Unready) -> impl Iterator<Item = &Arc<Server>> {
        let others = self.others.iter().filter(move |(_, lacks)| *lacks == what);
        others.map(|(server, _)| server)
    }

    /// How many.
    pub(super) fn counts(&self) -> Readiness {
        let lacking = |what| count(self.lacking(what).count());
        Readiness {
            ready: count(self.ready.len()),
            unauthorized: lacking(Unready::Unauthorized),
            offline: lacking(Unready::Offline),
            not_installed: lacking(Unready::NotInstalled),
        }
    }

    /// The first of those that cannot be scanned.
    pub(super) fn listed(&self, most: usize) -> Vec<NotReady> {
        let others = self.others.iter().take(most);
        let row = |(server, reason): &(Arc<Server>, Unready)| NotReady {
            uuid: server.uuid.clone(),
            name: server.name.clone(),
            reason: *reason,
        };
        others.map(row).collect()
    }
}

/// The counts in words: `12 ready, 1 without paid edition, 2 offline, 0 without agent`.
pub(super) fn in_words(counts: Readiness) -> String {
    format!(
        "{} ready, {} without paid edition, {} offline, {} without agent",
        counts.ready, counts.unauthorized, counts.offline, counts.not_installed
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_lacks() {
        let server = |not_installed, online, version| Server {
            version,
            online,
            not_installed,
            ..Default::default()
        };
        let table = [
            (server(false, true, 7), None),
            (server(false, true, 6), None),
            (server(false, true, 1), Some(Unready::Unauthorized)),
            (server(false, true, 0), Some(Unready::Unauthorized)),
            (server(false, false, 7), Some(Unready::Offline)),
            (server(true, false, 7), Some(Unready::NotInstalled)),
        ];
        for (server, expected) in &table {
            assert_eq!(lacks(server), *expected, "{server:?}");
        }
        let servers: Vec<_> = table.into_iter().map(|(server, _)| Arc::new(server)).collect();
        let counts = sort(&servers).counts();
        let expected = "2 ready, 2 without paid edition, 1 offline, 1 without agent";
        assert_eq!(in_words(counts), expected);
    }
}
