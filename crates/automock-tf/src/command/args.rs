//! Building argument lists.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

/// What to do about the state's lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lock {
    /// Take it, and fail at once if somebody else has it.
    #[default]
    Take,
    /// Take it, and wait this long for somebody else.
    Wait(Duration),
    /// Go without. For plans that nobody will apply, with credentials that may only read.
    Ignore,
}

/// An argument list in the making.
#[derive(Debug, Default)]
pub(super) struct Args(Vec<OsString>);

impl Args {
    pub(super) fn new(words: &[&str]) -> Self {
        Self(words.iter().map(OsString::from).collect())
    }

    pub(super) fn push(mut self, argument: impl Into<OsString>) -> Self {
        self.0.push(argument.into());
        self
    }

    pub(super) fn flag_if(self, condition: bool, flag: &str) -> Self {
        if condition { self.push(flag) } else { self }
    }

    /// Adds `-name=value`.
    pub(super) fn pair(self, name: &str, value: impl AsRef<OsStr>) -> Self {
        let mut argument = OsString::from(name);
        argument.push("=");
        argument.push(value);
        self.push(argument)
    }

    pub(super) fn pairs<V: AsRef<OsStr>>(
        self,
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        values
            .into_iter()
            .fold(self, |args, value| args.pair(name, value))
    }

    pub(super) fn pair_if(self, name: &str, value: Option<impl AsRef<OsStr>>) -> Self {
        self.pairs(name, value)
    }

    pub(super) fn lock(self, lock: Lock) -> Self {
        match lock {
            Lock::Take => self,
            Lock::Wait(timeout) => self.push(format!("-lock-timeout={}s", timeout.as_secs())),
            Lock::Ignore => self.push("-lock=false"),
        }
    }

    pub(super) fn finish(self) -> Vec<OsString> {
        self.0
    }
}

#[cfg(test)]
pub(super) fn text(args: &[OsString]) -> Vec<&str> {
    args.iter()
        .map(|argument| argument.to_str().expect("test arguments are text"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locking_has_three_forms() {
        let argv = |lock| Args::default().lock(lock).finish();
        assert!(argv(Lock::Take).is_empty());
        assert_eq!(
            text(&argv(Lock::Wait(Duration::from_secs(90)))),
            ["-lock-timeout=90s"]
        );
        assert_eq!(text(&argv(Lock::Ignore)), ["-lock=false"]);
    }
}
