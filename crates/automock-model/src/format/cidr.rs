//! Address ranges in CIDR notation.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

use super::reader::Fault;

/// Reads an IPv4 range without host bits.
pub(super) fn parse_ipv4(text: &str) -> Result<Ipv4Net, Fault> {
    if let Ok(address) = text.parse::<IpAddr>() {
        let bits = if address.is_ipv4() { 32 } else { 128 };
        return Err(Fault::new("is an address without a prefix length")
            .hint(format!("write \"{address}/{bits}\" for this address alone")));
    }
    match text.parse::<IpNet>() {
        Ok(IpNet::V4(net)) if net.addr() == net.network() => Ok(net),
        Ok(IpNet::V4(net)) => Err(Fault::new("has bits set beyond its prefix length")
            .hint(format!("did you mean \"{}\"?", net.trunc()))),
        Ok(IpNet::V6(_)) => Err(Fault::new(
            "is an IPv6 range, but the load balancer has IPv4 addresses only",
        )),
        Err(_) => Err(Fault::new("is not an address range")
            .hint("write it as in \"203.0.113.0/24\"".to_owned())),
    }
}

/// The private ranges of RFC 1918.
pub(super) fn is_private(net: Ipv4Net) -> bool {
    let range = |a, b, bits| Ipv4Net::new_assert(Ipv4Addr::new(a, b, 0, 0), bits);
    [range(10, 0, 8), range(172, 16, 12), range(192, 168, 16)]
        .iter()
        .any(|private| private.contains(&net))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        let fault = parse_ipv4(text).unwrap_err();
        format!("{}; {}", fault.reason, fault.suggestion.unwrap_or_default())
    }

    #[test]
    fn faults_say_what_to_write() {
        assert!(parse_ipv4("0.0.0.0/0").is_ok());
        assert_eq!(
            fault("10.42.3.0/16"),
            "has bits set beyond its prefix length; did you mean \"10.42.0.0/16\"?"
        );
        assert!(fault("203.0.113.7").ends_with("write \"203.0.113.7/32\" for this address alone"));
        assert!(fault("::/0").starts_with("is an IPv6 range"));
        assert!(fault("10.0.0.0/33").starts_with("is not an address range"));
    }

    #[test]
    fn only_rfc_1918_is_private() {
        let private = |text: &str| is_private(text.parse().unwrap());
        assert!(private("10.42.0.0/16") && private("172.31.0.0/16") && private("192.168.4.0/22"));
        assert!(!private("172.32.0.0/16") && !private("100.64.0.0/16") && !private("8.8.0.0/16"));
    }
}
