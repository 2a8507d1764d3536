//! Which servers can be scanned, and what the others lack: an agent, an agent that is online, a paid
//! edition. A server that lacks several counts for the first of them.

use std::collections::HashMap;
use std::sync::Arc;

use sas_api::kinds::auth_binding::Edition;
use sas_api::kinds::scan_job::{NotReady, Readiness, Unready};
use sas_api::plan::{NamedValue, Target};

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

/// The targets of a plan that cannot be scanned now, by uuid, with their names and what they lack.
pub(super) fn away(targets: &[Target], servers: &[Arc<Server>]) -> Vec<NamedValue> {
    let listed: HashMap<&str, &Server> = servers
        .iter()
        .map(|server| (server.uuid.as_str(), server.as_ref()))
        .collect();
    let away = targets.iter().filter_map(|target| {
        let name = if target.name.is_empty() {
            &target.uuid
        } else {
            &target.name
        };
        let why = match listed.get(target.uuid.as_str()).map(|server| lacks(server)) {
            Some(None) => return None,
            Some(Some(Unready::NotInstalled)) => "no agent",
            Some(Some(Unready::Offline)) => "agent offline",
            Some(Some(Unready::Unauthorized)) => "no paid edition",
            None => "not listed any more",
        };
        Some(NamedValue::new(&target.uuid, format!("{name} ({why})")))
    });
    away.collect()
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
    fn targets_that_are_away_come_with_a_reason() {
        let server = |uuid: &str, online, version| {
            Arc::new(Server {
                uuid: uuid.into(),
                online,
                version,
                ..Default::default()
            })
        };
        let servers = [
            server("u1", true, 7),
            server("u2", false, 7),
            server("u3", true, 1),
        ];
        let target = |uuid: &str, name: &str| Target {
            uuid: uuid.into(),
            name: name.into(),
            ..Default::default()
        };
        let targets = [
            target("u1", "a"),
            target("u2", "b"),
            target("u3", ""),
            target("u4", "d"),
        ];
        let expected = [
            ("u2", "b (agent offline)"),
            ("u3", "u3 (no paid edition)"),
            ("u4", "d (not listed any more)"),
        ];
        let expected = expected.map(|(uuid, why)| NamedValue::new(uuid, why));
        assert_eq!(away(&targets, &servers), expected);
        assert_eq!(away(&[], &servers), []);
    }

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
