//! Takes a template apart into texts and tags.

use std::ops::Range;

use crate::template::source::{Fault, after_blank_line_end, before_blank_line_start};

/// A text or a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// The bytes of the template. Of a tag that stands alone on its line, the line.
    pub(super) range: Range<usize>,
    /// What it is.
    pub(super) kind: TokenKind,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// Text that is rendered as it is.
    Text,
    /// `{{name}}`
    Escaped(String),
    /// `{{{name}}}` or `{{&name}}`
    Raw(String),
    /// `{{#name}}`
    Section(String),
    /// `{{^name}}`
    Inverted(String),
    /// `{{/name}}`
    Close(String),
    /// A comment, or a change of the delimiters.
    Silent,
}

impl TokenKind {
    /// Whether it takes its line with it if it stands there alone.
    fn may_stand_alone(&self) -> bool {
        !matches!(self, Self::Text | Self::Escaped(_) | Self::Raw(_))
    }
}

/// The tokens of a template.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut scanner = Scanner {
        text,
        offset: 0,
        open: "{{".to_owned(),
        close: "}}".to_owned(),
        tokens: Vec::new(),
    };
    while scanner.next()? {}
    let mut tokens = scanner.tokens;
    remove_lines(text, &mut tokens);
    Ok(tokens)
}

struct Scanner<'t> {
    text: &'t str,
    offset: usize,
    open: String,
    close: String,
    tokens: Vec<Token>,
}

impl Scanner<'_> {
    /// Reads up to the next tag and through it; false at the end.
    fn next(&mut self) -> Result<bool, Fault> {
        let rest = &self.text[self.offset..];
        let Some(found) = rest.find(&self.open) else {
            self.push(self.text.len(), TokenKind::Text);
            return Ok(false);
        };
        let mut start = self.offset + found;
        if let Some(later) = self.later_start(start) {
            start = later;
        }
        self.push(start, TokenKind::Text);
        let (end, kind) = self.tag(start)?;
        self.push(end, kind);
        Ok(true)
    }

    /// Where the tag begins if another start follows before its end: the first one is text, then.
    fn later_start(&self, start: usize) -> Option<usize> {
        let inside = start + self.open.len();
        let rest = &self.text[inside..];
        if rest.starts_with(['!', '=']) {
            return None;
        }
        let end = rest.find(&self.close)?;
        // The third brace of `{{{` belongs to the first start.
        let skipped = usize::from(rest.starts_with('{'));
        let later = rest.get(skipped..end)?.rfind(&self.open)?;
        Some(inside + skipped + later)
    }

    fn push(&mut self, end: usize, kind: TokenKind) {
        if end > self.offset {
            let range = self.offset..end;
            self.tokens.push(Token { range, kind });
        }
        self.offset = end;
    }

    fn tag(&mut self, start: usize) -> Result<(usize, TokenKind), Fault> {
        let text = self.text;
        let inside = start + self.open.len();
        let unclosed = || Fault::new(start, "the tag is not closed");
        if self.open == "{{" && text[inside..].starts_with('{') {
            let end = text[inside..].find("}}}").ok_or_else(unclosed)? + inside;
            let name = plain_name(&text[inside + 1..end], start)?;
            return Ok((end + 3, TokenKind::Raw(name)));
        }
        if text[inside..].starts_with('=') {
            let close = format!("={}", self.close);
            let end = text[inside + 1..].find(&close).ok_or_else(unclosed)? + inside + 1;
            self.set_delimiters(&text[inside + 1..end], start)?;
            return Ok((end + close.len(), TokenKind::Silent));
        }
        let end = text[inside..].find(&self.close).ok_or_else(unclosed)? + inside;
        let kind = kind_of(text[inside..end].trim(), start)?;
        Ok((end + self.close.len(), kind))
    }

    fn set_delimiters(&mut self, text: &str, start: usize) -> Result<(), Fault> {
        let mut parts = text.split_whitespace();
        match (parts.next(), parts.next(), parts.next()) {
            (Some(open), Some(close), None) if !text.contains('=') => {
                open.clone_into(&mut self.open);
                close.clone_into(&mut self.close);
                Ok(())
            }
            _ => Err(Fault::new(start, "new delimiters look like `{{=<% %>=}}`")),
        }
    }
}

fn kind_of(text: &str, start: usize) -> Result<TokenKind, Fault> {
    let mut rest = text.chars();
    let sign = rest.next();
    let name = || plain_name(rest.as_str(), start);
    Ok(match sign {
        Some('!') => TokenKind::Silent,
        Some('#') => TokenKind::Section(name()?),
        Some('^') => TokenKind::Inverted(name()?),
        Some('/') => TokenKind::Close(name()?),
        Some('&') => TokenKind::Raw(name()?),
        Some('>') => return Err(Fault::new(start, "partials are not supported")),
        Some('<' | '$') => return Err(Fault::new(start, "inheritance is not supported")),
        _ => TokenKind::Escaped(plain_name(text, start)?),
    })
}

