//! The manifests that follow from the answers, with comments on what is left to fill in. Only words of this
//! file and checked names get into them.

use super::Answers;
use super::questions::{self, Network, Os, Purpose, Servers, Site};

/// All manifests, in the order in which they are needed.
pub fn of(answers: &Answers) -> String {
    let mut documents = vec![account(answers)];
    documents.push(match install_code(answers) {
        Some(code) => code,
        None => PROXY.to_owned(),
    });
    documents.push(match answers.purpose {
        Purpose::Server => binding(answers),
        Purpose::Image => IMAGE.to_owned(),
    });
    let (with, without): (Vec<String>, Vec<String>) = documents
        .into_iter()
        .partition(|document| document.contains("\nkind: "));
    let notes = without.concat();
    format!("{}{}{notes}", head(answers), with.join("---\n"))
}

fn head(answers: &Answers) -> String {
    let namespace = match &answers.namespace {
        Some(_) => String::new(),
        None => " -n NAMESPACE".to_owned(),
    };
    format!(
        "# servers: {}, network: {}, purpose: {}\n\
         # Fill in what FILL IN says, then: kubectl apply{namespace} -f FILE\n\
         # What writes to the cloud waits for approval: kubectl sas pending\n",
        questions::word(&answers.servers),
        questions::word(&answers.network),
        questions::word(&answers.purpose)
    )
}

fn metadata(answers: &Answers, name: &str) -> String {
    let namespace = match &answers.namespace {
        Some(namespace) => format!("  namespace: {namespace}\n"),
        None => String::new(),
    };
    format!("metadata:\n  name: {name}\n{namespace}")
}

fn account(answers: &Answers) -> String {
    let site = match answers.site {
        Site::Cn => "cn",
        Site::Intl => "intl",
    };
    let image = if answers.purpose == Purpose::Image {
        "SasAccount SasInstallCode"
    } else {
        "SasAccount SasInstallCode SasAuthBinding"
    };
    let namespace = answers
        .namespace
        .as_ref()
        .map(|namespace| format!(" -n {namespace}"))
        .unwrap_or_default();
    format!(
        "# The account. FILL IN its key: a RAM user with the policy that `kubectl sas ram-policy {image}`\n\
         # prints, in a Secret of the same namespace, from files without a line break at their end:\n\
         #   kubectl create secret generic sas-credentials{namespace} --from-file=accessKeyID --from-file=accessKeySecret\n\
         # On ACK `rrsa: {{}}` instead of `secretRef` needs no key at all.\n\
         apiVersion: sas-operator.io/v1alpha1\n\
         kind: SasAccount\n\
         {}spec:\n  site: {site}\n  network: public # vpc, where the operator has no way to the internet\n  \
         credentials:\n    secretRef:\n      name: sas-credentials\n",
        metadata(answers, &answers.account)
    )
}

/// The network of the install code, and the data centre where it is not that of the account's site.
fn route(answers: &Answers) -> Option<(&'static str, Option<&'static str>)> {
    let home = match answers.site {
        Site::Cn => "cn-shanghai",
        Site::Intl => "ap-southeast-1",
    };
    let (network, centre) = match (answers.network, answers.servers) {
        (Network::Internal, _) => ("Internal", "cn-shanghai"),
        (Network::LeasedLine, _) => ("LeasedLine", home),
        (Network::Public, _) => ("Public", "cn-shanghai"),
        (Network::Overseas, Servers::Ecs) => ("Internal", "ap-southeast-1"),
        (Network::Overseas, Servers::Other) => ("Public", "ap-southeast-1"),
        (Network::Proxy, _) => return None,
    };
    Some((network, (centre != home).then_some(centre)))
}

fn install_code(answers: &Answers) -> Option<String> {
    let (network, centre) = route(answers)?;
    let os = match answers.os {
        Os::Linux => "linux",
        Os::Windows => "windows",
    };
    let (name, image, note) = match answers.purpose {
        Purpose::Server => (
            os.to_owned(),
            "",
            "Run the install command from the Secret on each server.",
        ),
        Purpose::Image => (
            format!("{os}-image"),
            "  onlyImage: true\n",
            "Run the install command from the Secret on the server that becomes the image, then shut it\n# down; \
             do not restart it.",
        ),
    };
    let centre = data_centre(centre);
    Some(format!(
        "# A code with which servers enrol: one that fits is adopted, else one is created once its plan is approved.\n\
         # {note}\n\
         apiVersion: sas-operator.io/v1alpha1\n\
         kind: SasInstallCode\n\
         {}spec:\n  accountRef:\n    name: {}\n{centre}  source: AdoptOrCreate\n  os: {os}\n  network: {network}\n{image}",
        metadata(answers, &name),
        answers.account
    ))
}

fn data_centre(name: Option<&str>) -> String {
    name.map(|name| format!("  dataCentre: {name}\n"))
        .unwrap_or_default()
}

fn binding(answers: &Answers) -> String {
    let centre = data_centre(route(answers).and_then(|(_, centre)| centre));
    format!(
        "# Licences. FILL IN the edition (AntiVirus, Enterprise or Ultimate) and which servers: by `selector`\n\
         # (tags, groupNames, regionIDs, names, clusterIDs), `instanceIDs` or `uuids`. A licence of a\n\
         # subscription cannot be taken off again within 30 days.\n\
         apiVersion: sas-operator.io/v1alpha1\n\
         kind: SasAuthBinding\n\
         {}spec:\n  accountRef:\n    name: {}\n{centre}  mode: Subscription # or PayAsYouGo\n  \
         edition: Enterprise\n  targets:\n    selector:\n      tags: [FILL-IN]\n",
        metadata(answers, "servers"),
        answers.account
    )
}

const PROXY: &str = "\
# No install code: servers behind a proxy enrol at the proxy cluster that you set up in Security Center's
# console, with the command that the console shows for that cluster. Once they are online, everything else
# here works for them.
";

const IMAGE: &str = "\
# No licences: they belong to the servers that are made from the image. Once those are online:
#   kubectl sas init --purpose server
";
