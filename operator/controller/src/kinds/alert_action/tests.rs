//! What is chosen, planned and concluded, in tables: one alert or one call each, and what comes of it.

mod choosing;
mod planning;
mod settling;
mod undoing;
mod whitelisting;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sas_api::account::DataCentre;
use sas_api::alerts::AlertStatus;
use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::AlertOperation;
use serde_json::{Value, json};

use super::look::{Found, Meant};
use super::offer::Offer;
use super::orders::Orders;
use super::{Observed, fates};
use crate::alerts::Alert;
use crate::alerts::recommendation::{BUILT_IN, RecommendationList, RecommendationTable};

/// A job with this spec.
fn job(mut spec: Value) -> SasAlertAction {
    spec["accountRef"] = json!({"name": "main"});
    let object = json!({
        "apiVersion": "sas-operator.io/v1alpha1",
        "kind": "SasAlertAction",
        "metadata": {"name": "contain", "namespace": "team", "uid": "uid-1", "generation": 1},
        "spec": spec,
    });
    serde_json::from_value(object).unwrap()
}

/// A job with an operation that needs no parameters.
fn plain(operation: &str) -> SasAlertAction {
    job(json!({"alertIDs": ["1"], "operation": operation}))
}

/// An open alert of a kind on a server.
fn alert(id: i64, type_name: &str, server: &str) -> Alert {
    Alert {
        id,
        name: "Something happened".to_owned(),
        type_name: type_name.to_owned(),
        level: "serious".to_owned(),
        status: AlertStatus::PENDING,
        uuid: format!("uuid-{server}"),
        server: server.to_owned(),
        ..Default::default()
    }
}

/// Every operation is allowed.
fn everything() -> Offer {
    let codes = AlertOperation::CODES.iter();
    Offer {
        operations: codes.map(|code| (code.as_str().to_owned(), true)).collect(),
        fields: [("filePath".to_owned(), BTreeSet::from(["contains".to_owned()]))].into(),
        ..Default::default()
    }
}

fn recommendations() -> RecommendationList {
    RecommendationList {
        table: Some(Arc::new(RecommendationTable::parse(BUILT_IN).unwrap())),
        problem: None,
    }
}

/// A look that found these alerts, each with what the cloud offers for it.
fn observed(object: &SasAlertAction, alerts: Vec<(Alert, Option<Offer>)>) -> Observed {
    let mut found = Found {
        meant: alerts.iter().map(|(alert, _)| alert.id).collect(),
        ..Default::default()
    };
    for (alert, offer) in alerts {
        found.offers.extend(offer.map(|offer| (alert.id, offer)));
        found.alerts.insert(alert.id, Some(alert));
    }
    look(object, found)
}

fn look(object: &SasAlertAction, found: Found) -> Observed {
    let recommendations = recommendations();
    Observed {
        meant: Meant::Named(BTreeSet::new()),
        fates: fates(object, &Orders::of(&object.spec), &found, &recommendations),
        found,
        offline: BTreeSet::new(),
        rivals: Vec::new(),
        recommendations,
        centre: DataCentre::CnShanghai,
    }
}

/// The fates of a look, without those that are acted on: id and reason.
fn left(observed: &Observed) -> BTreeMap<i64, String> {
    let fates = observed.fates.iter().filter_map(|(id, fate)| match fate {
        super::Fate::Left(reason) => Some((*id, reason.clone())),
        _ => None,
    });
    fates.collect()
}
