//! Turns text into quoted HCL that evaluates to that text.
//!
//! hcl-rs escapes strings too, but 0.20 looks at template markers in pairs: once an earlier
//! marker was escaped, the `${` of `%${` stays as it is and text becomes an expression. So
//! every string is escaped here, and hcl-rs gets it as a finished template.

use std::fmt::Write as _;

use hcl::expr::{
    BinaryOp, Conditional, Expression, ForExpr, FuncCall, ObjectKey, Operation, TemplateExpr,
    Traversal, TraversalOperator, UnaryOp,
};

/// Quotes text so that it evaluates to itself.
pub(crate) fn quote(text: &str) -> String {
    format!("\"{}\"", escape(text))
}

/// Escapes text for the inside of a quoted template.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            // A doubled marker stands for the marker itself, whatever comes before it.
            '$' | '%' if chars.peek() == Some(&'{') => escaped.extend([char, char]),
            char if char.is_control() => {
                write!(escaped, "\\u{:04x}", u32::from(char))
                    .expect("writing to a string does not fail");
            }
            char => escaped.push(char),
        }
    }
    escaped
}

/// Replaces every string of an expression with its quoted template.
pub(crate) fn quote_strings(expr: &Expression) -> Expression {
    match expr {
        Expression::String(text) => TemplateExpr::QuotedString(escape(text)).into(),
        Expression::Array(items) => items.iter().map(quote_strings).collect::<Vec<_>>().into(),
        Expression::Object(object) => {
            let entries = object
                .iter()
                .map(|(key, value)| (quote_key(key), quote_strings(value)));
            Expression::Object(entries.collect())
        }
        Expression::Parenthesis(inner) => Expression::Parenthesis(Box::new(quote_strings(inner))),
        Expression::FuncCall(call) => {
            let args = call.args.iter().map(quote_strings).collect();
            FuncCall {
                args,
                ..(**call).clone()
            }
            .into()
        }
        Expression::Traversal(traversal) => {
            let operators = traversal.operators.iter().map(quote_operator);
            Traversal::new(quote_strings(&traversal.expr), operators).into()
        }
        Expression::Conditional(conditional) => Conditional::new(
            quote_strings(&conditional.cond_expr),
            quote_strings(&conditional.true_expr),
            quote_strings(&conditional.false_expr),
        )
        .into(),
        Expression::Operation(operation) => quote_operation(operation).into(),
        Expression::ForExpr(for_expr) => quote_for(for_expr).into(),
        other => other.clone(),
    }
}

fn quote_key(key: &ObjectKey) -> ObjectKey {
    match key {
        ObjectKey::Expression(expr) => ObjectKey::Expression(quote_strings(expr)),
        key => key.clone(),
    }
}

fn quote_operator(operator: &TraversalOperator) -> TraversalOperator {
    match operator {
        TraversalOperator::Index(expr) => TraversalOperator::Index(quote_strings(expr)),
        operator => operator.clone(),
    }
}

fn quote_operation(operation: &Operation) -> Operation {
    match operation {
        Operation::Unary(op) => UnaryOp::new(op.operator, quote_strings(&op.expr)).into(),
        Operation::Binary(op) => {
            let (left, right) = (quote_strings(&op.lhs_expr), quote_strings(&op.rhs_expr));
            BinaryOp::new(left, op.operator, right).into()
        }
    }
}

fn quote_for(expr: &ForExpr) -> ForExpr {
    ForExpr {
        key_var: expr.key_var.clone(),
        value_var: expr.value_var.clone(),
        collection_expr: quote_strings(&expr.collection_expr),
        key_expr: expr.key_expr.as_ref().map(quote_strings),
        value_expr: quote_strings(&expr.value_expr),
        grouping: expr.grouping,
        cond_expr: expr.cond_expr.as_ref().map(quote_strings),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terraform::terraform;
    use hcl::eval::{Context, Evaluate};
    use proptest::prelude::*;

    /// What an expression parser makes of the quoted text.
    fn read_back(text: &str) -> String {
        let expr: Expression = quote(text).parse().expect("quoted text is an expression");
        let value = expr
            .evaluate(&Context::new())
            .expect("quoted text refers to nothing");
        value.as_str().expect("quoted text is a string").to_owned()
    }

    #[test]
    fn plain_text_is_only_put_in_quotes() {
        assert_eq!(quote("team-a, 100 % and $5"), "\"team-a, 100 % and $5\"");
    }

    #[test]
    fn markers_are_doubled_wherever_they_stand() {
        for (text, escaped) in [
            ("${x}", "$${x}"),
            ("%{x}", "%%{x}"),
            ("$${x}", "$$${x}"),
            // The second marker is the one that hcl-rs 0.20 lets through.
            ("${a}%${b}", "$${a}%$${b}"),
            ("%{a}$%{b}", "%%{a}$%%{b}"),
            ("$", "$"),
        ] {
            assert_eq!(escape(text), escaped);
        }
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(
            escape("a\0\u{1b}\u{7f}\u{85}\n\r\t"),
            "a\\u0000\\u001b\\u007f\\u0085\\n\\r\\t"
        );
    }

    #[test]
    fn strings_deep_inside_an_expression_are_quoted() {
        let nasty = "${a}%${b}";
        let call = FuncCall::builder("merge").arg(vec![nasty]).build();
        let expr = Expression::from(Conditional::new(
            Expression::Bool(true),
            Expression::Parenthesis(Box::new(call.into())),
            Expression::from(BinaryOp::new(nasty, hcl::expr::BinaryOperator::Eq, "b")),
        ));
        let text = quote_strings(&expr).to_string();
        assert_eq!(
            text,
            r#"true ? (merge(["$${a}%$${b}"])) : "$${a}%$${b}" == "b""#
        );
    }

    #[test]
    fn terraform_reads_the_same_text() {
        let texts = [
            "${path.root}",
            "$${path.root}",
            "$$$${a}%%%{b}",
            "${a}%${file(\"/etc/passwd\")}$%{if true}x%{endif}",
            "\"; x = 1 # \\\" \\n \\${a} \\u0041",
            "line\r\nline\ttab\u{1b}[0m\u{7f}",
            "größe 名前 🚀 <<EOT",
            "$ % $$ %% {} ~}",
        ];
        let expr = Expression::from(texts.to_vec());
        let dir = tempfile::tempdir().unwrap();
        let text = format!(
            "output \"texts\" {{\n  value = {}\n}}\n",
            quote_strings(&expr)
        );
        std::fs::write(dir.path().join("main.tf"), text).unwrap();
        terraform(dir.path(), &["apply", "-auto-approve", "-no-color"]);
        let json = terraform(dir.path(), &["output", "-json", "texts"]);
        let read: Vec<String> = serde_json::from_str(&json).unwrap();
        assert_eq!(read, texts);
    }

    proptest! {
        #[test]
        fn any_text_evaluates_to_itself(text in any::<String>()) {
            prop_assert_eq!(read_back(&text), text);
        }

        #[test]
        fn nasty_text_evaluates_to_itself(text in r#"[$%{}~"\\nu0 \n]{0,12}"#) {
            prop_assert_eq!(read_back(&text), text);
        }
    }
}
