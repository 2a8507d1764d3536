//! Both signature versions against vectors from published examples and official SDKs.
//! Each step of the way is compared, so that a failure names the step that went wrong.

use std::collections::BTreeMap;

use sas_client::sign::{canonical_query, v1, v3};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    algorithm: String,
    method: String,
    access_key_id: String,
    access_key_secret: String,
    query_params: BTreeMap<String, String>,
    #[serde(default)]
    form_params: BTreeMap<String, String>,
    #[serde(default)]
    canonical_query: String,
    string_to_sign: String,
    signature: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    body_sha256: String,
    #[serde(default)]
    canonical_request: String,
    #[serde(default)]
    signed_headers: String,
    #[serde(default)]
    authorization: String,
}

fn vectors() -> Vec<Vector> {
    let text = include_str!("../testdata/signing-vectors.json");
    let file: File = serde_json::from_str(text).expect("vectors are readable");
    file.vectors
}

#[test]
fn version_1_matches_every_vector() {
    let vectors: Vec<_> = vectors()
        .into_iter()
        .filter(|vector| vector.algorithm == "RPC-V1-HMAC-SHA1")
        .collect();
    assert_eq!(vectors.len(), 18);
    for vector in vectors {
        let mut parameters = vector.query_params;
        parameters.extend(vector.form_params);
        assert_eq!(
            canonical_query(&parameters),
            vector.canonical_query,
            "{}",
            vector.name
        );
        let text = v1::string_to_sign(&vector.method, &parameters);
        assert_eq!(text, vector.string_to_sign, "{}", vector.name);
        let signature = v1::signature(&vector.access_key_secret, &text);
        assert_eq!(signature, vector.signature, "{}", vector.name);
    }
}

#[test]
fn version_3_matches_every_vector() {
    let vectors: Vec<_> = vectors()
        .into_iter()
        .filter(|vector| vector.algorithm == v3::ALGORITHM)
        .collect();
    assert_eq!(vectors.len(), 13);
    for vector in vectors {
        let digest = v3::body_sha256(vector.body.as_bytes());
        assert_eq!(digest, vector.body_sha256, "{}", vector.name);
        let query = canonical_query(&vector.query_params);
        let headers: Vec<_> = vector.headers.into_iter().collect();
        let request = v3::canonical_request(&vector.method, &vector.path, &query, &headers, &digest);
        assert_eq!(request, vector.canonical_request, "{}", vector.name);
        let signed = v3::signed_headers(&headers);
        assert_eq!(signed, vector.signed_headers, "{}", vector.name);
        let text = v3::string_to_sign(&request);
        assert_eq!(text, vector.string_to_sign, "{}", vector.name);
        let signature = v3::signature(&vector.access_key_secret, &text);
        assert_eq!(signature, vector.signature, "{}", vector.name);
        let authorization = format!(
            "{} Credential={},SignedHeaders={signed},Signature={signature}",
            v3::ALGORITHM,
            vector.access_key_id
        );
        assert_eq!(authorization, vector.authorization, "{}", vector.name);
    }
}
