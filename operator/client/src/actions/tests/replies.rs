//! Feeds every reply type samples made from the vendor's models: plain, with numbers and truths as texts,
//! with nulls, and empty. Each value must arrive in the field that carries its name.

use serde_json::{Map, Value, json};

use super::model::{Model, field};
use super::*;

/// Fields that we read as something else than the vendor models, with the word of the model.
const READ_DIFFERENTLY: &[(&str, &str)] = &[
    // Numbers that the cloud sends as texts.
    ("GetAuthSummary.PostPaidHighestVersion", "string"),
    ("GetAuthSummary.PostPaidHostAutoBind", "string"),
    ("GetAuthSummary.PostPaidHostAutoBindVersion", "string"),
    // `true` and `false` as texts.
    (
        "DescribeCloudAssistantStatus.InstanceCloudAssistantStatusSet.InstanceCloudAssistantStatus.CloudAssistantStatus",
        "string",
    ),
    // Ids that are modelled as numbers, but seen as texts.
    ("CreateAssetSelectionConfig.Data.SelectionKey", "int64"),
    ("GetLastOnceTaskInfo.TaskId", "int64"),
    // A moment that is modelled as a number, but seen as a text.
    ("DescribeStrategy.Strategies.UserModifyTime", "int64"),
];

/// How a sample spells numbers and truths.
#[derive(Clone, Copy, PartialEq)]
enum Spelling {
    Plain,
    AsText,
}

/// A sample in the making, with what its typed form must show and must hide.
struct Sample {
    spelling: Spelling,
    turn: i64,
    shown: Vec<String>,
    hidden: Vec<String>,
}

impl Sample {
    fn of(spelling: Spelling) -> Self {
        let (shown, hidden) = (Vec::new(), Vec::new());
        Self {
            spelling,
            turn: 0,
            shown,
            hidden,
        }
    }

    /// A value of the modelled type; `shape` is that of our field, if there is one.
    fn value(&mut self, modelled: &Value, shape: Option<&Shape>, place: &str) -> Value {
        match modelled {
            Value::Array(items) => {
                let item = match shape {
                    None => None,
                    Some(Shape::List(item)) => Some(&**item),
                    other => panic!("{place} is a list, not {other:?}"),
                };
                (0..2).map(|_| self.value(&items[0], item, place)).collect()
            }
            Value::Object(fields) => {
                let ours = match shape {
                    None => &[][..],
                    Some(Shape::Structure { name, fields }) => {
                        has_fields(modelled, name, fields, place);
                        fields.as_slice()
                    }
                    other => panic!("{place} is a structure, not {other:?}"),
                };
                let shape_of = |name: &str| {
                    ours.iter()
                        .find(|(ours, _)| *ours == name)
                        .map(|(_, shape)| shape)
                };
                let value = fields.iter().map(|(name, modelled)| {
                    let place = format!("{place}.{name}");
                    (name.clone(), self.value(modelled, shape_of(name), &place))
                });
                Value::Object(value.collect::<Map<_, _>>())
            }
            Value::String(word) => self.scalar(word, shape, place),
            other => panic!("{place}: {other} is no type"),
        }
    }

    fn scalar(&mut self, word: &str, shape: Option<&Shape>, place: &str) -> Value {
        let Some(shape) = shape else { return unread(word) };
        fits(shape, word, place);
        self.turn += 1;
        let as_text = self.spelling == Spelling::AsText || word == "string";
        match shape {
            Shape::Integer => {
                // Close to the end of 64 bits, where a detour over floating point would show.
                let number = i64::MAX - self.turn;
                self.shown.push(number.to_string());
                if as_text {
                    json!(number.to_string())
                } else {
                    json!(number)
                }
            }
            Shape::Boolean => {
                self.shown.push("Some(true)".to_owned());
                if as_text { json!("true") } else { json!(true) }
            }
            Shape::Secret => {
                self.hidden.push(format!("s3cret-{}", self.turn));
                json!(format!("s3cret-{}", self.turn))
            }
            Shape::Time => {
                self.shown.push("2026-04-09T11:52:19Z".to_owned());
                json!("2026-04-09T11:52:19Z")
            }
            Shape::Text if as_text || word == "unmodelled" => {
                self.shown.push(format!("text-{}.", self.turn));
                json!(format!("text-{}.", self.turn))
            }
            Shape::Text => {
                self.shown.push(format!("\"{}\"", i64::MAX - self.turn));
                json!(i64::MAX - self.turn)
            }
            other => panic!("{place}: no sample of {other:?}"),
        }
    }
}

/// A value of a field that we do not read.
fn unread(word: &str) -> Value {
    match word {
        "string" | "unmodelled" => json!("unread"),
        "int32" | "int64" => json!(7),
        "float" => json!(1.5),
        "boolean" => json!(true),
        other => panic!("{other} is no type"),
    }
}

fn fits(shape: &Shape, word: &str, place: &str) {
    let usual = match shape {
        Shape::Integer => ["int32", "int64"].contains(&word),
        Shape::Boolean => word == "boolean",
        Shape::Text | Shape::Secret | Shape::Time => word == "string",
        _ => false,
    };
    let differs = READ_DIFFERENTLY.contains(&(place, word));
    assert!(
        usual != differs || word == "unmodelled",
        "{place}: {shape:?} and {word} are {} listed as different",
        if differs { "wrongly" } else { "not" }
    );
}

/// Every field of ours is modelled. Pages are one type, though some actions tell less about them.
fn has_fields(modelled: &Value, name: &str, fields: &[(&str, Shape)], place: &str) {
    let optional = |field: &str| name == "PageInfo" && ["Count", "NextToken"].contains(&field);
    for (ours, _) in fields.iter().filter(|(ours, _)| !optional(ours)) {
        field(modelled, ours, place);
    }
}

struct CheckReplies;

impl Visitor for CheckReplies {
    fn visit<A: Registered>(&mut self) {
        let response = &Model::of(A::NAME).response;
        let modelled = Value::Object(response.clone().into_iter().collect());
        let shape = A::Response::shape();
        for spelling in [Spelling::Plain, Spelling::AsText] {
            let mut sample = Sample::of(spelling);
            let value = sample.value(&modelled, Some(&shape), A::NAME);
            let reply: A::Response = serde_json::from_value(value.clone())
                .unwrap_or_else(|error| panic!("{}: {error} in {value}", A::NAME));
            let shown = format!("{reply:?}");
            for text in &sample.shown {
                assert!(shown.contains(text), "{}: {text} is lost in {shown}", A::NAME);
            }
            for text in &sample.hidden {
                assert!(!shown.contains(text), "{}: {text} is shown in {shown}", A::NAME);
            }
        }
        let nulls: Value = response.keys().map(|name| (name.clone(), Value::Null)).collect();
        let nothing = format!("{:?}", A::Response::default());
        for value in [nulls, json!({}), json!({"Unheard": {"of": [1, 2]}})] {
            let reply: A::Response = serde_json::from_value(value).unwrap();
            assert_eq!(format!("{reply:?}"), nothing, "{}", A::NAME);
        }
    }
}

#[test]
fn replies_carry_every_value_under_the_vendors_names() {
    visit(&mut CheckReplies);
}
