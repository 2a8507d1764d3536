//! What a plan costs per month: quantities always, prices where the user's table has them. It is the
//! price of the wanted edition; what the servers cost until now is not taken off.

use std::sync::Arc;

use sas_api::kinds::auth_binding::{BillingMode, Edition};
use sas_api::plan::{Cost, CostItem};

use super::plan::Wanted;
use super::{Observed, count};
use crate::assets::{Server, mode_name};
use crate::kinds::figure;
use crate::prices::{PriceTable, Unit};

/// Largest sum that a plan can be hashed with (2^53 - 1); a larger one comes from a slip in the table.
const LARGEST_TOTAL: i64 = 9_007_199_254_740_991;

/// The cost of giving servers what is wanted. What was approved as `held` stays as long as it covers
/// what the table says now.
pub(super) fn of(wanted: Wanted, changes: &[Arc<Server>], observed: &Observed, held: Option<&Cost>) -> Cost {
    let now = estimate(wanted, changes, observed);
    match held.filter(|_| wanted.edition != Edition::Free) {
        Some(held) if covers(held, &now) => kept(held, now),
        _ => now,
    }
}

/// What was approved, said anew: the words of a plan are not part of its hash.
fn kept(held: &Cost, now: Cost) -> Cost {
    let price = |name: &str| {
        held.items
            .iter()
            .find(|item| item.name == name)?
            .unit_price_millis
    };
    let items = now.items.into_iter().map(|item| CostItem {
        unit_price_millis: price(&item.name),
        ..item
    });
    let display = match (held.monthly_ceiling_millis, &held.currency) {
        (Some(ceiling), Some(currency)) => per_month(ceiling, currency),
        _ => "unknown".to_owned(),
    };
    Cost {
        display,
        items: items.collect(),
        ..held.clone()
    }
}

fn covers(held: &Cost, now: &Cost) -> bool {
    match (held.monthly_ceiling_millis, now.monthly_ceiling_millis) {
        (Some(ceiling), Some(estimate)) => held.currency == now.currency && estimate <= ceiling,
        // Approved without a price, or the table is gone: nothing says that it became dearer.
        (None, _) | (_, None) => true,
    }
}

fn estimate(wanted: Wanted, changes: &[Arc<Server>], observed: &Observed) -> Cost {
    let cores: i64 = changes.iter().map(|server| server.cores).sum();
    let name = |unit: &str| format!("{}/{} {unit}", mode_name(wanted.mode), wanted.edition.as_str());
    let table = observed.prices.table.as_deref();
    let priced = |unit| {
        let counts = counted_units(wanted, observed).contains(&unit);
        counts
            .then(|| table?.monthly_millis(wanted.mode, wanted.edition, unit))
            .flatten()
    };
    let item = |text: &str, quantity, unit| CostItem {
        name: name(text),
        quantity: figure(quantity),
        unit_price_millis: priced(unit),
    };
    let items = vec![
        item("servers", count(changes.len()), Unit::Server),
        item("cores", cores, Unit::Core),
    ];
    if wanted.edition == Edition::Free {
        return Cost {
            display: "none".to_owned(),
            ..Default::default()
        };
    }
    let total = counted_units(wanted, observed)
        .into_iter()
        .try_fold(0_i64, |sum, unit| {
            let quantity = if unit == Unit::Server {
                count(changes.len())
            } else {
                cores
            };
            sum.checked_add(priced(unit)?.checked_mul(quantity)?)
        });
    match (table, total.filter(|total| *total <= LARGEST_TOTAL)) {
        (Some(table), Some(total)) => known(table, total, items),
        _ => Cost {
            display: "unknown".to_owned(),
            items,
            ..Default::default()
        },
    }
}

fn known(table: &PriceTable, total: i64, items: Vec<CostItem>) -> Cost {
    Cost {
        display: per_month(total, &table.currency),
        items,
        monthly_ceiling_millis: Some(total),
        currency: Some(table.currency.clone()),
        price_source: Some(table.source.clone()),
    }
}

/// Thousandths for people, who need hundredths.
fn per_month(millis: i64, currency: &str) -> String {
    let rounded = millis.saturating_add(5) / 10;
    format!("{}.{:02} {currency} per month", rounded / 100, rounded % 100)
}

/// By what an edition is charged. Of a subscription the cloud says so; of pay-as-you-go its price list.
fn counted_units(wanted: Wanted, observed: &Observed) -> Vec<Unit> {
    let quota = observed
        .entitlement
        .subscription
        .as_ref()
        .and_then(|held| held.quota(wanted.edition));
    match (wanted.mode, quota, wanted.edition) {
        (BillingMode::Subscription, Some(quota), _) => {
            let server = quota.by_server.then_some(Unit::Server);
            server
                .into_iter()
                .chain(quota.by_core.then_some(Unit::Core))
                .collect()
        }
        (_, _, Edition::AntiVirus) => vec![Unit::Core],
        (_, _, Edition::Ultimate) => vec![Unit::Server, Unit::Core],
        _ => vec![Unit::Server],
    }
}
