//! Asks a derived reader for the names of its fields, so that no second rule turns Rust names into
//! wire names.

use std::fmt;

use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer};

/// Name and wire names of the fields of the structure `T`, in order of declaration.
pub(super) fn of<T: for<'de> Deserialize<'de>>() -> (&'static str, &'static [&'static str]) {
    let mut found = ("", [].as_slice());
    // The probe never gives a value, so the reader always fails.
    let _ = T::deserialize(Probe(&mut found));
    found
}

struct Probe<'a>(&'a mut (&'static str, &'static [&'static str]));

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = (name, fields);
        Err(Self::Error::custom(fmt::Error))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Self::Error> {
        Err(Self::Error::custom(fmt::Error))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
