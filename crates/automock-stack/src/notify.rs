//! Mail addresses of the notification topic.

use std::collections::BTreeMap;

use crate::aws::{AwsError, Session};

/// What SNS shows instead of an ARN while an address has not been confirmed.
const PENDING: &str = "PendingConfirmation";

/// Subscribes addresses to the topic; returns those that still have to be confirmed.
///
/// An address that is subscribed already is left alone, so nobody is asked twice.
pub(crate) async fn subscribe(
    session: &Session,
    topic: &str,
    mail: &[String],
) -> Result<Vec<String>, AwsError> {
    let known = subscriptions(session, topic).await?;
    let mut pending = Vec::new();
    for address in mail {
        match known.get(address).map(String::as_str) {
            Some(PENDING) => pending.push(address.clone()),
            Some(_) => {}
            None => {
                session
                    .sns()
                    .subscribe()
                    .topic_arn(topic)
                    .protocol("email")
                    .endpoint(address)
                    .send()
                    .await
                    .map_err(|error| AwsError::new("subscribe a mail address", error))?;
                pending.push(address.clone());
            }
        }
    }
    Ok(pending)
}

/// Subscription ARN by mail address.
async fn subscriptions(
    session: &Session,
    topic: &str,
) -> Result<BTreeMap<String, String>, AwsError> {
    let mut pages = session
        .sns()
        .list_subscriptions_by_topic()
        .topic_arn(topic)
        .into_paginator()
        .send();
    let mut known = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| AwsError::new("list who is notified", error))?;
        for subscription in page.subscriptions() {
            if subscription.protocol() == Some("email") {
                known.insert(
                    subscription.endpoint().unwrap_or_default().to_owned(),
                    subscription
                        .subscription_arn()
                        .unwrap_or_default()
                        .to_owned(),
                );
            }
        }
    }
    Ok(known)
}
