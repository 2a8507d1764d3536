//! How a plan that is too large for a status is written down: lines that a person can read, one JSON array
//! per server and one JSON object per call, in the keys `targets` and `calls` of ConfigMaps. The operator
//! writes them and tools read them; a digest over all lines tells whether they are still the same.

use std::collections::BTreeMap;

use crate::digest::digest;
use crate::plan::{Call, Plan, Target};

const TARGETS: &str = "targets";
const CALLS: &str = "calls";

/// The lines of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    targets: Vec<String>,
    calls: Vec<String>,
}

impl Lines {
    /// Those of a plan.
    pub fn of(plan: &Plan) -> Self {
        let target = |t: &Target| {
            serde_json::json!([t.uuid, t.instance_id, t.region_id, t.name, t.current]).to_string()
        };
        let call = |c: &Call| serde_json::to_string(c).unwrap_or_default();
        Self {
            targets: plan.targets.iter().map(target).collect(),
            calls: plan.calls.iter().map(call).collect(),
        }
    }

    /// Those that lie in ConfigMaps with these data, in order.
    pub fn of_chunks<'a>(chunks: impl IntoIterator<Item = &'a BTreeMap<String, String>>) -> Self {
        let mut lines = Self::default();
        for data in chunks {
            let read = |key: &str| {
                data.get(key)
                    .into_iter()
                    .flat_map(|text| text.lines())
                    .map(str::to_owned)
            };
            lines.targets.extend(read(TARGETS));
            lines.calls.extend(read(CALLS));
        }
        lines
    }

    /// `sha256:` and the SHA-256 over all lines.
    pub fn digest(&self) -> String {
        digest(&format!(
            "{}\n\n{}",
            self.targets.join("\n"),
            self.calls.join("\n")
        ))
    }

    /// The data of ConfigMaps of at most about so many bytes each.
    pub fn chunks(&self, bytes_each: usize) -> Vec<BTreeMap<String, String>> {
        let mut chunks = vec![BTreeMap::<String, String>::new()];
        let mut bytes = 0;
        let keyed = self
            .targets
            .iter()
            .map(|l| (TARGETS, l))
            .chain(self.calls.iter().map(|l| (CALLS, l)));
        for (key, line) in keyed {
            if bytes + line.len() > bytes_each && bytes > 0 {
                chunks.push(BTreeMap::new());
                bytes = 0;
            }
            bytes += line.len() + 1;
            if let Some(chunk) = chunks.last_mut() {
                let text = chunk.entry(key.to_owned()).or_default();
                text.push_str(line);
                text.push('\n');
            }
        }
        chunks
    }

    /// Targets and calls; nothing if a line is not one of either.
    pub fn parse(&self) -> Option<(Vec<Target>, Vec<Call>)> {
        let target = |line: &String| {
            let [uuid, instance_id, region_id, name, current]: [String; 5] =
                serde_json::from_str(line).ok()?;
            Some(Target {
                uuid,
                instance_id,
                region_id,
                name,
                current,
            })
        };
        let targets = self.targets.iter().map(target).collect::<Option<_>>()?;
        let calls = self.calls.iter().map(|line| serde_json::from_str(line).ok());
        Some((targets, calls.collect::<Option<_>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Risk;
    use crate::plan::{Parameter, Repeat};

    const CHUNK: usize = 600_000;

    fn plan(servers: usize) -> Plan {
        let target = |i: usize| Target {
            uuid: format!("u-{i:05}"),
            name: format!("näme \t {i}"),
            ..Default::default()
        };
        let call = Call {
            product: "p".into(),
            version: "v".into(),
            action: "A".into(),
            region_id: "r".into(),
            parameters: vec![Parameter::literal("X", "line\nbreak")],
            repeat: Repeat::Never,
        };
        Plan {
            summary: String::new(),
            risk: Risk::R3,
            calls: vec![call; 7],
            targets: (0..servers).map(target).collect(),
            values: vec![],
            cost: None,
            partial: false,
            warnings: vec![],
        }
    }

    #[test]
    fn lines_survive_chunking_and_parsing() {
        let plan = plan(30_000);
        let lines = Lines::of(&plan);
        let chunks = lines.chunks(CHUNK);
        assert!(chunks.len() > 1);
        let size = |chunk: &BTreeMap<String, String>| chunk.values().map(String::len).sum::<usize>();
        assert!(chunks.iter().all(|chunk| size(chunk) < CHUNK + 4096));
        let read = Lines::of_chunks(&chunks);
        assert_eq!(read.digest(), lines.digest());
        assert_eq!(read.parse().unwrap(), (plan.targets, plan.calls));
    }

    #[test]
    fn the_digest_is_pinned() {
        let digest = Lines::of(&plan(2)).digest();
        assert_eq!(
            digest,
            "sha256:941d1a704920a865426c8659fede1430f0a53fef1191325d92cfacd61ead768d"
        );
    }
}
