//! Reverse proxies whose word about the client's address is believed.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use hyper::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// In which header a proxy says for whom it asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProxyHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl ProxyHeader {
    const fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

/// An entry of a list of proxies is neither an address nor a network.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{entry}` is neither an address nor a network such as 10.1.2.0/24")]
pub struct ProxyListError {
    entry: String,
}

/// The proxies, by address or network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    networks: Vec<Network>,
    header: ProxyHeader,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    fn contains(&self, other: IpAddr) -> bool {
        let is_same = |own: u128, other: u128, length: u32| {
            let rest = length - u32::from(self.bits);
            rest == length || own >> rest == other >> rest
        };
        match (self.address, other) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                is_same(own.to_bits().into(), other.to_bits().into(), 32)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => is_same(own.to_bits(), other.to_bits(), 128),
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = ProxyListError;

    fn from_str(entry: &str) -> Result<Self, ProxyListError> {
        let wrong = || ProxyListError {
            entry: entry.to_owned(),
        };
        let (address, bits) = match entry.split_once('/') {
            Some((address, bits)) => {
                let bits = bits.parse().map_err(|_not_a_number| wrong())?;
                (address, Some(bits))
            }
            None => (entry, None),
        };
        let address: IpAddr = address.parse().map_err(|_not_an_address| wrong())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(longest);
        if bits > longest {
            return Err(wrong());
        }
        Ok(Self { address, bits })
    }
}

impl TrustedProxies {
    /// Reads a list of addresses and networks, separated by commas.
    ///
    /// # Errors
    /// Names the first entry that is neither.
    pub fn parse(list: &str, header: ProxyHeader) -> Result<Self, ProxyListError> {
        let entries = list.split(',').map(str::trim);
        let networks = entries
            .filter(|entry| !entry.is_empty())
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        Ok(Self { networks, header })
    }

    /// Whether no proxy is named.
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty()
    }

    /// Whether this is one of them.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(address))
    }

    /// Who asks: the peer, or where the peer is one of the proxies whom it names; of several the one
    /// that the last proxy we trust has seen. What stands further to the left anybody may have
    /// written.
    pub(crate) fn find_client(&self, peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
        let mut client = peer;
        if !self.contains(peer.ip()) {
            return client;
        }
        let lines = headers.get_all(self.header.name()).iter();
        let values: Vec<&str> = lines
            .flat_map(|line| line.to_str().unwrap_or("unknown").split(','))
            .collect();
        for value in values.into_iter().rev() {
            let Some(address) = self.read_address(value.trim()) else {
                break;
            };
            client = SocketAddr::new(address, 0);
            if !self.contains(address) {
                break;
            }
        }
        client
    }

    fn read_address(&self, value: &str) -> Option<IpAddr> {
        let node = match self.header {
            ProxyHeader::XForwardedFor => value,
            ProxyHeader::Forwarded => value.split(';').find_map(|pair| {
                let (name, node) = pair.trim().split_once('=')?;
                name.eq_ignore_ascii_case("for")
                    .then(|| node.trim_matches('"'))
            })?,
        };
        let bare = node
            .strip_prefix('[')
            .and_then(|node| node.strip_suffix(']'));
        let address: IpAddr = bare
            .unwrap_or(node)
            .parse()
            .or_else(|_with_a_port| node.parse::<SocketAddr>().map(|socket| socket.ip()))
            .ok()?;
        Some(address.to_canonical())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn find(header: ProxyHeader, peer: &str, lines: &[(&'static str, &str)]) -> String {
        let proxies = TrustedProxies::parse("10.0.0.0/24, 2001:db8::7", header).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        let peer = SocketAddr::new(peer.parse().unwrap(), 4000);
        proxies.find_client(peer, &headers).ip().to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_what_it_saw_itself() {
        let find =
            |peer, lines: &[(&'static str, &str)]| find(ProxyHeader::XForwardedFor, peer, lines);
        let name = "x-forwarded-for";
        assert_eq!(find("192.0.2.1", &[(name, "8.8.8.8")]), "192.0.2.1");
        assert_eq!(find("10.0.0.9", &[(name, "192.0.2.1")]), "192.0.2.1");
        assert_eq!(
            find("10.0.0.9", &[(name, "8.8.8.8, 192.0.2.1")]),
            "192.0.2.1",
            "the client wrote 8.8.8.8 itself"
        );
        assert_eq!(
            find(
                "10.0.0.9",
                &[(name, "8.8.8.8"), (name, "192.0.2.1, 10.0.0.3")]
            ),
            "192.0.2.1",
            "through two proxies, in two lines"
        );
        assert_eq!(find("10.0.0.9", &[]), "10.0.0.9");
        assert_eq!(find("10.0.0.9", &[(name, "rubbish")]), "10.0.0.9");
        assert_eq!(
            find("10.0.0.9", &[(name, "192.0.2.1, rubbish")]),
            "10.0.0.9"
        );
        assert_eq!(find("10.0.0.9", &[(name, "192.0.2.1:5000")]), "192.0.2.1");
        assert_eq!(find("2001:db8::7", &[(name, "2001:db8::1")]), "2001:db8::1");
        assert_eq!(find("10.0.0.9", &[(name, "::ffff:8.8.4.4")]), "8.8.4.4");
        assert_eq!(
            find("10.0.0.9", &[("forwarded", "for=8.8.8.8")]),
            "10.0.0.9",
            "the other header passes through proxies unread"
        );
    }

    #[test]
    fn the_header_of_rfc_7239_is_read_where_it_is_named() {
        let find = |value: &str| find(ProxyHeader::Forwarded, "10.0.0.9", &[("forwarded", value)]);
        assert_eq!(find("for=192.0.2.60;proto=https"), "192.0.2.60");
        assert_eq!(
            find("proto=https; For=\"[2001:db8:cafe::17]:47011\""),
            "2001:db8:cafe::17"
        );
        assert_eq!(
            find("for=8.8.8.8, for=192.0.2.60, for=10.0.0.1"),
            "192.0.2.60"
        );
        assert_eq!(find("for=_hidden"), "10.0.0.9");
    }

    #[test]
    fn a_wrong_entry_is_named() {
        let parse = |list: &str| TrustedProxies::parse(list, ProxyHeader::default());
        assert!(parse("").unwrap().is_empty());
        for wrong in ["nginx", "10.0.0.0/33", "10.0.0.0/x", "::/129"] {
            let said = parse(&format!("127.0.0.1,{wrong}"))
                .unwrap_err()
                .to_string();
            assert!(said.contains(wrong), "{said}");
        }
        let all = parse("0.0.0.0/0,::/0").unwrap();
        assert!(all.contains("203.0.113.5".parse().unwrap()));
        assert!(all.contains("2001:db8::".parse().unwrap()));
    }
}
