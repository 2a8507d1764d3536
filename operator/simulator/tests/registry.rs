//! Holds the registries together: each action has a client, a simulation with the same facts, its name in
//! the manual and a conformance case, or the test fails with the names of what lacks something.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sas_client::action::ActionInfo;
use sas_sim::action::Facts;

/// Product, version, effect, RAM action, and whether a key signs it.
type Stated = (&'static str, &'static str, String, String, bool);

/// What each place knows of the actions.
#[derive(Clone)]
struct Registries {
    client: BTreeMap<&'static str, Stated>,
    simulator: BTreeMap<&'static str, Stated>,
    /// Names that the simulator takes by the client's method.
    reachable: BTreeSet<&'static str>,
    /// Every word of the manual.
    manual: BTreeSet<String>,
    /// File names without their extension.
    cases: BTreeSet<String>,
}

impl Registries {
    fn real() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let manual = std::fs::read_to_string(root.join("docs/simulator.md")).unwrap();
        let words = manual.split(|letter: char| !letter.is_ascii_alphanumeric());
        let cases = std::fs::read_dir(root.join("tests/conformance/cases")).unwrap();
        let cases = cases.map(|entry| entry.unwrap().path());
        let cases = cases.filter(|path| path.extension().is_some_and(|extension| extension == "py"));
        let stem = |path: std::path::PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
        let simulated = sas_sim::action::all();
        let client = sas_client::actions::ALL;
        let method = |name: &str| {
            client
                .iter()
                .find(|action| action.name == name)
                .map(|action| action.method)
        };
        let is_reachable =
            |facts: &&Facts| method(facts.name).is_some_and(|method| facts.methods.contains(&method));
        Self {
            client: client.iter().map(|action| (action.name, sent(action))).collect(),
            simulator: simulated.iter().map(|facts| (facts.name, taken(facts))).collect(),
            reachable: simulated
                .iter()
                .filter(is_reachable)
                .map(|facts| facts.name)
                .collect(),
            manual: words.map(str::to_owned).collect(),
            cases: cases.map(stem).filter(|stem| stem != "__init__").collect(),
        }
    }

    /// One line for everything that is missing or told in two ways.
    fn gaps(&self) -> Vec<String> {
        let names: BTreeSet<&str> = self.client.keys().chain(self.simulator.keys()).copied().collect();
        let mut gaps: Vec<String> = names.iter().flat_map(|name| self.gaps_of(name)).collect();
        let known: BTreeSet<String> = names.iter().map(|name| snake(name)).collect();
        let orphans = self.cases.difference(&known);
        gaps.extend(
            orphans.map(|case| format!("tests/conformance/cases/{case}.py is the case of no action")),
        );
        gaps
    }

    fn gaps_of(&self, name: &str) -> Vec<String> {
        let case = snake(name);
        let (client, simulator) = (self.client.get(name), self.simulator.get(name));
        let checks = [
            (
                client.is_some(),
                "operator/client/src/actions lacks it".to_owned(),
            ),
            (
                simulator.is_some(),
                "operator/simulator/src/actions lacks it".to_owned(),
            ),
            (
                self.manual.contains(name),
                "docs/simulator.md does not name it".to_owned(),
            ),
            (
                self.cases.contains(&case),
                format!("tests/conformance/cases/{case}.py is missing"),
            ),
            (
                client.is_none() || simulator.is_none() || client == simulator,
                format!("the client says {client:?}, the simulator {simulator:?}"),
            ),
            (
                client.is_none() || simulator.is_none() || self.reachable.contains(name),
                "the simulator refuses the client's method".to_owned(),
            ),
        ];
        let failed = checks.into_iter().filter(|(holds, _)| !holds);
        failed.map(|(_, gap)| format!("{name}: {gap}")).collect()
    }
}

fn sent(action: &ActionInfo) -> Stated {
    let effect = format!("{:?}", action.effect);
    (
        action.product.name(),
        action.version,
        effect,
        action.ram.to_owned(),
        action.signed,
    )
}

fn taken(facts: &Facts) -> Stated {
    let effect = format!("{:?}", facts.effect);
    (
        facts.product,
        facts.version,
        effect,
        facts.ram_action.clone(),
        facts.signed,
    )
}

/// The file name of an action: `AssumeRoleWithOIDC` is `assume_role_with_oidc`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    let mut after_small = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && after_small {
            snake.push('_');
        }
        after_small = letter.is_ascii_lowercase();
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[test]
fn no_action_lacks_anything() {
    let gaps = Registries::real().gaps();
    assert!(gaps.is_empty(), "\n{}", gaps.join("\n"));
}

/// Takes something away.
type Break = fn(&mut Registries);

/// The test's own control: it notices each kind of gap.
#[test]
fn every_kind_of_gap_is_noticed() {
    const NAME: &str = "DescribeStrategy";
    let real = Registries::real();
    let breaks: [(Break, &str); 6] = [
        (
            |all| drop(all.client.remove(NAME)),
            "operator/client/src/actions lacks it",
        ),
        (
            |all| drop(all.simulator.remove(NAME)),
            "operator/simulator/src/actions lacks it",
        ),
        // The names of two other actions begin with this one's.
        (
            |all| _ = all.manual.remove(NAME),
            "docs/simulator.md does not name it",
        ),
        (
            |all| _ = all.cases.remove("describe_strategy"),
            "cases/describe_strategy.py is missing",
        ),
        (
            |all| all.simulator.get_mut(NAME).unwrap().4 = false,
            "the client says",
        ),
        (
            |all| _ = all.reachable.remove(NAME),
            "the simulator refuses the client's method",
        ),
    ];
    for (spoil, expected) in breaks {
        let mut spoiled = real.clone();
        spoil(&mut spoiled);
        let gaps = spoiled.gaps();
        let found = gaps
            .iter()
            .any(|gap| gap.starts_with("DescribeStrategy: ") && gap.contains(expected));
        assert!(found, "{expected}: {gaps:?}");
    }
    let mut more = real;
    more.cases.insert("describe_nothing".to_owned());
    assert!(more.gaps().iter().any(|gap| gap.contains("describe_nothing")));
}
