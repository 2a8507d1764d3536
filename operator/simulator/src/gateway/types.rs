//! Numbers and booleans that are none, refused before an action sees them: the vendor's gateway knows the
//! type of every parameter, also of those that an action does not look at.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::refusal::Refusal;
use crate::action::Action;
use crate::parameters::Parameters;

/// Parameters by action, as the vendor's SDKs type them.
#[derive(Deserialize)]
struct Typed {
    integers: BTreeMap<String, Vec<String>>,
    booleans: BTreeMap<String, Vec<String>>,
}

static TYPED: LazyLock<Typed> = LazyLock::new(|| {
    let text = include_str!("../../data/typed-parameters.json");
    serde_json::from_str(text).expect("the file is part of the program, and a test reads it")
});

/// Refuses what cannot be read as the type of its parameter.
pub(super) fn check(action: &Action, parameters: &Parameters) -> Result<(), Refusal> {
    let named = |typed: &'static BTreeMap<String, Vec<String>>| typed.get(action.name).into_iter().flatten();
    for name in named(&TYPED.integers) {
        parameters.number::<i64>(name)?;
    }
    for name in named(&TYPED.booleans) {
        parameters.boolean(name)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::actions;
    use crate::testing::Cloud;

    /// Modelled as a number and documented as a name that need not be given.
    const NO_NUMBER: (&str, &str) = ("DescribePropertyScaDetail", "Name");

    #[test]
    fn every_number_and_boolean_of_the_sdks_is_refused_when_it_is_none() {
        let model = include_str!("../../../client/testdata/actions.json");
        let model: BTreeMap<String, Value> = serde_json::from_str(model).unwrap();
        let cloud = Cloud::new();
        let mut seen = 0;
        for action in actions::ALL {
            let request = model[action.name]["request"].as_object().unwrap();
            let typed = request
                .iter()
                .filter(|(_, kind)| matches!(kind.as_str(), Some("int32" | "int64" | "boolean")));
            for (name, _) in typed.filter(|(name, _)| (action.name, name.as_str()) != NO_NUMBER) {
                let reply = cloud.call(action.name, &[("RegionId", "cn-hangzhou"), (name, "one")]);
                // The listings of ECS name their own pages otherwise.
                let codes = [format!("Invalid{name}"), format!("InvalidParameter.{name}")];
                let told = (action.name, reply.status, reply.code());
                assert!(
                    reply.status == 400 && codes.contains(&reply.code().to_owned()),
                    "{told:?}"
                );
                seen += 1;
            }
        }
        assert!(seen > 100, "{seen}");
    }
}