fn plain_name(text: &str, start: usize) -> Result<String, Fault> {
    let name = text.trim();
    if name.is_empty() {
        return Err(Fault::new(start, "the tag has no name"));
    }
    if name.contains(char::is_whitespace) {
        return Err(Fault::new(start, "the name of a tag has no blanks in it"));
    }
    Ok(name.to_owned())
}

/// Gives tags that stand alone their lines: the texts around lose them.
fn remove_lines(text: &str, tokens: &mut [Token]) {
    let alone: Vec<_> = (0..tokens.len())
        .filter(|&index| stands_alone(text, tokens, index))
        .collect();
    for index in alone {
        if let Some(before) = index
            .checked_sub(1)
            .and_then(|before| tokens.get_mut(before))
        {
            let kept = text[before.range.clone()]
                .trim_end_matches([' ', '\t'])
                .len();
            before.range.end = before.range.start + kept;
        }
        if let Some(after) = tokens.get_mut(index + 1) {
            let skipped = after_blank_line_end(&text[after.range.clone()]);
            after.range.start += skipped.unwrap_or(0);
        }
    }
}

fn stands_alone(text: &str, tokens: &[Token], index: usize) -> bool {
    if !tokens[index].kind.may_stand_alone() {
        return false;
    }
    let begins = match index.checked_sub(1).map(|before| &tokens[before]) {
        None => true,
        Some(before) => {
            let content = &text[before.range.clone()];
            before.kind == TokenKind::Text
                && before_blank_line_start(content, before.range.start == 0).is_some()
        }
    };
    let ends = match tokens.get(index + 1) {
        None => true,
        Some(after) => {
            let content = &text[after.range.clone()];
            let is_last = index + 2 == tokens.len() || content.contains('\n');
            after.kind == TokenKind::Text && is_last && after_blank_line_end(content).is_some()
        }
    };
    begins && ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let tokens = tokens(text).unwrap();
        let found: Vec<_> = tokens
            .iter()
            .map(|token| match &token.kind {
                TokenKind::Text => text[token.range.clone()].to_owned(),
                kind => format!("{kind:?}"),
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn tags_of_all_kinds() {
        check("a{{ b }}c", &["a", "Escaped(\"b\")", "c"]);
        check("{{{b}}}{{&c}}", &["Raw(\"b\")", "Raw(\"c\")"]);
        check("{{! x\ny }}", &["Silent"]);
        check(
            "{{=<% %>=}}<%a%>{{b}}",
            &["Silent", "Escaped(\"a\")", "{{b}}"],
        );
        check(
            "{{# a }}{{^b}}{{/ c}}",
            &["Section(\"a\")", "Inverted(\"b\")", "Close(\"c\")"],
        );
    }

    #[test]
    fn braces_before_a_tag_are_text() {
        check("{{ x {{a}}", &["{{ x ", "Escaped(\"a\")"]);
        check("{'a':{'b':{{a}}}}", &["{'a':{'b':", "Escaped(\"a\")", "}}"]);
        check("{{{a}}}}", &["Raw(\"a\")", "}"]);
    }

    #[test]
    fn lines_of_tags_vanish() {
        check("a\n  {{#b}}  \nc", &["a\n", "Section(\"b\")", "c"]);
        check(
            "{{#b}}\nc\n{{/b}}",
            &["Section(\"b\")", "c\n", "Close(\"b\")"],
        );
        check("a {{#b}}\nc", &["a ", "Section(\"b\")", "\nc"]);
        check("\n {{b}} \n", &["\n ", "Escaped(\"b\")", " \n"]);
        check("a\r\n{{!x}}\r\nb", &["a\r\n", "Silent", "b"]);
        check(
            " {{#a}}  {{/a}}\n",
            &[" ", "Section(\"a\")", "  ", "Close(\"a\")", "\n"],
        );
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        let cases = [
            ("a {{b", 2, "the tag is not closed"),
            ("{{}}", 0, "the tag has no name"),
            ("{{a b}}", 0, "the name of a tag has no blanks in it"),
            ("{{>a}}", 0, "partials are not supported"),
            ("{{=x=}}", 0, "new delimiters look like `{{=<% %>=}}`"),
        ];
        for (text, offset, reason) in cases {
            assert_eq!(tokens(text), Err(Fault::new(offset, reason)), "{text}");
        }
    }
}
