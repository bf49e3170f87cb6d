//! One teardown by many ticks, each with too little time for all of it.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::json;

use crate::ending;
use crate::stage::{Stage, object};

/// Versions in the bucket, delete markers included: two pages and a half of deletions.
const VERSIONS: usize = 2500;

/// Nothing new begins in a tick's last minute, so this leaves fifteen seconds.
const SHORT: Duration = Duration::from_secs(75);

/// What passes between two ticks.
const PAUSE: Duration = Duration::from_mins(5);

/// Fills the stack's bucket with history: each key has old versions, and a delete marker on top.
fn fill_bucket(stage: &Stage) {
    let aws = stage.aws();
    let record = stage.record().unwrap();
    let bucket = record["names"]["config_bucket"].as_str().unwrap();
    let before = aws.keys_with_history(bucket, "").len();
    for number in 0..VERSIONS / 5 {
        let path = format!("/{bucket}/load/{number}.json");
        for version in 0..4 {
            aws.put(&path, &version.to_string());
        }
        aws.s3("DELETE", &path, "");
    }
    let upload = aws.s3("POST", &format!("/{bucket}/large?uploads"), "");
    let (_, rest) = upload.split_once("<UploadId>").unwrap();
    let id = rest.split('<').next().unwrap();
    let part = format!("/{bucket}/large?partNumber=1&uploadId={id}");
    aws.s3("PUT", &part, "never finished");
    assert!(before < 1000);
}

#[test]
fn ticks_take_turns_until_nothing_is_left() {
    let stage = Stage::deployed(60.0);
    let resources = stage.left().len();
    fill_bucket(&stage);
    assert!(resources > 50, "{resources}");
    stage.expire_in(SignedDuration::from_mins(-1));

    let started = Instant::now();
    let mut reaper = stage.reaper();
    let mut ticks = 0;
    let last = loop {
        ticks += 1;
        assert!(ticks < 20, "no end in sight:\n{}", reaper.log());
        let tick = reaper.invoke(&json!({}), SHORT).response();
        println!(
            "tick {ticks} after {} s: {tick}",
            started.elapsed().as_secs()
        );
        if tick["outcome"] == "finished" {
            break tick;
        }
        assert_eq!(tick["outcome"], "progressing", "{}", reaper.log());
        assert!(stage.record().is_some());
        assert!(stage.aws().function(crate::stage::FUNCTION).is_some());
        stage.world.advance(PAUSE).unwrap();
    };
    println!(
        "{resources} resources and {VERSIONS} versions were removed by {ticks} ticks in {:.0} s",
        started.elapsed().as_secs_f64()
    );
    assert!(ticks > 1, "one tick was enough");
    assert_eq!(last["left"], 0, "{last:#}");
    stage.assert_gone();
    ending::assert_told_once(&stage);
    let receipt = stage.receipt();
    assert_eq!(receipt["stack"], "shop-dev", "{receipt:#}");
    let removed = receipt["resources"].as_array().unwrap();
    assert!(removed.iter().all(|one| one["deleted_at"].is_string()));

    // The rule may fire once more before AWS notices that it is gone.
    let after = reaper.invoke(&json!({}), SHORT).response();
    assert_eq!(after["outcome"], "nothing-to-do", "{after:#}");
    assert!(
        stage
            .aws()
            .get(&object("journals/shop-dev/journal.json"))
            .is_some()
    );
}
