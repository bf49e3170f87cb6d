//! The warning, an hour before the end.

use jiff::SignedDuration;
use serde_json::json;

use crate::stage::{LAMBDA_LIMIT, STACK, Stage};

#[test]
fn one_mail_says_how_to_get_more_time() {
    let stage = Stage::deployed(0.2);
    let mut reaper = stage.reaper();
    let early = reaper.invoke(&json!({}), LAMBDA_LIMIT).response();
    assert_eq!(early["outcome"], "idle", "{early:#}");
    assert_eq!(stage.mails(), []);

    stage.expire_in(SignedDuration::from_mins(30));
    let census = stage.world.census().unwrap();
    let warned = reaper.invoke(&json!({}), LAMBDA_LIMIT).response();
    assert_eq!(warned["outcome"], "warned", "{warned:#}");
    let mails = stage.mails();
    assert_eq!(mails.len(), 1, "{mails:#?}");
    let extend = format!("automock extend {STACK} --by 2h --region us-east-1");
    assert!(mails[0].text.contains(&extend), "{mails:#?}");
    assert!(mails[0].subject.contains(STACK), "{mails:#?}");

    let late = reaper.invoke(&json!({}), LAMBDA_LIMIT).response();
    assert_eq!(late["outcome"], "idle", "{late:#}");
    assert_eq!(stage.mails(), []);
    let diff = stage.world.census().unwrap().diff(&census);
    assert!(diff.is_empty(), "a warning changed something:\n{diff}");
}
