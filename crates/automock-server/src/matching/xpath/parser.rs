//! Reads an `XPath` expression.

use super::expression::{Axis, Comparison, Expression, FUNCTIONS, Function, Path, Step, Test};
use super::lexer::{Token, tokens};

/// Namespaces by their prefixes.
pub(crate) type Prefixes = Vec<(String, String)>;

/// Expressions that are nested deeper are refused.
const DEEPEST: usize = 64;

/// Reads an expression.
pub(crate) fn parse(text: &str, prefixes: &Prefixes) -> Result<Expression, String> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
        prefixes,
    };
    let expression = parser.or()?;
    match parser.peek() {
        None => Ok(expression),
        Some(token) => Err(not_supported(token)),
    }
}

struct Parser<'p> {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    prefixes: &'p Prefixes,
}

const COMPARISONS: [(&str, Comparison); 6] = [
    ("=", Comparison::Equal),
    ("!=", Comparison::Unequal),
    ("<", Comparison::Less),
    ("<=", Comparison::LessOrEqual),
    (">", Comparison::Greater),
    (">=", Comparison::GreaterOrEqual),
];

const AXES: [(&str, Axis); 5] = [
    ("child", Axis::Child),
    ("descendant-or-self", Axis::DescendantOrSelf),
    ("self", Axis::SelfNode),
    ("parent", Axis::Parent),
    ("attribute", Axis::Attribute),
];

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn takes(&mut self, mark: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Mark(found)) if *found == mark);
        self.at += usize::from(found);
        found
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(name)) if name == word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, mark: &str) -> Result<(), String> {
        if self.takes(mark) {
            return Ok(());
        }
        Err(match self.peek() {
            Some(token) => not_supported(token),
            None => format!("{mark:?} is missing at the end"),
        })
    }

    fn or(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("is nested too deeply".to_owned());
        }
        let mut left = self.and()?;
        while self.takes_word("or") {
            left = Expression::Or(Box::new(left), Box::new(self.and()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression, String> {
        let mut left = self.comparison()?;
        while self.takes_word("and") {
            left = Expression::And(Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expression, String> {
        let mut left = self.union()?;
        while let Some((_, comparison)) = COMPARISONS.iter().find(|(mark, _)| self.takes(mark)) {
            let right = self.union()?;
            left = Expression::Compare(*comparison, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn union(&mut self) -> Result<Expression, String> {
        let mut left = self.primary()?;
        while self.takes("|") {
            let right = self.primary()?;
            if !is_nodes(&left) || !is_nodes(&right) {
                return Err("only paths can be joined by |".to_owned());
            }
            left = Expression::Union(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn primary(&mut self) -> Result<Expression, String> {
        match self.peek().cloned() {
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(Expression::Text(text))
            }
            Some(Token::Number(number)) => {
                self.at += 1;
                Ok(Expression::Number(number))
            }
            Some(Token::Mark("-")) => {
                self.at += 1;
                self.negative_number()
            }
            Some(Token::Mark("(")) => {
                self.at += 1;
                let inner = self.or()?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(Token::Name(name)) if self.is_call() && !is_node_type(&name) => self.call(&name),
            _ => self.path().map(Expression::Path),
        }
    }

    fn negative_number(&mut self) -> Result<Expression, String> {
        match self.peek() {
            Some(Token::Number(number)) => {
                let number = -number;
                self.at += 1;
                Ok(Expression::Number(number))
            }
            _ => Err("arithmetic is not supported".to_owned()),
        }
    }

    fn is_call(&self) -> bool {
        self.tokens.get(self.at + 1) == Some(&Token::Mark("("))
    }

    fn call(&mut self, name: &str) -> Result<Expression, String> {
        let known = FUNCTIONS.iter().find(|(known, ..)| *known == name);
        let (_, function, least, most) =
            *known.ok_or_else(|| format!("the function {name}() is not supported"))?;
        self.at += 2;
        let arguments = self.arguments()?;
        if arguments.len() < least || arguments.len() > most {
            return Err(format!(
                "{name}() does not take {} arguments",
                arguments.len()
            ));
        }
        check_nodes(name, function, &arguments)?;
        Ok(Expression::Call(function, arguments))
    }

    fn arguments(&mut self) -> Result<Vec<Expression>, String> {
        let mut arguments = Vec::new();
        if self.takes(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.or()?);
            if self.takes(")") {
                return Ok(arguments);
            }
            self.expect(",")?;
        }
    }

    fn path(&mut self) -> Result<Path, String> {
        let mut steps = Vec::new();
        let absolute = if self.takes("//") {
            steps.push(anything_below());
            true
        } else {
            self.takes("/")
        };
        if absolute && steps.is_empty() && !self.begins_step() {
            return Ok(Path { absolute, steps });
        }
        steps.push(self.step()?);
        loop {
            if self.takes("//") {
                steps.push(anything_below());
            } else if !self.takes("/") {
                return Ok(Path { absolute, steps });
            }
            steps.push(self.step()?);
        }
    }

    fn begins_step(&self) -> bool {
        matches!(
            self.peek(),
            Some(Token::Name(_) | Token::Mark("@" | "*" | "." | ".."))
        )
    }

    fn step(&mut self) -> Result<Step, String> {
        if self.takes(".") {
            return Ok(plain_step(Axis::SelfNode));
        }
        if self.takes("..") {
            return Ok(plain_step(Axis::Parent));
        }
        let axis = self.axis()?;
        let test = self.test(axis)?;
        let mut predicates = Vec::new();
        while self.takes("[") {
            predicates.push(self.or()?);
            self.expect("]")?;
        }
        Ok(Step {
            axis,
            test,
            predicates,
        })
    }

    fn axis(&mut self) -> Result<Axis, String> {
        if self.takes("@") {
            return Ok(Axis::Attribute);
        }
        let Some(Token::Name(name)) = self.peek() else {
            return Ok(Axis::Child);
        };
        if self.tokens.get(self.at + 1) != Some(&Token::Mark("::")) {
            return Ok(Axis::Child);
        }
        let axis = AXES.iter().find(|(word, _)| word == name);
        let (_, axis) = axis.ok_or_else(|| format!("the axis {name} is not supported"))?;
        self.at += 2;
        Ok(*axis)
    }

    fn test(&mut self, axis: Axis) -> Result<Test, String> {
        if self.takes("*") {
            return Ok(Test::Any(None));
        }
        let name = match self.peek() {
            Some(Token::Name(name)) => name.clone(),
            Some(token) => return Err(not_supported(token)),
            None => return Err("a name is missing at the end".to_owned()),
        };
        let calls = self.is_call();
        self.at += 1;
        if calls {
            self.expect("(")?;
            self.expect(")")?;
            return node_type(&name);
        }
        self.name_test(&name, axis)
    }

    /// Without declared namespaces a name is looked for in all of them.
    fn name_test(&self, name: &str, axis: Axis) -> Result<Test, String> {
        let (prefix, local) = match name.split_once(':') {
            Some((prefix, local)) => (Some(prefix), local),
            None => (None, name),
        };
        let namespace = match prefix {
            _ if self.prefixes.is_empty() => {
                return Ok(if local == "*" {
                    Test::Any(None)
                } else {
                    Test::Local(local.to_owned())
                });
            }
            None => None,
            Some("xml") if axis == Axis::Attribute => Some(roxmltree::NS_XML_URI.to_owned()),
            Some(prefix) => Some(self.namespace(prefix)?),
        };
        Ok(match local {
            "*" => Test::Any(namespace),
            _ => Test::Qualified(namespace, local.to_owned()),
        })
    }

    fn namespace(&self, prefix: &str) -> Result<String, String> {
        let known = self.prefixes.iter().find(|(known, _)| known == prefix);
        let uri = known.map(|(_, uri)| uri.clone());
        uri.ok_or_else(|| format!("the prefix {prefix} is not among \"namespacePrefixes\""))
    }
}

/// What counts nodes or names them needs nodes.
fn check_nodes(name: &str, function: Function, arguments: &[Expression]) -> Result<(), String> {
    let needs_nodes = matches!(
        function,
        Function::Count
            | Function::Sum
            | Function::LocalName
            | Function::Name
            | Function::NamespaceUri
    );
    if needs_nodes && !arguments.iter().all(is_nodes) {
        return Err(format!("{name}() needs a path"));
    }
    Ok(())
}

fn is_nodes(expression: &Expression) -> bool {
    matches!(expression, Expression::Path(_) | Expression::Union(..))
}

fn is_node_type(name: &str) -> bool {
    matches!(name, "text" | "node" | "comment" | "processing-instruction")
}

fn node_type(name: &str) -> Result<Test, String> {
    match name {
        "text" => Ok(Test::Text),
        "node" => Ok(Test::Node),
        _ => Err(format!("{name}() is not supported in a path")),
    }
}

fn plain_step(axis: Axis) -> Step {
    Step {
        axis,
        test: Test::Node,
        predicates: Vec::new(),
    }
}

fn anything_below() -> Step {
    plain_step(Axis::DescendantOrSelf)
}

fn not_supported(token: &Token) -> String {
    match token {
        Token::Name(name) => format!("{name} is not supported at this place"),
        Token::Text(text) => format!("{text:?} is not supported at this place"),
        Token::Number(number) => format!("{number} is not supported at this place"),
        Token::Mark("+" | "-" | "*") => "arithmetic is not supported".to_owned(),
        Token::Mark("$") => "variables are not supported".to_owned(),
        Token::Mark(mark) => format!("{mark:?} is not supported at this place"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_supported_is_told() {
        let check = |text, expected: &str| {
            assert_eq!(
                parse(text, &Prefixes::new()).unwrap_err(),
                expected,
                "{text}"
            );
        };
        check("1 + 2", "arithmetic is not supported");
        check("//a * 2", "arithmetic is not supported");
        check("$x", "variables are not supported");
        check(
            "//following-sibling::a",
            "the axis following-sibling is not supported",
        );
        check("id('x')", "the function id() is not supported");
        check("contains('a')", "contains() does not take 1 arguments");
        check("count(1)", "count() needs a path");
        check("1 | //a", "only paths can be joined by |");
        check("//comment()", "comment() is not supported in a path");
        check("//a[", "a name is missing at the end");
        check("//a[1", "\"]\" is missing at the end");
        check("", "a name is missing at the end");
        check("//a]", "\"]\" is not supported at this place");
        check(&"(".repeat(100), "is nested too deeply");
        let prefixes = vec![("p".to_owned(), "u".to_owned())];
        let reason = parse("//q:a", &prefixes).unwrap_err();
        assert_eq!(reason, "the prefix q is not among \"namespacePrefixes\"");
    }

    #[test]
    fn a_path_has_steps() {
        let Expression::Path(path) = parse("/a//@b", &Prefixes::new()).unwrap() else {
            panic!()
        };
        let axes: Vec<_> = path.steps.iter().map(|step| step.axis).collect();
        assert!(path.absolute);
        assert_eq!(axes, [Axis::Child, Axis::DescendantOrSelf, Axis::Attribute]);
    }
}
