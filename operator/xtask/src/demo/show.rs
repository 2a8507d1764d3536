//! A pending plan as somebody who has to approve it wants to read it.

use serde_json::Value;

use super::object::Object;

/// Prints what the operator would do, to whom, at what cost and risk.
pub fn plan(object: &Object) {
    let plan = object.plan();
    println!("      {}", text(&plan["summary"]));
    println!(
        "      risk     {} ({})",
        text(&plan["risk"]),
        meaning(text(&plan["risk"]))
    );
    if let Some(cost) = plan["cost"]["display"].as_str() {
        println!("      cost     {cost}");
    }
    for (index, target) in list(&plan["targets"]).enumerate() {
        let heading = if index == 0 { "targets" } else { "" };
        let words = ["name", "instanceID", "regionID", "current"].map(|field| text(&target[field]));
        println!("      {heading:8} {}", words.join("  "));
    }
    for (index, call) in list(&plan["calls"]).enumerate() {
        println!(
            "      call {}   {} {} in {}",
            index + 1,
            text(&call["product"]),
            text(&call["action"]),
            text(&call["regionID"])
        );
        for parameter in list(&call["parameters"]) {
            println!(
                "                 {} = {}",
                text(&parameter["name"]),
                value(parameter)
            );
        }
    }
    for warning in list(&plan["warnings"]) {
        println!("      warning  {}", text(warning));
    }
    println!("      expires  {}", text(&plan["expiresTime"]));
    println!("      hash     {}", object.hash());
}

/// Prints what was known before a scan and is known after it, and the gravest findings.
pub fn findings(results: &Value) {
    for (heading, moment) in [("before", &results["before"]), ("after", &results["after"])] {
        for scan in ["vulnerabilities", "baseline", "virus"] {
            if let Some(counts) = moment[scan].as_object() {
                let [high, medium, low] = ["high", "medium", "low"].map(|severity| &counts[severity]);
                println!("      {heading:8} {scan}: {high} high, {medium} medium, {low} low");
            }
        }
    }
    for finding in list(&results["top"]) {
        let [kind, severity, name] = ["kind", "severity", "name"].map(|field| text(&finding[field]));
        println!(
            "      found    {severity}  {kind}  {name}, on {} servers",
            finding["servers"]
        );
    }
}

/// A literal value, or what will stand in its place at the time of the call.
fn value(parameter: &Value) -> String {
    let source = &parameter["valueFrom"];
    if let Some(literal) = parameter["value"].as_str() {
        literal.to_owned()
    } else if let Some(seconds) = source["timeAfterCall"]["seconds"].as_i64() {
        format!("(the time of the call + {seconds} s)")
    } else if let Some(key) = source["secretKey"].as_object() {
        format!("(key {} of Secret {})", text(&key["key"]), text(&key["name"]))
    } else {
        format!("({source})")
    }
}

fn meaning(risk: &str) -> &'static str {
    use sas_api::Risk;
    [Risk::R0, Risk::R1, Risk::R2, Risk::R3, Risk::R4]
        .into_iter()
        .find(|known| format!("{known:?}") == risk)
        .map_or("of an unknown class", Risk::meaning)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
