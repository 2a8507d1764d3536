//! The table against the SDKs' full maps, and what overrides and regions may not do.

use super::*;

fn url(endpoints: &Endpoints, product: Product, region: &str) -> Result<String, EndpointError> {
    endpoints.url(product, region).map(|url| url.to_string())
}

#[test]
fn every_region_of_the_sdk_maps_gives_the_sdk_host() {
    let maps: BTreeMap<Product, BTreeMap<String, String>> =
        serde_json::from_str(include_str!("../../testdata/endpoints-sdk.json")).unwrap();
    assert_eq!(maps.len(), Product::ALL.len());
    for (product, map) in maps {
        for (region, expected) in map {
            let found = host(product, &region, Network::Public).unwrap();
            assert_eq!(found, expected, "{product} {region}");
        }
    }
}

#[test]
fn regions_outside_the_maps_follow_the_rules() {
    let public = Endpoints::default();
    let vpc = Endpoints {
        network: Network::Vpc,
        ..Default::default()
    };
    let cases = [
        (
            &public,
            Product::Ecs,
            "cn-beijing",
            "https://ecs.cn-beijing.aliyuncs.com/",
        ),
        (
            &public,
            Product::Sts,
            "cn-beijing",
            "https://sts.cn-beijing.aliyuncs.com/",
        ),
        (
            &public,
            Product::Sas,
            "cn-newtown",
            "https://tds.cn-shanghai.aliyuncs.com/",
        ),
        (
            &public,
            Product::Sas,
            "na-south-1",
            "https://tds.ap-southeast-1.aliyuncs.com/",
        ),
        (
            &vpc,
            Product::Sas,
            "cn-hangzhou",
            "https://tds.vpc-proxy.aliyuncs.com/",
        ),
        (
            &vpc,
            Product::Sas,
            "eu-west-1",
            "https://tds-intl.vpc-proxy.aliyuncs.com/",
        ),
        (
            &vpc,
            Product::Sts,
            "cn-hangzhou",
            "https://sts-vpc.cn-hangzhou.aliyuncs.com/",
        ),
    ];
    for (endpoints, product, region, expected) in cases {
        assert_eq!(url(endpoints, product, region).as_deref(), Ok(expected));
    }
    let refused = url(&vpc, Product::Csas, "cn-hangzhou");
    assert_eq!(
        refused,
        Err(EndpointError::NoVpc {
            product: Product::Csas
        })
    );
}

#[test]
fn a_region_cannot_lead_to_another_host() {
    for region in [
        "",
        "evil.example/",
        "cn-shanghai@evil",
        "CN",
        "a b",
        "../x",
        "a\n",
    ] {
        let found = url(&Endpoints::default(), Product::Ecs, region);
        assert!(
            matches!(found, Err(EndpointError::Region { .. })),
            "{region:?} gave {found:?}"
        );
    }
}

#[test]
fn overrides_are_plain_base_urls() {
    let mut overrides = EndpointOverrides::default();
    overrides
        .set(Product::Sas, "http://127.0.0.1:1234/{region}/")
        .unwrap();
    let refused = [
        "ftp://h",
        "http://u:p@h",
        "http://h/?a=b",
        "http://h/#f",
        "not a url",
        "file:///x",
    ];
    for wrong in refused {
        let found = overrides.set(Product::Sts, wrong);
        assert_eq!(
            found,
            Err(EndpointError::Override {
                product: Product::Sts
            }),
            "{wrong}"
        );
    }
    let endpoints = Endpoints {
        overrides,
        ..Default::default()
    };
    let sas = url(&endpoints, Product::Sas, "ap-southeast-1");
    assert_eq!(sas.as_deref(), Ok("http://127.0.0.1:1234/ap-southeast-1/"));
    let sts = url(&endpoints, Product::Sts, "cn-shanghai");
    assert_eq!(sts.as_deref(), Ok("https://sts.cn-shanghai.aliyuncs.com/"));
}
