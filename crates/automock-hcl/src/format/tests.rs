//! Tests of the layout, by example and against `terraform fmt` itself.

use std::fs;

use hcl::eval::{Context, Evaluate};
use hcl::expr::Object;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::*;
use crate::terraform::terraform;

fn object(entries: &[(&str, Expression)]) -> Expression {
    Expression::Object(
        entries
            .iter()
            .map(|(key, value)| (ObjectKey::from(*key), value.clone()))
            .collect(),
    )
}

#[track_caller]
fn assert_layout(body: &Body, expected: &str) {
    assert_eq!(to_string(body), expected.trim_start());
}

#[test]
fn one_line_neighbours_are_aligned() {
    let body = Body::builder()
        .add_attribute(("a", 1))
        .add_attribute(("longer", "x"))
        .add_attribute(("list", vec![1, 2]))
        .build();
    assert_layout(
        &body,
        r#"
a      = 1
longer = "x"
list   = [1, 2]
"#,
    );
}

#[test]
fn values_over_several_lines_end_a_group() {
    let steps = vec![
        object(&[("above", 70.into())]),
        object(&[("above", 80.into())]),
    ];
    let body = Body::builder()
        .add_attribute(("a", 1))
        .add_attribute(("second", 2))
        .add_attribute(("steps", steps))
        .add_attribute(("b", 3))
        .build();
    assert_layout(
        &body,
        r#"
a      = 1
second = 2
steps = [
  { "above" = 70 },
  { "above" = 80 },
]
b = 3
"#,
    );
}

#[test]
fn blocks_and_meta_arguments_stand_apart() {
    let call = Block::builder("module")
        .add_label("a\"b")
        .add_attribute(("source", "./m"))
        .add_attribute(("name", "n"))
        .add_attribute(("depends_on", vec![1]))
        .add_block(Block::builder("inner").build())
        .add_attribute(("after", true))
        .build();
    let body = Body::builder()
        .add_block(call)
        .add_attribute(("x", 1))
        .build();
    assert_layout(
        &body,
        r#"
module "a\"b" {
  source = "./m"

  name = "n"

  depends_on = [1]

  inner {}

  after = true
}

x = 1
"#,
    );
}

#[test]
fn keys_beyond_ascii_stand_alone() {
    let map = object(&[
        ("a", 1.into()),
        ("long", 2.into()),
        ("größe", 3.into()),
        ("b", 4.into()),
        ("तारीख", 5.into()),
        ("名前", 6.into()),
    ]);
    let body = Body::builder().add_attribute(("m", map)).build();
    assert_layout(
        &body,
        r#"
m = {
  "a"    = 1
  "long" = 2

  "größe" = 3

  "b" = 4

  "तारीख" = 5

  "名前" = 6
}
"#,
    );
}

/// Values without references, with text that tries to be more than text.
fn value() -> impl Strategy<Value = Expression> {
    let text = prop_oneof![r#"[$%{}"\\\n a-z]{0,8}"#, "\\PC{0,30}", "[a-z ]{0,60}"];
    let leaf = prop_oneof![
        Just(Expression::Null),
        any::<bool>().prop_map(Expression::from),
        any::<i32>().prop_map(Expression::from),
        text.clone().prop_map(Expression::from),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        let key = text.clone().prop_map(ObjectKey::from);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Expression::from),
            prop::collection::vec((key, inner), 0..6).prop_map(|entries| Expression::Object(
                entries.into_iter().collect::<Object<_, _>>()
            )),
        ]
    })
}

fn attributes() -> impl Strategy<Value = Vec<(String, Expression)>> {
    prop::collection::btree_map("[a-z]{1,12}", value(), 0..6).prop_map(|map| {
        // Identifiers that HCL would read as something else in front of `=`.
        map.into_iter()
            .filter(|(key, _)| !["null", "true", "false"].contains(&&**key))
            .collect()
    })
}

fn body() -> impl Strategy<Value = Body> {
    (attributes(), attributes(), attributes()).prop_map(|(before, inside, after)| {
        let block = Block::builder("block")
            .add_label("l")
            .add_attributes(inside)
            .build();
        let after = after
            .into_iter()
            .map(|(key, value)| (format!("{key}_after"), value));
        Body::builder()
            .add_attributes(before)
            .add_block(block)
            .add_attributes(after)
            .build()
    })
}

/// The values of all attributes, blocks included, in order.
fn values(body: &Body) -> Vec<(String, hcl::Value)> {
    body.iter()
        .flat_map(|structure| match structure {
            Structure::Attribute(attribute) => {
                let value = attribute
                    .expr()
                    .evaluate(&Context::new())
                    .expect("no references");
                vec![(attribute.key().to_owned(), value)]
            }
            Structure::Block(block) => values(block.body()),
        })
        .collect()
}

proptest! {
    #[test]
    fn the_layout_keeps_every_value(body in body()) {
        let text = to_string(&body);
        let parsed = hcl::parse(&text)
            .map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(values(&parsed), values(&body));
    }
}

#[test]
fn terraform_fmt_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    for number in 0..200 {
        let body = body().new_tree(&mut runner).unwrap().current();
        fs::write(dir.path().join(format!("{number}.tf")), to_string(&body)).unwrap();
    }
    terraform(dir.path(), &["fmt", "-check", "-diff", "-no-color"]);
}
