//! Which objects a command is about: named ones, or those with labels.

use anyhow::{Result, bail};
use sas_api::KindInfo;

use crate::cluster::Cluster;
use crate::names::{self, Named};
use crate::object::Object;

/// Words and labels of a command line.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Selection {
    /// `KIND/NAME`, a name that only one kind has, or a kind and then names of it.
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// All objects with these labels; a kind may be named beside it.
    #[arg(long, short = 'l', value_name = "LABELS")]
    pub selector: Option<String>,
}

impl Cluster {
    /// The selected objects among these kinds, in the order in which they were named. Fails if one is
    /// missing or nothing is named.
    pub async fn select(&self, selection: &Selection, kinds: &[&'static KindInfo]) -> Result<Vec<Object>> {
        let named = names::parse(&selection.names)?;
        let kind_alone = named.iter().find(|named| named.name.is_empty());
        match (&selection.selector, kind_alone) {
            (Some(labels), kind_alone) => {
                if let Some(name) = named.iter().find(|named| !named.name.is_empty()) {
                    bail!(
                        "{} and -l exclude each other: name objects, or select them by labels",
                        name.name
                    );
                }
                names::among(kind_alone.and_then(|named| named.kind), kinds)?;
                self.labelled(labels, kind_alone, kinds).await
            }
            (None, Some(_)) => bail!("a kind alone is not enough: add names, or -l LABELS"),
            (None, None) if named.is_empty() => {
                bail!("say which: KIND/NAME, or -l LABELS; `kubectl sas pending` lists what waits")
            }
            (None, None) => {
                if self.all {
                    bail!("a name is one of a namespace: say -n NAMESPACE instead of -A");
                }
                let mut objects: Vec<Object> = Vec::new();
                for named in &named {
                    let object = self.named(named, kinds).await?;
                    if objects
                        .iter()
                        .all(|other| other.raw.metadata.uid != object.raw.metadata.uid)
                    {
                        objects.push(object);
                    }
                }
                Ok(objects)
            }
        }
    }

    async fn labelled(
        &self,
        labels: &str,
        kind: Option<&Named>,
        kinds: &[&'static KindInfo],
    ) -> Result<Vec<Object>> {
        let wanted = |info: &&&'static KindInfo| kind.is_none_or(|named| named.kind == Some(info.kind));
        let kinds: Vec<&'static KindInfo> = kinds.iter().filter(wanted).copied().collect();
        let (objects, unreadable) = self.list(&kinds, &self.scope(), Some(labels)).await?;
        if let Some(object) = unreadable.first() {
            bail!(
                "failed to read {object}: this version does not know its status; compare `kubectl sas version`"
            );
        }
        if objects.is_empty() {
            bail!(
                "nothing has the labels {labels}: `kubectl get sas --show-labels` shows which there are, -A looks everywhere"
            );
        }
        Ok(objects)
    }
}
