//! Takes an `XPath` expression apart.

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// A name, with its prefix.
    Name(String),
    /// A text in quotes.
    Text(String),
    Number(f64),
    /// Punctuation: `/`, `//`, `::`, `!=` and so on.
    Mark(&'static str),
}

/// The longer ones first.
const MARKS: [&str; 22] = [
    "//", "::", "..", "!=", "<=", ">=", "/", "@", "(", ")", "[", "]", ",", ".", "=", "<", ">", "|",
    "*", "+", "-", "$",
];

/// The parts of an expression in their order.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '\'' | '"' => quoted(rest, first)?,
            _ if starts_number(rest) => number(rest)?,
            _ if starts_name(first) => name(rest),
            _ => mark(rest)?,
        };
        found.push(token);
        rest = after.trim_start();
    }
    Ok(found)
}

fn quoted(text: &str, quote: char) -> Result<(Token, &str), String> {
    let inner = text.get(1..).unwrap_or_default();
    let closed = inner.split_once(quote);
    let (inner, rest) =
        closed.ok_or_else(|| format!("a text that begins with {quote} does not end"))?;
    Ok((Token::Text(inner.to_owned()), rest))
}

fn starts_number(text: &str) -> bool {
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    digit(bytes.first()) || bytes.first() == Some(&b'.') && digit(bytes.get(1))
}

fn number(text: &str) -> Result<(Token, &str), String> {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let (digits, rest) = text.split_at(end.unwrap_or(text.len()));
    let number = digits
        .parse()
        .map_err(|_| format!("{digits:?} is no number"))?;
    Ok((Token::Number(number), rest))
}

fn starts_name(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_'
}

/// A name may have a prefix, or stand for all names of a namespace: `prefix:*`.
fn name(text: &str) -> (Token, &str) {
    let (first, rest) = simple_name(text);
    let after_colon = rest
        .strip_prefix(':')
        .filter(|after| !after.starts_with(':'));
    let Some(after) = after_colon else {
        return (Token::Name(first.to_owned()), rest);
    };
    if let Some(rest) = after.strip_prefix('*') {
        return (Token::Name(format!("{first}:*")), rest);
    }
    let (second, rest) = simple_name(after);
    (Token::Name(format!("{first}:{second}")), rest)
}

fn simple_name(text: &str) -> (&str, &str) {
    let part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let end = text.find(|letter| !part(letter));
    text.split_at(end.unwrap_or(text.len()))
}

fn mark(text: &str) -> Result<(Token, &str), String> {
    let found = MARKS
        .iter()
        .find_map(|mark| Some((*mark, text.strip_prefix(mark)?)));
    let (mark, rest) = found.ok_or_else(|| format!("{text:?} is not understood"))?;
    Ok((Token::Mark(mark), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_taken_apart() {
        let name = |text: &str| Token::Name(text.to_owned());
        assert_eq!(
            tokens("//ns:a[@b-c = 'x'] | .5").unwrap(),
            [
                Token::Mark("//"),
                name("ns:a"),
                Token::Mark("["),
                Token::Mark("@"),
                name("b-c"),
                Token::Mark("="),
                Token::Text("x".to_owned()),
                Token::Mark("]"),
                Token::Mark("|"),
                Token::Number(0.5),
            ]
        );
        assert_eq!(
            tokens("child::a").unwrap(),
            [name("child"), Token::Mark("::"), name("a")]
        );
        assert_eq!(tokens("p:*").unwrap(), [name("p:*")]);
    }

    #[test]
    fn what_is_not_understood_is_told() {
        assert_eq!(
            tokens("'a").unwrap_err(),
            "a text that begins with ' does not end"
        );
        assert_eq!(tokens("a ; b").unwrap_err(), "\"; b\" is not understood");
        assert_eq!(tokens("1.2.3").unwrap_err(), "\"1.2.3\" is no number");
    }
}
