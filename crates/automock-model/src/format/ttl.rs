//! The table `[ttl]`.

use super::reader::{Fault, Reader};
use super::spec::{DurationRule, Field, Kind, Literal, Table};
use super::writer::Writer;
use crate::duration::format_seconds;
use crate::ttl::{Lifetime, Ttl};

/// More addresses than this belong in a mailing list.
const MAX_MAIL: usize = 20;
/// The longest address that can be delivered:
/// <https://www.rfc-editor.org/errata/eid1690>.
const MAX_ADDRESS: usize = 254;

pub(super) static SPEC: Table = Table {
    doc: "How long the stack lives, and who is told before it ends.",
    fields: &[
        Field::default(
            "duration",
            Kind::Duration(DurationRule {
                min_seconds: Ttl::MIN_SECONDS,
                max_seconds: Ttl::MAX_SECONDS,
                whole_minutes: false,
                none: true,
            }),
            Literal::Text("4h"),
            "Time to live from the deployment on, 5m to 30d; \"none\" keeps the stack until you \
             destroy it.",
        ),
        Field::optional(
            "warning",
            Kind::Duration(DurationRule {
                min_seconds: 60,
                max_seconds: Ttl::MAX_SECONDS,
                whole_minutes: false,
                none: false,
            }),
            "\"1h\"",
            "How long before the end the warning goes out; 1h unless set, or a quarter of a \
             duration that is not longer than that.",
        ),
        Field::default(
            "mail",
            Kind::Texts {
                min: 0,
                max: MAX_MAIL,
            },
            Literal::Texts(&[]),
            "Addresses that get the warning and the receipt, such as \"team@example.com\".",
        ),
        Field::default(
            "check_every",
            Kind::Duration(DurationRule {
                min_seconds: 60,
                max_seconds: 3600,
                whole_minutes: true,
                none: false,
            }),
            Literal::Text("5m"),
            "How often the stack looks whether its time is up, 1m to 1h in whole minutes.",
        ),
    ],
};

pub(super) fn read(reader: &Reader<'_>) -> Option<Lifetime> {
    let duration = reader.ttl("duration");
    let check_every = reader.seconds("check_every");
    let warning = reader.optional("warning", Reader::seconds);
    let mail = reader.texts("mail", parse_mail);
    let (duration, check_every, warning) = (duration?, check_every?, warning.ok()?);
    check_order(reader, duration, check_every, warning);
    Some(Lifetime {
        duration,
        warning_seconds: warning.unwrap_or_else(|| default_warning(duration, check_every)),
        mail: mail?,
        check_every_minutes: u32::try_from(check_every / 60).expect("an hour at most"),
    })
}

pub(super) fn write(lifetime: &Lifetime, writer: &mut Writer) {
    writer.section("ttl");
    writer.set("duration", lifetime.duration.to_string());
    writer.set_seconds("warning", lifetime.warning_seconds);
    writer.set_texts("mail", &lifetime.mail);
    let check_every = u64::from(lifetime.check_every_minutes) * 60;
    writer.set_seconds("check_every", check_every);
}

/// An hour, or less when the stack does not live longer than that. Never less than the time
/// between two looks at the clock, or the warning could come after the end.
pub(crate) fn default_warning(duration: Ttl, check_every_seconds: u64) -> u64 {
    const HOUR: u64 = 3600;
    match duration.seconds() {
        Some(seconds) if seconds <= HOUR => (seconds / 4).max(check_every_seconds),
        _ => HOUR,
    }
}

fn check_order(reader: &Reader<'_>, duration: Ttl, check_every: u64, warning: Option<u64>) {
    if let Some(seconds) = duration.seconds() {
        if check_every >= seconds {
            let reason = format!("is not shorter than ttl.duration ({duration})");
            reader.report("check_every", Fault::new(reason));
            return;
        }
        if warning.is_some_and(|warning| warning >= seconds) {
            let reason = format!("is not shorter than ttl.duration ({duration})");
            reader.report("warning", Fault::new(reason));
        }
    }
    if warning.is_some_and(|warning| warning < check_every) {
        let reason = format!(
            "is shorter than ttl.check_every ({}), so the warning could come after the end",
            format_seconds(check_every)
        );
        reader.report("warning", Fault::new(reason));
    }
}

fn parse_mail(text: &str) -> Result<String, Fault> {
    let fault = |reason: &str| Err(Fault::new(reason));
    let Some((local, domain)) = text.split_once('@') else {
        return fault("has no \"@\"");
    };
    if local.contains(|c: char| "\"(),:;<>[]\\".contains(c)) {
        let hint = "write only the address, such as \"team@example.com\"".to_owned();
        return Err(Fault::new("is not a plain mail address").hint(hint));
    }
    if !text.is_ascii() || text.contains(|c: char| c.is_ascii_whitespace() || c.is_ascii_control())
    {
        return fault("has characters that a mail address cannot have");
    }
    if local.is_empty() || local.len() > 64 || text.len() > MAX_ADDRESS || domain.contains('@') {
        return fault("is not a mail address");
    }
    if !domain.contains('.') || !domain.split('.').all(is_label) {
        return fault("has no valid domain after the \"@\"");
    }
    Ok(text.to_owned())
}

/// A part of a host name between dots.
fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses_are_recognised_by_shape() {
        for good in [
            "a@b.co",
            "first.last+tag@mail.example.com",
            "o'neil@example.org",
        ] {
            assert!(parse_mail(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "team",
            "@example.com",
            "a@b",
            "a@b..c",
            "a@@b.c",
            "a b@example.com",
            "Team <team@example.com>",
            "<t>@example.com",
            "a@-b.com",
            "ü@example.com",
        ] {
            assert!(parse_mail(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_default_warning_is_before_the_end_and_after_a_check() {
        let warning = |ttl: &str, every| default_warning(ttl.parse().unwrap(), every);
        assert_eq!(warning("4h", 300), 3600);
        assert_eq!(warning("1h", 300), 900);
        assert_eq!(warning("15m", 300), 300);
        assert_eq!(warning("1h1m", 300), 3600);
        assert_eq!(warning("none", 300), 3600);
    }
}
