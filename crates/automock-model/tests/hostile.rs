//! Files that are odd in size, depth or encoding: each is answered, none brings the program down.

use automock_model::{EngineKind, Expectations, Project};

#[test]
fn deep_nesting_is_a_problem_and_no_stack_overflow() {
    let depth = 100_000;
    for text in [
        format!("name = {}{}", "[".repeat(depth), "]".repeat(depth)),
        format!("name = {}", "{a=".repeat(depth)),
        format!("{}x = 1", "a.".repeat(depth)),
        format!("[{}x]", "a.".repeat(depth)),
    ] {
        assert!(Project::from_toml(&text).is_err());
    }
    let deep = "[".repeat(depth) + &"]".repeat(depth);
    assert!(Expectations::parse(&deep).is_err());
    let body = format!("[{{ \"httpResponse\": {{ \"body\": {deep} }} }}]");
    if let Ok(expectations) = Expectations::parse(&body) {
        assert!(expectations.compose(EngineKind::MockServer).contains(&deep));
    }
}

#[test]
fn long_values_do_not_flood_the_answer() {
    let text = format!("name = \"{}\"", "x".repeat(1_000_000));
    let answer = Project::from_toml(&text).unwrap_err().to_string();
    assert!(answer.len() < 300, "{}", answer.len());
    let text = format!("[\"{}\"]", "x".repeat(1_000_000));
    let answer = Expectations::parse(&text).unwrap_err().to_string();
    assert!(answer.len() < 300, "{}", answer.len());
}

#[test]
fn windows_files_are_read() {
    let file = "\u{feff}name = \"petstore\"\r\n[tasks]\r\nmin = 1\r\nmaxx = 2\r\n";
    let problems = Project::from_toml(file).unwrap_err();
    let problem = &problems.as_slice()[0];
    assert_eq!(
        (problem.path.as_str(), problem.line, problem.column),
        ("tasks.maxx", Some(4), Some(1))
    );
    assert!(Project::from_toml(&file.replace("maxx", "max")).is_ok());
}

#[test]
fn many_expectations_are_checked_in_a_moment() {
    let item = "{ \"httpRequest\": { \"path\": \"/a\" }, \"httpResponse\": { \"body\": {} } }";
    let good = format!("[{}]", vec![item; 15_000].join(",\n"));
    assert_eq!(Expectations::parse(&good).unwrap().len(), 15_000);
    let bad = item.replace("httpResponse", "httpResponce");
    let bad = format!("[{}]", vec![bad; 2_000].join(",\n"));
    // Each has an unknown field and, for want of it, no action.
    let problems = Expectations::parse(&bad).unwrap_err();
    assert_eq!(problems.as_slice().len(), 4_000);
}
