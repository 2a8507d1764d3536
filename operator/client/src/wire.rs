//! How typed values travel: reading is lenient, because the cloud spells one value in several ways;
//! writing is exact. [`Shape`] tells tests and tools what a request or reply type is made of.

mod containers;
mod encoded;
mod names;
mod scalars;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use encoded::{CommaInItem, CommaList, Json};

/// A value that can be read from the wire.
pub trait FromWire: Sized {
    /// Reads the value; `None` stands for null, and for an empty text where that means nothing.
    /// A value that has no meaning for the type is an error. Its text may quote the value, and is not shown.
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error>;

    /// What the type is made of.
    fn shape() -> Shape;
}

/// A value that can be sent.
pub trait ToWire {
    /// Writes the value for flattening; nothing at all is null.
    fn to_wire<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// What a type is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// An integer of up to 64 bits.
    Integer,
    /// A truth value.
    Boolean,
    /// A text.
    Text,
    /// A text that is never shown.
    Secret,
    /// A moment, as an RFC 3339 text.
    Time,
    /// A list, numbered from 1 on the wire.
    List(Box<Shape>),
    /// Free names, each with a value.
    Map(Box<Shape>),
    /// One text with commas between the items.
    CommaList,
    /// One text that holds JSON.
    Json(Box<Shape>),
    /// Named fields, in order of declaration.
    Structure {
        /// Name of the Rust type.
        name: &'static str,
        /// Name on the wire and shape of each field.
        fields: Vec<(&'static str, Shape)>,
    },
}

impl Shape {
    /// The structure `T`, whose wire names its derived reader tells; `shapes` are those of its fields.
    pub(crate) fn structure<T: for<'de> Deserialize<'de>>(shapes: Vec<Shape>) -> Self {
        let (name, names) = names::of::<T>();
        assert_eq!(
            names.len(),
            shapes.len(),
            "a field of {name} has no name on the wire"
        );
        Shape::Structure {
            name,
            fields: names.iter().copied().zip(shapes).collect(),
        }
    }
}

/// The serde reader of every field.
pub(crate) fn read<'de, D: Deserializer<'de>, T: FromWire + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(T::from_wire(deserializer)?.unwrap_or_default())
}

/// The serde writer of every field.
pub(crate) fn write<S: Serializer, T: ToWire>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.to_wire(serializer)
}

/// Makes serde read a value, such as an item of a list, by [`FromWire`].
struct Wired<T>(Option<T>);

impl<'de, T: FromWire> Deserialize<'de> for Wired<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::from_wire(deserializer).map(Self)
    }
}

/// Makes serde write a value by [`ToWire`].
struct Wiring<'a, T>(&'a T);

impl<T: ToWire> Serialize for Wiring<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.to_wire(serializer)
    }
}
