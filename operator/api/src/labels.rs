//! Names of the labels that the operator puts on what it creates.

/// Uid of the resource that the operator created this one for.
pub const CREATED_FOR: &str = "sas-operator.io/created-for";
