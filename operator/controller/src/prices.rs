//! The price table: what one server or core of an edition costs per month, as the user wrote it down in
//! a ConfigMap with currency, source and date. Prices are data of the user, never of this program.

use std::collections::BTreeSet;

use sas_api::kinds::auth_binding::{BillingMode, Edition};
use serde::Deserialize;

use crate::table::{Found, Table, Tables};

/// What a price is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// One server.
    Server,
    /// One CPU core.
    Core,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    mode: BillingMode,
    edition: Edition,
    unit: Unit,
    monthly: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    currency: String,
    source: String,
    date: String,
    prices: Vec<Entry>,
}

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PriceError {
    /// The text is not of the documented form.
    #[error("failed to read the price table: {detail}")]
    Format {
        /// What the parser said.
        detail: String,
    },
    /// A price is not a decimal number with at most three places.
    #[error("failed to read the price table: {price:?} must be a decimal number with at most three places")]
    Price {
        /// What stands there.
        price: String,
    },
    /// Two prices for the same thing.
    #[error("failed to read the price table: two prices for {what}")]
    Twice {
        /// Mode, edition and unit.
        what: String,
    },
    /// The currency is not a code.
    #[error("failed to read the price table: `currency` must be a code of three capital letters")]
    Currency,
}

/// A price table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceTable {
    /// ISO 4217 code.
    pub currency: String,
    /// Where the prices are from and of which day.
    pub source: String,
    prices: Vec<(BillingMode, Edition, Unit, i64)>,
}

impl PriceTable {
    /// Reads a table from YAML or JSON.
    pub fn parse(text: &str) -> Result<Self, PriceError> {
        let document: Document = serde_saphyr::from_str(text).map_err(|error| PriceError::Format {
            detail: error.to_string(),
        })?;
        if document.currency.len() != 3 || !document.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(PriceError::Currency);
        }
        let mut seen = BTreeSet::new();
        let mut prices = Vec::new();
        for entry in document.prices {
            let millis = thousandths(&entry.monthly).ok_or_else(|| PriceError::Price {
                price: entry.monthly.chars().take(40).collect(),
            })?;
            let what = format!("{:?}/{:?} {:?}", entry.mode, entry.edition, entry.unit);
            if !seen.insert(what.clone()) {
                return Err(PriceError::Twice { what });
            }
            prices.push((entry.mode, entry.edition, entry.unit, millis));
        }
        let source: String = format!("{} of {}", document.source, document.date)
            .chars()
            .take(512)
            .collect();
        Ok(Self {
            currency: document.currency,
            source,
            prices,
        })
    }

    /// Price of one unit per month in thousandths of the currency, if the table has it.
    pub fn monthly_millis(&self, mode: BillingMode, edition: Edition, unit: Unit) -> Option<i64> {
        self.prices
            .iter()
            .find(|price| (price.0, price.1, price.2) == (mode, edition, unit))
            .map(|price| price.3)
    }
}

/// A decimal number in thousandths.
fn thousandths(text: &str) -> Option<i64> {
    let (whole, places) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty()
        || whole.len() > 9
        || places.len() > 3
        || !digits(whole)
        || !digits(places)
        || text.ends_with('.')
    {
        return None;
    }
    format!("{whole}{places:0<3}").parse().ok()
}

impl Table for PriceTable {
    const KEY: &'static str = "prices.yaml";

    fn parse(text: &str) -> Result<Self, String> {
        PriceTable::parse(text).map_err(|error| error.to_string())
    }
}

/// The table as it is known now.
pub type PriceList = Found<PriceTable>;
/// Where the table is read.
pub type Prices = Tables<PriceTable>;

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "
currency: CNY
source: https://example.com/prices
date: 2026-03-01
prices:
- {mode: PayAsYouGo, edition: Ultimate, unit: server, monthly: '412.5'}
- {mode: PayAsYouGo, edition: Ultimate, unit: core, monthly: '0.015'}
";

    #[test]
    fn a_table_is_read_exactly() {
        let table = PriceTable::parse(TABLE).unwrap();
        let price = |edition, unit| table.monthly_millis(BillingMode::PayAsYouGo, edition, unit);
        assert_eq!(price(Edition::Ultimate, Unit::Server), Some(412_500));
        assert_eq!(price(Edition::Ultimate, Unit::Core), Some(15));
        assert_eq!(price(Edition::Enterprise, Unit::Server), None);
        assert_eq!(
            (table.currency.as_str(), table.source.as_str()),
            ("CNY", "https://example.com/prices of 2026-03-01")
        );
    }

    #[test]
    fn json_is_a_table_too() {
        let json = r#"{"currency":"USD","source":"s","date":"2026-01-01","prices":[]}"#;
        assert!(PriceTable::parse(json).is_ok());
    }

    #[test]
    fn what_is_not_a_table_is_refused_with_its_place() {
        let wrong = |from: &str, to: &str| {
            PriceTable::parse(&TABLE.replace(from, to))
                .unwrap_err()
                .to_string()
        };
        for price in ["'-1'", "'1.2345'", "'1e3'", "''", "'1.'", "'1234567890'"] {
            assert!(wrong("'412.5'", price).contains("three places"), "{price}");
        }
        assert!(wrong("unit: core", "unit: server").contains("two prices"));
        assert!(wrong("CNY", "yuan").contains("currency"));
        assert!(
            wrong("edition: Ultimate, unit: core", "edition: Golden, unit: core").contains("failed to read")
        );
        assert!(wrong("date:", "day:").contains("failed to read"));
    }
}
