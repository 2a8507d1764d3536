//! How people name objects: `kind/name`, a name alone where no other kind has it, or `kind name…` as with
//! kubectl. A kind may be written as plural, singular, short name, and with its group.

use anyhow::{Result, bail};
use sas_api::{GROUP, KINDS, KindInfo};

use crate::cluster::{Cluster, left_out};
use crate::object::Object;

/// What one word of a command line names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The kind, if it is said.
    pub kind: Option<&'static str>,
    /// The name; empty where a kind alone is named.
    pub name: String,
}

/// The kind that a word means.
pub fn kind(word: &str) -> Option<&'static KindInfo> {
    let word = word.to_lowercase();
    let word = word
        .strip_suffix(GROUP)
        .and_then(|kind| kind.strip_suffix('.'))
        .unwrap_or(&word);
    KINDS
        .iter()
        .find(|kind| [kind.plural, kind.short_name, &kind.kind.to_lowercase()].contains(&word))
}

/// Reads the words of a command line: `kind/name…`, `name…`, or a kind and names of it.
pub fn parse(words: &[String]) -> Result<Vec<Named>> {
    let first = words.first().filter(|word| !word.contains('/'));
    if let Some(kind) = first.and_then(|word| kind(word)) {
        let names = &words[1..];
        if let Some(mixed) = names.iter().find(|name| name.contains('/')) {
            bail!(
                "{mixed} stands beside a kind: write either `{0} NAME` or `{0}/NAME`",
                kind.plural
            );
        }
        let of_kind = |name: &str| Named {
            kind: Some(kind.kind),
            name: name.to_owned(),
        };
        if names.is_empty() {
            return Ok(vec![of_kind("")]);
        }
        return names.iter().map(|name| Ok(of_kind(checked(name)?))).collect();
    }
    words.iter().map(|word| parse_one(word)).collect()
}

fn parse_one(word: &str) -> Result<Named> {
    let Some((first, name)) = word.split_once('/') else {
        return Ok(Named {
            kind: None,
            name: checked(word)?.to_owned(),
        });
    };
    let Some(kind) = kind(first) else {
        let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.plural).collect();
        bail!("there is no kind {first}: write one of {}", kinds.join(", "));
    };
    if name.is_empty() {
        bail!("{word} names no object: write {}/NAME", kind.plural);
    }
    Ok(Named {
        kind: Some(kind.kind),
        name: checked(name)?.to_owned(),
    })
}

/// A name that the API server can have stored: it becomes part of a path.
fn checked(name: &str) -> Result<&str> {
    let part = |part: &str| label(part).is_ok();
    if name.len() > 253 || !name.split('.').all(part) {
        bail!("{name} is no name of an object: those are lower case letters, digits, dashes and dots");
    }
    Ok(name)
}

/// A name without dots that the API server takes, such as that of a namespace.
pub fn label(text: &str) -> Result<String, String> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let edge = |c: char| c != '-';
    let fits = !text.is_empty() && text.len() <= 63 && text.chars().all(good);
    if fits && text.starts_with(edge) && text.ends_with(edge) {
        return Ok(text.to_owned());
    }
    Err("must be lower case letters, digits and dashes, 63 at most".to_owned())
}

/// Fails for a kind that the command is not about: those are kinds that write nothing.
pub fn among(kind: Option<&str>, kinds: &[&'static KindInfo]) -> Result<()> {
    match kind.filter(|name| kinds.iter().all(|kind| kind.kind != *name)) {
        None => Ok(()),
        Some(name) => bail!(
            "a {name} writes nothing to the cloud: it has no plan, and needs no approval; `kubectl sas status` shows it"
        ),
    }
}

impl Cluster {
    /// The one object of a name in the present namespace, among these kinds. Kinds that the user may not read
    /// are passed over with a warning, unless one is named.
    pub async fn named(&self, named: &Named, kinds: &[&'static KindInfo]) -> Result<Object> {
        among(named.kind, kinds)?;
        let wanted = |kind: &&&'static KindInfo| named.kind.is_none_or(|name| kind.kind == name);
        let (mut found, mut forbidden) = (Vec::new(), Vec::new());
        let mut readable = false;
        for kind in kinds.iter().filter(wanted) {
            match self.look_up(kind, &self.namespace, &named.name).await? {
                Ok(object) => {
                    readable = true;
                    found.extend(object);
                }
                Err(error) => forbidden.push((kind.plural, error)),
            }
        }
        if readable {
            left_out(forbidden.iter().map(|(plural, _)| *plural))?;
        } else if let Some((_, error)) = forbidden.into_iter().next() {
            return Err(error);
        }
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (Some(object), None) => Ok(object),
            (Some(first), Some(second)) => {
                let mut candidates = vec![first.reference(), second.reference()];
                candidates.extend(found.map(|object| object.reference()));
                bail!(
                    "{} is several objects: write {}",
                    named.name,
                    candidates.join(" or ")
                )
            }
            (None, _) => bail!(
                "there is no {} in namespace {}: `kubectl get sas -n {1}` lists what is there, -n names another namespace",
                match named.kind {
                    Some(kind) => format!("{}/{}", kind.to_lowercase(), named.name),
                    None => named.name.clone(),
                },
                self.namespace
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_kind_has_many_names() {
        for word in [
            "sasauthbindings",
            "SasAuthBinding",
            "sasauth",
            "sasauthbindings.sas-operator.io",
        ] {
            assert_eq!(kind(word).map(|kind| kind.kind), Some("SasAuthBinding"), "{word}");
        }
        assert!(kind("pods").is_none());
    }

    #[test]
    fn words_name_objects() {
        let named = |kind, name: &str| Named {
            kind,
            name: name.to_owned(),
        };
        let binding = Some("SasAuthBinding");
        assert_eq!(parse(&words("web")).unwrap(), [named(None, "web")]);
        assert_eq!(
            parse(&words("sasauth/web db")).unwrap(),
            [named(binding, "web"), named(None, "db")]
        );
        assert_eq!(
            parse(&words("sasauthbinding web db")).unwrap(),
            [named(binding, "web"), named(binding, "db")]
        );
        assert_eq!(parse(&words("sasauth")).unwrap(), [named(binding, "")]);
    }

    #[test]
    fn a_kind_that_writes_nothing_needs_no_decision() {
        let kinds = crate::cluster::write_kinds();
        assert!(among(Some("SasAuthBinding"), &kinds).is_ok() && among(None, &kinds).is_ok());
        let error = among(Some("SasAccount"), &kinds).unwrap_err().to_string();
        assert!(error.contains("needs no approval"), "{error}");
    }

    #[test]
    fn a_word_that_names_nothing_is_refused() {
        for wrong in [
            "pods/web",
            "sasauth/",
            "sasauth sasauth/web",
            "sasauth/web?dryRun=All",
            "../web",
            "sasauth web/status",
            "Web",
            "web-",
            "web..db",
        ] {
            assert!(parse(&words(wrong)).is_err(), "{wrong}");
        }
    }
}
