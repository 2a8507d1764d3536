//! Tables that users write down in a ConfigMap of the operator's namespace, such as prices. One is read by
//! name, kept for a while, and told apart from one that is missing or cannot be read.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, Client};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// How long a table that was read is used.
const MAX_AGE: Duration = Duration::from_secs(30);
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// A table that users write down.
pub trait Table: Sized {
    /// Key of the ConfigMap that holds it.
    const KEY: &'static str;

    /// The table from its text; an error says what is wrong with it.
    fn parse(text: &str) -> Result<Self, String>;

    /// The table where nobody has written one down, if it can do without.
    fn built_in() -> Option<Self> {
        None
    }
}

/// A table as it is known now.
#[derive(Debug)]
pub struct Found<T> {
    /// The table, where there is one that can be read.
    pub table: Option<Arc<T>>,
    /// Why there is none although one is configured.
    pub problem: Option<String>,
}

impl<T> Clone for Found<T> {
    fn clone(&self) -> Self {
        Self {
            table: self.table.clone(),
            problem: self.problem.clone(),
        }
    }
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self {
            table: None,
            problem: None,
        }
    }
}

/// Reads a table by name and keeps it for a while.
pub struct Tables<T> {
    source: Option<(Api<ConfigMap>, String)>,
    last: Mutex<Option<(Instant, Found<T>)>>,
}

impl<T> Default for Tables<T> {
    fn default() -> Self {
        Self {
            source: None,
            last: Mutex::default(),
        }
    }
}

impl<T: Table> Tables<T> {
    /// The table in the ConfigMap `name` of the operator's namespace.
    pub fn new(client: Client, namespace: &str, name: String) -> Self {
        Self {
            source: Some((Api::namespaced(client, namespace), name)),
            last: Mutex::default(),
        }
    }

    /// The table.
    pub async fn found(&self) -> Found<T> {
        let mut last = self.last.lock().await;
        if let Some((_, found)) = last.as_ref().filter(|(read, _)| read.elapsed() < MAX_AGE) {
            return found.clone();
        }
        let found = match &self.source {
            None => no_table(None),
            Some((api, name)) => read(api, name).await,
        };
        if let Some(problem) = &found.problem {
            tracing::warn!(key = T::KEY, problem, "no usable table");
        }
        *last = Some((Instant::now(), found.clone()));
        found
    }
}

fn no_table<T: Table>(why: Option<String>) -> Found<T> {
    match T::built_in() {
        Some(table) => Found {
            table: Some(Arc::new(table)),
            problem: None,
        },
        None => Found {
            table: None,
            problem: why,
        },
    }
}

async fn read<T: Table>(api: &Api<ConfigMap>, name: &str) -> Found<T> {
    let problem = |text| Found {
        table: None,
        problem: Some(text),
    };
    let found = match timeout(READ_TIMEOUT, api.get_opt(name)).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return problem(format!("ConfigMap {name} cannot be read: {error}")),
        Err(_) => return problem(format!("ConfigMap {name} cannot be read in time")),
    };
    let text = found
        .and_then(|map| map.data)
        .and_then(|mut data| data.remove(T::KEY));
    let Some(text) = text else {
        let key = T::KEY;
        return no_table(Some(format!(
            "ConfigMap {name} does not exist or has no key {key}"
        )));
    };
    match T::parse(&text) {
        Ok(table) => Found {
            table: Some(Arc::new(table)),
            problem: None,
        },
        Err(wrong) => problem(wrong),
    }
}
