//! The questions, and that every manifest is one of its kind.

use sas_api::kinds::{SasAccount, SasAuthBinding, SasInstallCode};
use serde_json::Value;

use super::*;

fn all_answers() -> Vec<Answers> {
    let mut all = Vec::new();
    for servers in Servers::value_variants() {
        for network in questions::networks_of(*servers) {
            for purpose in Purpose::value_variants() {
                all.push(Answers {
                    servers: *servers,
                    network: *network,
                    purpose: *purpose,
                    os: Os::Linux,
                    site: Site::Cn,
                    account: "main".to_owned(),
                    namespace: None,
                });
            }
        }
    }
    all
}

#[test]
fn every_manifest_is_one_of_its_kind() {
    for mut answers in all_answers() {
        for (os, site, namespace) in [
            (Os::Linux, Site::Cn, None),
            (Os::Windows, Site::Intl, Some("security".to_owned())),
        ] {
            (answers.os, answers.site, answers.namespace) = (os, site, namespace);
            let text = manifests::of(&answers);
            let documents: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
            let mut kinds = Vec::new();
            for document in documents {
                assert_eq!(
                    document["metadata"]["namespace"].as_str(),
                    answers.namespace.as_deref()
                );
                let kind = document["kind"].as_str().unwrap().to_owned();
                match kind.as_str() {
                    "SasAccount" => drop(serde_json::from_value::<SasAccount>(document).unwrap()),
                    "SasInstallCode" => drop(serde_json::from_value::<SasInstallCode>(document).unwrap()),
                    "SasAuthBinding" => drop(serde_json::from_value::<SasAuthBinding>(document).unwrap()),
                    other => unreachable!("{other}"),
                }
                kinds.push(kind);
            }
            let wanted = [
                ("SasAccount", true),
                ("SasInstallCode", answers.network != Network::Proxy),
                ("SasAuthBinding", answers.purpose == Purpose::Server),
            ];
            let wanted = wanted.iter().filter(|(_, there)| *there).map(|(kind, _)| *kind);
            assert_eq!(kinds, wanted.collect::<Vec<_>>(), "{answers:?}");
        }
    }
}

#[test]
fn what_is_printed() {
    let shown = [
        (Servers::Ecs, Network::Internal, Purpose::Server, None),
        (
            Servers::Other,
            Network::Overseas,
            Purpose::Image,
            Some("security"),
        ),
        (Servers::Other, Network::Proxy, Purpose::Server, None),
    ];
    let texts = shown.map(|(servers, network, purpose, namespace)| {
        manifests::of(&Answers {
            servers,
            network,
            purpose,
            os: Os::Linux,
            site: Site::Cn,
            account: "main".to_owned(),
            namespace: namespace.map(str::to_owned),
        })
    });
    insta::assert_snapshot!(texts.join("=======\n"));
}

fn args(words: &[&str]) -> Args {
    use clap::{Args as _, FromArgMatches};
    let command = Args::augment_args(clap::Command::new("init"));
    let words = std::iter::once("init").chain(words.iter().copied());
    Args::from_arg_matches(&command.try_get_matches_from(words).unwrap()).unwrap()
}

fn person(input: &str) -> Person<&[u8], Vec<u8>> {
    Person {
        present: true,
        input: input.as_bytes(),
        output: Vec::new(),
    }
}

#[test]
fn a_person_is_asked_until_the_answer_is_one() {
    let mut person = person("7\nother\n4\nIMAGE\n");
    let answers = answers(&args(&[]), None, &mut person).unwrap();
    assert_eq!(
        (answers.servers, answers.network, answers.purpose),
        (Servers::Other, Network::Proxy, Purpose::Image)
    );
    insta::assert_snapshot!(String::from_utf8(person.output).unwrap());
}

#[test]
fn what_flags_say_is_not_asked() {
    let mut nobody = person("");
    nobody.present = false;
    let given = args(&["--servers", "ecs", "--network", "internal", "--purpose", "server"]);
    let answers = answers(&given, None, &mut nobody).unwrap();
    assert_eq!(answers.network, Network::Internal);
    assert!(nobody.output.is_empty());
}

#[test]
fn without_an_answer_nothing_is_assumed() {
    for (words, input, present, wanted) in [
        (vec![], "", true, "say --servers"),
        (vec!["--servers", "ecs"], "1\n", false, "say --network"),
        (
            vec!["--servers", "ecs", "--network", "public", "--purpose", "server"],
            "",
            true,
            "does not go with --servers ecs",
        ),
    ] {
        let mut person = person(input);
        person.present = present;
        let error = answers(&args(&words), None, &mut person).unwrap_err().to_string();
        assert!(error.contains(wanted), "{words:?}: {error}");
    }
}

#[test]
fn only_names_get_into_manifests() {
    assert_eq!(label("team-1"), Ok("team-1".to_owned()));
    for wrong in ["", "-a", "a-", "A", "a\nspec: {}", "a b", &"a".repeat(64)] {
        assert!(label(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn the_secret_goes_where_the_manifests_go() {
    let mut person = person("");
    let words = ["--servers", "ecs", "--network", "internal", "--purpose", "server"];
    let answers = answers(&args(&words), Some("team-1".to_owned()), &mut person).unwrap();
    let printed = manifests::of(&answers);
    assert!(
        printed.contains("create secret generic sas-credentials -n team-1 --from-file"),
        "{printed}"
    );
}
