//! Whether a JSON text may be read at all. What is nested too deep, takes much more memory than it has
//! bytes, or says one name twice is refused, because readers differ in which of two values they take.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

/// Deepest nesting. The deepest documented answer has six levels.
const MAX_DEPTH: u32 = 64;
/// Most values and names. A page of a thousand rows with a hundred fields has half as many.
const MAX_VALUES: u32 = 200_000;
/// Most structures. An empty one of three bytes can stand for a row of a kilobyte.
const MAX_STRUCTURES: u32 = 20_000;

/// Why a text is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    Incomplete,
    NotJson,
    TooDeep,
    TooMany,
    NameTwice,
}

impl Unfit {
    /// The same as text; it quotes nothing.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Unfit::Incomplete => "the answer ends before its JSON does",
            Unfit::NotJson => "the answer is not JSON",
            Unfit::TooDeep => "the answer is nested too deep",
            Unfit::TooMany => "the answer holds too many values",
            Unfit::NameTwice => "the answer says a name twice",
        }
    }
}

/// Judges a whole text.
pub(crate) fn check(text: &[u8]) -> Result<(), Unfit> {
    let tally = Tally::default();
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let read = Judge {
        tally: &tally,
        depth: 0,
    }
    .deserialize(&mut deserializer)
    .and_then(|()| deserializer.end());
    read.map_err(|error| {
        let syntax = match error.classify() {
            Category::Eof => Unfit::Incomplete,
            Category::Data | Category::Syntax | Category::Io => Unfit::NotJson,
        };
        tally.objection.get().unwrap_or(syntax)
    })
}

#[derive(Default)]
struct Tally {
    values: Cell<u32>,
    structures: Cell<u32>,
    objection: Cell<Option<Unfit>>,
}

impl Tally {
    fn object<E: serde::de::Error>(&self, why: Unfit) -> E {
        self.objection.set(Some(why));
        E::custom(why.reason())
    }

    fn count<E: serde::de::Error>(&self, counter: &Cell<u32>, most: u32) -> Result<(), E> {
        counter.set(counter.get() + 1);
        if counter.get() > most {
            return Err(self.object(Unfit::TooMany));
        }
        Ok(())
    }
}

/// Judges one value; keeps nothing of it.
#[derive(Clone, Copy)]
struct Judge<'a> {
    tally: &'a Tally,
    depth: u32,
}

impl Judge<'_> {
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > MAX_DEPTH {
            return Err(self.tally.object(Unfit::TooDeep));
        }
        Ok(Self { depth, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Judge<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.tally.count(&self.tally.values, MAX_VALUES)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Judge<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inside = self.inside()?;
        while items.next_element_seed(inside)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let inside = self.inside()?;
        self.tally.count(&self.tally.structures, MAX_STRUCTURES)?;
        let mut names = HashSet::new();
        while let Some(name) = fields.next_key::<String>()? {
            self.tally.count(&self.tally.values, MAX_VALUES)?;
            if !names.insert(name) {
                return Err(self.tally.object(Unfit::NameTwice));
            }
            fields.next_value_seed(inside)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_objection_has_its_reason() {
        let table: &[(&[u8], Result<(), Unfit>)] = &[
            (br#" {"a":[1,-2,3.5,"x",null,true],"b":{"a":{}}} "#, Ok(())),
            (b"", Err(Unfit::Incomplete)),
            (br#"{"a":1"#, Err(Unfit::Incomplete)),
            (br#"{"a":"x"#, Err(Unfit::Incomplete)),
            (br#"{"a":1}{}"#, Err(Unfit::NotJson)),
            (br#"{"a":NaN}"#, Err(Unfit::NotJson)),
            (br#"{"a":-Infinity}"#, Err(Unfit::NotJson)),
            (br#"{"a":1e999}"#, Err(Unfit::NotJson)),
            (b"\xEF\xBB\xBF{}", Err(Unfit::NotJson)),
            (b"{\"a\":\"\xFF\"}", Err(Unfit::NotJson)),
            (br#"{"a":"\ud800"}"#, Err(Unfit::NotJson)),
            (br"{'a':1}", Err(Unfit::NotJson)),
            (br#"{"a":1,"a":1}"#, Err(Unfit::NameTwice)),
            (br#"{"x":[{"a":1,"b":2,"\u0061":3}]}"#, Err(Unfit::NameTwice)),
            (br#"{"a":{"a":1},"A":[{"a":1},{"a":2}]}"#, Ok(())),
        ];
        for (text, expected) in table {
            assert_eq!(check(text), *expected, "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn limits_hold_on_both_sides() {
        let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
        assert_eq!(check(&nested(64)), Ok(()));
        assert_eq!(check(&nested(65)), Err(Unfit::TooDeep));
        // No complete text is needed to see it.
        assert_eq!(check(&vec![b'['; 10_000]), Err(Unfit::TooDeep));
        let list = |item: &str, count: usize| format!("[{}]", vec![item; count].join(",")).into_bytes();
        assert_eq!(check(&list("{}", 20_000)), Ok(()));
        assert_eq!(check(&list("{}", 20_001)), Err(Unfit::TooMany));
        assert_eq!(check(&list("0", 199_999)), Ok(()));
        assert_eq!(check(&list("0", 200_000)), Err(Unfit::TooMany));
        let named = |count: usize| {
            let fields: Vec<_> = (0..count).map(|n| format!("\"{n}\":0")).collect();
            format!("{{{}}}", fields.join(",")).into_bytes()
        };
        assert_eq!(check(&named(99_999)), Ok(()));
        assert_eq!(check(&named(100_000)), Err(Unfit::TooMany));
    }
}
