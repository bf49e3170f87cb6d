//! Load balancers, target groups, certificates and DNS records.

use automock_ttl::kind::ResourceKind as K;

use super::network::remove;
use super::{Answer, missing, refused};
use crate::delays::Wait;
use crate::state::State;
use crate::thing::{Body, Thing};

/// `DeleteLoadBalancer`, which succeeds for one that is gone
pub fn delete_load_balancer(state: &mut State, arn: &str) -> Answer<()> {
    let Some(Body::LoadBalancer { is_protected, .. }) =
        state.get(K::LoadBalancer, arn).map(|it| &it.body)
    else {
        return Ok(());
    };
    if *is_protected {
        return refused(
            "OperationNotPermitted",
            format!(
                "Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            ),
        );
    }
    remove(
        state,
        K::LoadBalancer,
        arn,
        "DeleteLoadBalancer",
        Wait::Other,
    );
    let left = state.now + state.delays.of(Wait::LoadBalancerInterface, arn);
    state.end_interfaces(arn, left);
    Ok(())
}

/// `ModifyLoadBalancerAttributes`: deletion protection off
pub fn unprotect(state: &mut State, arn: &str) -> Answer<()> {
    let found = state.change(K::LoadBalancer, arn, "ModifyLoadBalancerAttributes");
    match found.map(|found| &mut found.body) {
        Some(Body::LoadBalancer { is_protected, .. }) => {
            *is_protected = false;
            Ok(())
        }
        _ => missing("LoadBalancerNotFound", format!("'{arn}' not found")),
    }
}

/// `ModifyTargetGroupAttributes`: targets leave at once
pub fn hurry(state: &mut State, arn: &str) -> Answer<()> {
    let found = state.change(K::TargetGroup, arn, "ModifyTargetGroupAttributes");
    match found.map(|found| &mut found.body) {
        Some(Body::TargetGroup { delay_seconds, .. }) => {
            *delay_seconds = 0;
            Ok(())
        }
        _ => missing("TargetGroupNotFound", format!("'{arn}' not found")),
    }
}

/// `DeleteTargetGroup`, which succeeds for one that is gone
pub fn delete_target_group(state: &mut State, arn: &str) -> Answer<()> {
    if state.get(K::TargetGroup, arn).is_none() {
        return Ok(());
    }
    if is_used(
        state,
        Wait::TargetGroup,
        |body| matches!(body, Body::LoadBalancer { target_group: Some(used), .. } if used == arn),
    ) {
        return refused(
            "ResourceInUse",
            format!("Target group '{arn}' is currently in use by a listener or a rule"),
        );
    }
    remove(state, K::TargetGroup, arn, "DeleteTargetGroup", Wait::Other);
    Ok(())
}

/// `DeleteCertificate`
pub fn delete_certificate(state: &mut State, arn: &str) -> Answer<()> {
    if state.get(K::Certificate, arn).is_none() {
        return missing(
            "ResourceNotFoundException",
            format!("Could not find certificate {arn}."),
        );
    }
    if is_used(
        state,
        Wait::Certificate,
        |body| matches!(body, Body::LoadBalancer { certificate: Some(used), .. } if used == arn),
    ) {
        return refused(
            "ResourceInUseException",
            format!("Certificate {arn} is in use."),
        );
    }
    remove(state, K::Certificate, arn, "DeleteCertificate", Wait::Other);
    Ok(())
}

/// Whether a load balancer uses something, or has done so until a short time ago.
fn is_used(state: &State, wait: Wait, uses: impl Fn(&Body) -> bool) -> bool {
    let still = |thing: &Thing| {
        let free = thing
            .end
            .map(|end| end.gone + state.delays.of(wait, &thing.id));
        free.is_none_or(|free| free > state.now)
    };
    state
        .things
        .iter()
        .any(|thing| uses(&thing.body) && still(thing))
}

/// `ListResourceRecordSets`: what the record of a name and type points at.
#[must_use]
pub fn record_value(state: &State, id: &str) -> Option<String> {
    match state.get(K::DnsRecord, id).map(|it| &it.body) {
        Some(Body::Record { value, .. }) => Some(value.clone()),
        _ => None,
    }
}

/// `ChangeResourceRecordSets`: deletes the record that still has this value
pub fn delete_record(state: &mut State, id: &str, value: &str) -> Answer<()> {
    if record_value(state, id).as_deref() != Some(value) {
        let message = format!("Tried to delete resource record set [{id}] but it was not found");
        return refused("InvalidChangeBatch", message);
    }
    remove(
        state,
        K::DnsRecord,
        id,
        "ChangeResourceRecordSets",
        Wait::Other,
    );
    Ok(())
}
