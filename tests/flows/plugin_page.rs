//! `docs/approving.md` shows what really happens: every command in it is run, in the order of the page, and has
//! to print what the page says. With `SAS_UPDATE_DOCS` set, the page is brought up to date instead.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use regex::Regex;
use sas_api::kinds::SasAuthBinding;
use sas_tests::approve::run as in_a_shell;
use sas_tests::world::Identity::{Approver, Developer};
use sas_tests::{Flow, World, cloud, manifests};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/approving.md");
/// The namespace that the page speaks of.
const NAMESPACE: &str = "security";
/// A block with a command, run as the approver unless it says otherwise.
const BLOCK: &str = r"(?ms)^```console( developer)?\n\$ ([^\n]*)\n(.*?)^```$";
const HASH: &str = "sha256:[0-9a-f]{64}";

pub async fn the_page_for_approvers_is_what_happens(world: World) -> Result<()> {
    let flow = Flow::start(&world, "walkthrough").await?;
    let binding = manifests::binding_of("web", "Ultimate", &[cloud::web(1), cloud::web(2)])?;
    flow.create(&binding).await?;
    let (_, hash) = flow.pending::<SasAuthBinding>("web").await?;

    let page = std::fs::read_to_string(PAGE).context("failed to read docs/approving.md")?;
    let hashes = Regex::new(HASH)?;
    let (mut written, mut end, mut differing) = (String::new(), 0, Vec::new());
    for block in Regex::new(BLOCK)?.captures_iter(&page) {
        let whole = block.get(0).context("a match is one")?;
        let (command, wanted) = (hashes.replace_all(&block[2], hash.as_str()), &block[3]);
        let who = if block.get(1).is_some() {
            Developer
        } else {
            Approver
        };
        let program = world.plugin()?.display().to_string();
        let line = command.replace(NAMESPACE, &flow.namespace);
        let line = line.replace("kubectl sas", &program) + " 2>&1";
        let output = in_a_shell(&world, who, &line).await?;
        let said = in_words_of_the_page(&String::from_utf8_lossy(&output.stdout), &flow.namespace);
        if normal(&said)? != normal(wanted)? {
            differing.push(format!("$ {command}\n{said}"));
        }
        let who = block.get(1).map_or("", |who| who.as_str());
        let block = format!("```console{who}\n$ {command}\n{said}```");
        written.extend([&page[end..whole.start()], &block]);
        end = whole.end();
    }
    ensure!(end > 0, "the page shows no command");
    if std::env::var_os("SAS_UPDATE_DOCS").is_some() {
        std::fs::write(Path::new(PAGE), written + &page[end..])?;
        return Ok(());
    }
    ensure!(
        differing.is_empty(),
        "docs/approving.md is out of date (SAS_UPDATE_DOCS=1 cargo xtask test flows plugin_page):\n{}",
        differing.join("\n")
    );
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}

/// The flow's namespace is called as on the page, in tables with as many columns as it takes.
fn in_words_of_the_page(said: &str, namespace: &str) -> String {
    let padded = format!("{NAMESPACE:<width$}  ", width = namespace.len());
    let said = said
        .replace(&format!("{namespace}  "), &padded)
        .replace(namespace, NAMESPACE);
    let lines = said.lines().map(|line| format!("{}\n", line.trim_end()));
    lines.collect()
}

/// A text without what is different at every run: hashes, times, ages, ids and the width of columns.
fn normal(text: &str) -> Result<String> {
    let mut text = text.to_owned();
    for (pattern, name) in [
        (HASH, "HASH"),
        (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"),
        (r"\b[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b", "ID"),
        (r"\b[0-9a-f]{32,64}\b", "ID"),
        (r"\b\d+[smhd]\b", "AGE"),
        (r"\s+", " "),
    ] {
        text = Regex::new(pattern)?.replace_all(&text, name).into_owned();
    }
    Ok(text)
}
