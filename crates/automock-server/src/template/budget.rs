//! What a render may do before it is stopped.

use super::error::RenderError;
use super::value::Value;

/// How deep blocks, expressions and strings of a template nest.
pub(super) const MAX_NESTING: usize = 100;
/// How large a text may become, in bytes.
pub(super) const MAX_TEXT: usize = 16 * 1024 * 1024;
/// How often all loops of a render run together.
pub(super) const MAX_ITERATIONS: usize = 100_000;
/// How deep lists and maps nest. JSON is read down to 128 levels.
pub(super) const MAX_DEPTH: usize = 256;
/// How much a render may do; a unit takes about a nanosecond, so this is a second or two.
const MAX_WORK: usize = 256 * 1024 * 1024;
/// What a step of a template costs beside what it reads and writes.
const STEP: usize = 50;

/// What is left of a render's time.
#[derive(Debug)]
pub(super) struct Budget {
    iterations: usize,
    work: usize,
}

impl Budget {
    /// All of it.
    pub(super) fn new() -> Self {
        Self {
            iterations: MAX_ITERATIONS,
            work: MAX_WORK,
        }
    }

    /// A loop runs once more.
    pub(super) fn iterate(&mut self) -> Result<(), RenderError> {
        let left = self.iterations.checked_sub(1);
        self.iterations = left.ok_or(RenderError::TooManyIterations {
            limit: MAX_ITERATIONS,
        })?;
        self.step()
    }

    /// A node of a template is looked at.
    pub(super) fn step(&mut self) -> Result<(), RenderError> {
        self.spend(STEP)
    }

    /// So many bytes or items are read or written.
    pub(super) fn spend(&mut self, units: usize) -> Result<(), RenderError> {
        let left = self.work.checked_sub(units);
        self.work = left.ok_or(RenderError::TooMuchWork)?;
        Ok(())
    }

    /// A value is built: what is in it counts, and its depth is bounded, because what walks through
    /// it calls itself.
    pub(super) fn accept(&mut self, value: Value) -> Result<Value, RenderError> {
        if value.depth() > MAX_DEPTH {
            return Err(RenderError::TooDeep { limit: MAX_DEPTH });
        }
        if value.weight() > MAX_WORK {
            return Err(RenderError::TooMuchWork);
        }
        self.step()?;
        Ok(value)
    }

    /// Adds to a text.
    pub(super) fn push(&mut self, output: &mut String, text: &str) -> Result<(), RenderError> {
        self.spend(text.len())?;
        if output.len() + text.len() > MAX_TEXT {
            return Err(RenderError::TooLarge { limit: MAX_TEXT });
        }
        output.push_str(text);
        Ok(())
    }

    /// The text of a value, which is paid for before it is made.
    pub(super) fn text(&mut self, value: &Value) -> Result<String, RenderError> {
        let weight = value.weight();
        self.spend(weight)?;
        // Escapes and separators make a text longer than what is in it, though not by much.
        if weight > MAX_TEXT {
            return Err(RenderError::TooLarge { limit: MAX_TEXT });
        }
        Ok(value.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterations_end() {
        let mut budget = Budget::new();
        for _ in 0..MAX_ITERATIONS {
            budget.iterate().unwrap();
        }
        let limit = MAX_ITERATIONS;
        assert_eq!(
            budget.iterate(),
            Err(RenderError::TooManyIterations { limit })
        );
    }

    #[test]
    fn texts_end() {
        let mut budget = Budget::new();
        let mut output = String::new();
        budget.push(&mut output, &"x".repeat(MAX_TEXT)).unwrap();
        let limit = MAX_TEXT;
        assert_eq!(
            budget.push(&mut output, "x"),
            Err(RenderError::TooLarge { limit })
        );
    }

    #[test]
    fn work_ends() {
        let mut budget = Budget::new();
        budget.spend(MAX_WORK).unwrap();
        assert_eq!(budget.step(), Err(RenderError::TooMuchWork));
    }
}
