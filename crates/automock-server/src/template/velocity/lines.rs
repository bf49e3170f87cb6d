//! Lines with nothing but directives vanish.

use crate::template::source::{after_blank_line_end, before_blank_line_start};

use super::scan::Token;

/// Removes blanks and ends of lines around directives that have their lines for themselves.
pub(super) fn remove(mut tokens: Vec<Token>) -> Vec<Token> {
    for (start, end) in silent_lines(&tokens) {
        trim(&mut tokens, start, end);
    }
    tokens
}

/// Rows of directives that are alone. All are found before a text changes.
fn silent_lines(tokens: &[Token]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < tokens.len() {
        let end = silent_until(tokens, start);
        if end > start && begins_line(tokens, start) && ends_line(tokens, end) {
            found.push((start, end));
        }
        start = end.max(start + 1);
    }
    found
}

/// Where a row of directives and comments ends that starts here. Blanks may be between them.
fn silent_until(tokens: &[Token], start: usize) -> usize {
    let mut end = start;
    for (index, token) in tokens.iter().enumerate().skip(start) {
        match token {
            Token::Directive(..) | Token::Comment => end = index + 1,
            Token::LineComment => return index + 1,
            Token::Text(text) if end > start && is_blank(text) => {}
            Token::Text(_) | Token::Reference(_) => break,
        }
    }
    end
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t'))
}

fn begins_line(tokens: &[Token], start: usize) -> bool {
    match start.checked_sub(1).map(|before| &tokens[before]) {
        None | Some(Token::LineComment) => true,
        Some(Token::Text(text)) => {
            let after_comment = start > 1 && matches!(tokens[start - 2], Token::LineComment);
            before_blank_line_start(text, start == 1 || after_comment).is_some()
        }
        Some(_) => false,
    }
}

fn ends_line(tokens: &[Token], end: usize) -> bool {
    if matches!(tokens[end - 1], Token::LineComment) {
        return true;
    }
    match tokens.get(end) {
        None => true,
        Some(Token::Text(text)) => {
            let is_last = end + 1 == tokens.len() || text.contains('\n');
            is_last && after_blank_line_end(text).is_some()
        }
        Some(_) => false,
    }
}

fn trim(tokens: &mut [Token], start: usize, end: usize) {
    if let Some(Token::Text(text)) = start.checked_sub(1).and_then(|at| tokens.get_mut(at)) {
        text.truncate(text.trim_end_matches([' ', '\t']).len());
    }
    for token in &mut tokens[start..end] {
        if let Token::Text(text) = token {
            text.clear();
        }
    }
    let comment = matches!(tokens[end - 1], Token::LineComment);
    if let Some(Token::Text(text)) = tokens.get_mut(end).filter(|_| !comment) {
        text.drain(..after_blank_line_end(text).unwrap_or(0));
    }
}
