//! What storage does to a fleet that reads its expectations from it.

use automock_testkit::Fault;

/// A way in which S3 fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Throttled,
    Broken,
    CutOff,
    Denied,
    Gone,
}

impl Trouble {
    pub(super) const ALL: [Self; 5] = [
        Self::Throttled,
        Self::Broken,
        Self::CutOff,
        Self::Denied,
        Self::Gone,
    ];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Throttled => "S3 throttles every task (503)",
            Self::Broken => "S3 fails (500)",
            Self::CutOff => "S3 cuts its answers off in the middle",
            Self::Denied => "S3 refuses the tasks' credentials (403)",
            Self::Gone => "S3 is gone: connections end",
        }
    }

    /// The name that the expectations of this push have in their answers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Throttled => "Thea",
            Self::Broken => "Bela",
            Self::CutOff => "Cato",
            Self::Denied => "Dora",
            Self::Gone => "Gwen",
        }
    }

    /// For as many calls as it takes, and for those alone that are signed with a role's credentials: the
    /// person who pushes has others.
    pub(super) fn faults(self) -> Vec<Fault> {
        let error = |status, code| Fault::error("s3", "GetObject", status, code);
        let faults = match self {
            Self::Throttled => vec![error("503 Slow Down", "SlowDown")],
            Self::Broken => vec![error("500 Internal Server Error", "InternalError")],
            Self::CutOff => vec![Fault::cut_answer("s3", "GetObject")],
            Self::Denied => vec![error("403 Forbidden", "InvalidAccessKeyId")],
            Self::Gone => vec![
                Fault::lost_call("s3", "GetObject"),
                Fault::lost_call("s3", "PutObject"),
            ],
        };
        let of_tasks = |fault: Fault| fault.times(u32::MAX).of(KEYS_OF_ROLES);
        faults.into_iter().map(of_tasks).collect()
    }
}

/// Access keys that a role's credentials have.
const KEYS_OF_ROLES: &str = "ASIA*";
