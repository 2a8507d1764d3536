//! JSON answers as the XML that the gateway sends to clients which did not ask for JSON.
//! A list becomes one element per item, each under the list's own name.

use serde_json::Value;

/// The document with `root` as its outermost element.
pub fn document(root: &str, value: &Value) -> Vec<u8> {
    let mut text = String::from("<?xml version='1.0' encoding='UTF-8'?>");
    element(&mut text, root, value);
    text.into_bytes()
}

fn element(text: &mut String, name: &str, value: &Value) {
    if let Value::Array(items) = value {
        for item in items {
            element(text, name, item);
        }
        return;
    }
    text.extend(["<", name, ">"]);
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| element(text, name, value)),
        Value::String(content) => text.push_str(&escaped(content)),
        Value::Null => {}
        other => text.push_str(&other.to_string()),
    }
    text.extend(["</", name, ">"]);
}

fn escaped(content: &str) -> String {
    content
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_repeat_their_name_and_text_is_escaped() {
        let value = serde_json::json!({"A": [{"B": 1}, {"B": true}], "C": "<&>", "D": null});
        let text = String::from_utf8(document("R", &value)).unwrap();
        assert!(text.ends_with("<R><A><B>1</B></A><A><B>true</B></A><C>&lt;&amp;&gt;</C><D></D></R>"));
    }
}
