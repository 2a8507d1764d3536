//! The declarative form of an action: `action!` for the request, `part!` for structures inside a
//! request, `reply!` for what the cloud answers, `registry!` for the list of all actions.
//! Wire names are the field names in PascalCase, unless a field has `#[serde(rename = "...")]`.

/// A request type. `-> T` names the reply. `name "..."` follows where the name on the wire is not that
/// of the type, `body [...]` where parameters travel in the body, `signed false` for a call without key.
///
/// ```text
/// action! {
///     /// What the action does.
///     pub struct ExecStrategy: Write<Sas> -> Accepted {
///         /// What the parameter means, with its unit.
///         strategy_id: Option<i64>,
///     }
/// }
/// ```
macro_rules! action {
    (
        $(#[$meta:meta])*
        pub struct $name:ident: $effect:ident<$product:ident> -> $response:ident
        $(, name $wire_name:literal)?
        $(, body [$($in_body:literal),+])?
        $(, signed $signed:literal)?
        { $($fields:tt)* }
    ) => {
        $crate::actions::define::sent! { $(#[$meta])* pub struct $name { $($fields)* } }

        impl $crate::action::Action for $name {
            const PRODUCT: $crate::action::Product = $crate::action::Product::$product;
            const NAME: &'static str = $crate::actions::define::name!($name $($wire_name)?);
            const RAM: &'static str = concat!(
                $crate::actions::define::ram_prefix!($product),
                $crate::actions::define::name!($name $($wire_name)?)
            );
            $(const BODY: &'static [&'static str] = &[$($in_body),+];)?
            $(const SIGNED: bool = $signed;)?
            type Effect = $crate::action::$effect;
            type Response = $response;
        }
    };
}

/// Structures inside a request.
macro_rules! part {
    ($($(#[$meta:meta])* pub struct $name:ident { $($fields:tt)* })+) => { $(
        $crate::actions::define::sent! { $(#[$meta])* pub struct $name { $($fields)* } }

        impl $crate::wire::ToWire for $name {
            fn to_wire<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(self, serializer)
            }
        }
    )+ };
}

/// What the cloud answers, and the structures in it. An absent or null field is `None` or empty.
macro_rules! reply {
    ($($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)?
    })+) => { $(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, serde::Deserialize)]
        #[serde(default, rename_all = "PascalCase")]
        pub struct $name { $(
            $(#[$field_meta])*
            #[serde(deserialize_with = "crate::wire::read")]
            pub $field: $type,
        )* }

        $crate::actions::define::readable! { $name: $($type),* }
    )+ };
}

/// A structure that is sent. It is read back by its wire names too, so that tools can fill it.
macro_rules! sent {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
        #[serde(default, rename_all = "PascalCase")]
        pub struct $name { $(
            $(#[$field_meta])*
            #[serde(serialize_with = "crate::wire::write", deserialize_with = "crate::wire::read")]
            pub $field: $type,
        )* }

        $crate::actions::define::readable! { $name: $($type),* }
    };
}

macro_rules! readable {
    ($name:ident: $($type:ty),*) => {
        impl $crate::wire::FromWire for $name {
            fn from_wire<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                serde::Deserialize::deserialize(deserializer)
            }

            fn shape() -> $crate::wire::Shape {
                $crate::wire::Shape::structure::<Self>(vec![
                    $(<$type as $crate::wire::FromWire>::shape()),*
                ])
            }
        }
    };
}

/// The name of an action on the wire.
macro_rules! name {
    ($name:ident) => {
        stringify!($name)
    };
    ($name:ident $wire_name:literal) => {
        $wire_name
    };
}

/// What comes before the action's name in the RAM action that allows it.
macro_rules! ram_prefix {
    (Sas) => {
        "yundun-sas:"
    };
    (Ecs) => {
        "ecs:"
    };
    (Sts) => {
        "sts:"
    };
}

/// Declares the file of each action and makes the registry of them.
macro_rules! registry {
    ($($file:ident::$name:ident),+ $(,)?) => {
        $(mod $file;)+
        $(pub use $file::*;)+

        /// Every action that is compiled in, by name.
        pub const ALL: &[$crate::action::ActionInfo] = &[
            $($crate::action::ActionInfo::of::<$name>()),+
        ];

        /// Shows every action type to `visitor`, in the order of [`ALL`].
        pub fn visit(visitor: &mut impl Visitor) {
            $(visitor.visit::<$name>();)+
        }
    };
}

pub(crate) use {name, ram_prefix, readable, sent};
