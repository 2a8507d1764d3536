//! What must not compile: an approval that somebody makes himself, and a write without one.

#[test]
fn nobody_but_the_engine_can_make_an_approved_call() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
