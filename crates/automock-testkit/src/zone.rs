//! Hosted zones: what a stack with a domain finds in a real account.

use crate::{Emulator, TestkitError};

/// Enough of a signature for the emulator to know which service is meant.
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 \
    Credential=test/20260101/us-east-1/route53/aws4_request, SignedHeaders=host, Signature=0";

impl Emulator {
    /// Makes a public hosted zone, as somebody who owns the domain has one.
    ///
    /// # Errors
    /// When the emulator does not answer or refuses the name.
    pub fn create_hosted_zone(&self, name: &str) -> Result<(), TestkitError> {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <CreateHostedZoneRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
             <Name>{name}</Name><CallerReference>{name}</CallerReference></CreateHostedZoneRequest>"
        );
        self.control
            .post_service("2013-04-01/hostedzone", AUTHORIZATION, &body)
    }
}
