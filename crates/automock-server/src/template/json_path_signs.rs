//! What the signs of a `JSONPath` tell about its cost.

/// How deep brackets nest in a path. Its parser calls itself, and tries alternatives at each level.
const MAX_BRACKETS: usize = 8;
/// How long a path is.
const MAX_LENGTH: usize = 4096;

/// What a look at the signs of a path tells.
#[derive(Debug)]
pub(super) struct Signs {
    is_wide: bool,
    /// Each search multiplies time and the number of values found.
    searches: u32,
    /// How often a value may be found because selectors in a bracket repeat it.
    repeats: usize,
    /// How many selectors each open bracket has so far; none in a parenthesis.
    open: Vec<Option<usize>>,
    quote: Option<char>,
    last: char,
}

impl Signs {
    /// Looks at a path.
    ///
    /// # Errors
    /// It is too long or nests too deep.
    pub(super) fn of(text: &str) -> Result<Self, String> {
        let mut signs = Self {
            is_wide: false,
            searches: 0,
            repeats: 1,
            open: Vec::new(),
            quote: None,
            last: ' ',
        };
        let mut is_deep = text.len() > MAX_LENGTH;
        for sign in text.chars().take(MAX_LENGTH) {
            signs.add(sign);
            is_deep |= signs.open.len() > MAX_BRACKETS;
        }
        if is_deep {
            return Err("the JSONPath is too long or nests too deep".to_owned());
        }
        Ok(signs)
    }

    /// Whether the path picks one value at most.
    pub(super) fn is_definite(&self) -> bool {
        !self.is_wide
    }

    /// The largest body, in bytes, that the path may be used on.
    ///
    /// # Errors
    /// There is none such.
    pub(super) fn largest_body(&self) -> Result<usize, String> {
        match self.searches + self.repeats.ilog(8) {
            0 | 1 => Ok(usize::MAX),
            2 => Ok(64 * 1024),
            3 => Ok(4 * 1024),
            _ => Err("the JSONPath has too many `..`, filters or lists of selectors".to_owned()),
        }
    }

    fn add(&mut self, sign: char) {
        match self.quote {
            Some(_) if self.last == '\\' => self.last = ' ',
            Some(quote) => {
                self.quote = self.quote.filter(|_| sign != quote);
                self.last = sign;
            }
            None => {
                self.look_at(sign);
                self.last = sign;
            }
        }
    }

    fn look_at(&mut self, sign: char) {
        match sign {
            '\'' | '"' => self.quote = Some(sign),
            '[' => self.open.push(Some(1)),
            '(' => self.open.push(None),
            ']' | ')' => self.close(),
            ',' => {
                self.is_wide = true;
                if let Some(Some(selectors)) = self.open.last_mut() {
                    *selectors += 1;
                }
            }
            '*' | ':' => self.is_wide = true,
            '?' => self.search(1),
            '.' if self.last == '.' => self.search(1),
            // A filter that looks at the whole document does so for each item.
            '$' if !self.open.is_empty() => self.search(2),
            _ => {}
        }
    }

    fn close(&mut self) {
        let selectors = self.open.pop().flatten().unwrap_or(1);
        self.repeats = self.repeats.saturating_mul(selectors);
    }

    fn search(&mut self, times: u32) {
        self.is_wide = true;
        self.searches += times;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_bounded() {
        let all = usize::MAX;
        let cases = [
            ("$.a['b, c..d?'][0]", true, Some(all)),
            ("$..a", false, Some(all)),
            ("$[?@.a == 'x\\']']", false, Some(all)),
            ("$[0,1,2]", false, Some(all)),
            ("$..a[?match(@.b, 'c')]", false, Some(64 * 1024)),
            ("$[?count($[*]) > 1]", false, Some(4 * 1024)),
            (
                "$[0,0,0,0,0,0,0,0][0,0,0,0,0,0,0,0]",
                false,
                Some(64 * 1024),
            ),
            ("$..a..b..c..d", false, None),
        ];
        for (path, is_definite, largest) in cases {
            let signs = Signs::of(path).unwrap();
            assert_eq!(signs.is_definite(), is_definite, "{path}");
            assert_eq!(signs.largest_body().ok(), largest, "{path}");
        }
        let repeated = "[0,0]".repeat(100);
        assert!(Signs::of(&repeated).unwrap().largest_body().is_err());
        assert!(Signs::of(&"(".repeat(9)).is_err());
        assert!(Signs::of(&"$".repeat(5_000)).is_err());
    }
}
