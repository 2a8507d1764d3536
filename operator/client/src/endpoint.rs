//! Where a product is served, by region and network.
//! Hosts come from a table that is compiled in. Overrides are given in code by the process's own
//! flags, never by data; a region is checked before it becomes part of a host name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use reqwest::Url;
use serde::Deserialize;
use thiserror::Error;

/// A cloud product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Product {
    /// Security Center.
    Sas,
    /// Elastic Compute Service.
    Ecs,
    /// Security Token Service.
    Sts,
    /// Secure Access Service Edge.
    Csas,
    /// AI Security Center.
    Aisc,
}

impl Product {
    /// All products.
    pub const ALL: [Product; 5] = [
        Product::Sas,
        Product::Ecs,
        Product::Sts,
        Product::Csas,
        Product::Aisc,
    ];

    /// The name used in plans and flags.
    pub const fn name(self) -> &'static str {
        match self {
            Product::Sas => "sas",
            Product::Ecs => "ecs",
            Product::Sts => "sts",
            Product::Csas => "csas",
            Product::Aisc => "aisc",
        }
    }

    /// The API version that all actions of the product share.
    pub const fn version(self) -> &'static str {
        match self {
            Product::Sas => "2018-12-03",
            Product::Ecs => "2014-05-26",
            Product::Sts => "2015-04-01",
            Product::Csas => "2023-01-20",
            Product::Aisc => "2026-01-01",
        }
    }

    /// The product with this name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|product| product.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Product {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The site that an account was opened at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Site {
    /// aliyun.com.
    #[default]
    Cn,
    /// alibabacloud.com.
    Intl,
}

impl Site {
    /// The region whose data centre and STS endpoint serve the site by default.
    pub const fn home_region(self) -> &'static str {
        match self {
            Site::Cn => "cn-shanghai",
            Site::Intl => "ap-southeast-1",
        }
    }
}

/// The network on which endpoints are reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Network {
    /// The internet.
    #[default]
    Public,
    /// The vendor's endpoints inside a VPC.
    Vpc,
}

/// Why no endpoint could be found.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum EndpointError {
    /// The region is not a region id.
    #[error("failed to find an endpoint: {region:?} is not a region id")]
    Region {
        /// What was given, cut short.
        region: String,
    },
    /// The vendor names no endpoint of this product in this network.
    #[error(
        "failed to find an endpoint: {product} has no known VPC endpoint, override it with the operator's flag"
    )]
    NoVpc {
        /// The product.
        product: Product,
    },
    /// The override is not a plain http or https base URL.
    #[error(
        "failed to take the endpoint of {product}: expected http(s)://host[:port][/path] without credentials, query or fragment"
    )]
    Override {
        /// The product.
        product: Product,
    },
}

/// Base URLs that replace the table, such as `http://127.0.0.1:1234`. `{region}` in a URL stands for
/// the region of the call. Plain http is possible only here.
#[derive(Clone, Debug, Default)]
pub struct EndpointOverrides(BTreeMap<Product, String>);

impl EndpointOverrides {
    /// Serves `product` from `base_url`.
    pub fn set(&mut self, product: Product, base_url: &str) -> Result<(), EndpointError> {
        base(product, &base_url.replace("{region}", "cn-shanghai"))?;
        self.0.insert(product, base_url.to_owned());
        Ok(())
    }
}

/// The endpoints of one account.
#[derive(Clone, Debug, Default)]
pub(crate) struct Endpoints {
    pub(crate) network: Network,
    pub(crate) overrides: EndpointOverrides,
}

impl Endpoints {
    /// The base URL of `product` for calls that concern `region`.
    pub(crate) fn url(&self, product: Product, region: &str) -> Result<Url, EndpointError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if region.is_empty() || region.len() > 64 || !region.bytes().all(allowed) {
            return Err(EndpointError::Region {
                region: region.chars().take(64).collect(),
            });
        }
        match self.overrides.0.get(&product) {
            Some(base_url) => base(product, &base_url.replace("{region}", region)),
            None => base(
                product,
                &format!("https://{}", host(product, region, self.network)?),
            ),
        }
    }
}

fn base(product: Product, base_url: &str) -> Result<Url, EndpointError> {
    let url = Url::parse(base_url).map_err(|_| EndpointError::Override { product })?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if plain {
        Ok(url)
    } else {
        Err(EndpointError::Override { product })
    }
}

#[derive(Deserialize)]
struct Hosts {
    public: Patterns,
    vpc: Option<Patterns>,
    #[serde(default)]
    exceptions: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Patterns {
    mainland: String,
    elsewhere: String,
}

static TABLE: LazyLock<BTreeMap<Product, Hosts>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../data/endpoints.json")).expect("the compiled-in table is valid")
});

fn host(product: Product, region: &str, network: Network) -> Result<String, EndpointError> {
    let hosts = TABLE.get(&product).expect("the table names every product");
    let patterns = match network {
        Network::Public => match hosts.exceptions.get(region) {
            Some(host) => return Ok(host.clone()),
            None => &hosts.public,
        },
        Network::Vpc => hosts.vpc.as_ref().ok_or(EndpointError::NoVpc { product })?,
    };
    // Hong Kong, finance and government regions count as mainland: their ids start alike.
    let pattern = if region.starts_with("cn-") {
        &patterns.mainland
    } else {
        &patterns.elsewhere
    };
    Ok(pattern.replace("{region}", region))
}

#[cfg(test)]
mod tests;
