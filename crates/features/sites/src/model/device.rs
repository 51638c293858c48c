//! Data loggers, their secrets and which points they serve.

use core::fmt;

use hj212::Edition;

use super::{DeviceId, DeviceQuirks, PointId, Validity};

/// A data logger (数采仪), known by its MN and password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Identifier.
    pub id: DeviceId,
    /// Counts the changes; a change names the revision it was made on.
    pub revision: i64,
    /// Whether a password is kept; without one no packet of it is accepted unless its settings
    /// ignore the password.
    pub has_password: bool,
    /// Whether an SM4 key is kept.
    pub has_key: bool,
    /// What can be changed.
    pub details: DeviceDetails,
}

/// What can be changed of a device, its secrets apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceDetails {
    /// The identifier it sends.
    pub mn: String,
    /// Name for people.
    pub name: String,
    /// The edition it speaks.
    pub edition: Edition,
    /// System code ST, two digits.
    pub system_type: String,
    /// How it differs from the standard.
    pub quirks: DeviceQuirks,
    /// When this device bears this MN.
    pub validity: Validity,
    /// Whether its packets are accepted.
    pub is_enabled: bool,
    /// Whether it is a device of the simulation.
    pub is_simulated: bool,
    /// The points it serves.
    pub channels: Vec<Channel>,
}

/// Which point a device's factor belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The point.
    pub point_id: PointId,
    /// The factor, or all that no other channel names.
    pub factor_code: Option<String>,
    /// When it holds.
    pub validity: Validity,
}

/// A device's password (PW). Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct DevicePassword(String);

/// A device's SM4 key. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceKey([u8; 16]);

/// What a change does to a secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SecretChange<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It goes.
    Clear,
    /// It is replaced.
    Set(T),
}

/// What a change does to a device's secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Secrets {
    /// The password.
    pub password: SecretChange<DevicePassword>,
    /// The SM4 key; the key before it is kept as the previous one.
    pub key: SecretChange<DeviceKey>,
}

impl DevicePassword {
    /// A password as the device sends it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The password itself, to be sent to the device and nowhere else.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether what a packet carries is this password; takes the same time wherever they differ.
    pub fn matches(&self, sent: &[u8]) -> bool {
        let mine = self.0.as_bytes();
        let mut difference = mine.len() ^ sent.len();
        for index in 0..mine.len() {
            let sent = sent.get(index).copied().unwrap_or(0);
            let own = mine.get(index).copied().unwrap_or(0);
            difference |= usize::from(sent ^ own);
        }
        std::hint::black_box(difference) == 0
    }
}

impl fmt::Debug for DevicePassword {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DevicePassword(…)")
    }
}

impl DeviceKey {
    /// A key from its bytes.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// A key from 32 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0_u8; 16];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The key itself, for the cipher and for nothing else.
    pub const fn reveal(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DeviceKey(…)")
    }
}

impl Secrets {
    /// A new password; the key stays.
    pub fn with_password(password: impl Into<String>) -> Self {
        Self {
            password: SecretChange::Set(DevicePassword::new(password)),
            key: SecretChange::Keep,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_itself_only() {
        let password = DevicePassword::new("123456");
        assert!(password.matches(b"123456"));
        for wrong in [
            &b"123457"[..],
            b"12345",
            b"1234567",
            b"",
            b"023456",
            b"123456\0",
        ] {
            assert!(!password.matches(wrong), "{wrong:?}");
        }
        assert!(DevicePassword::new("").matches(b""));
    }

    #[test]
    fn secrets_are_not_shown_by_debug() {
        let secrets = Secrets {
            password: SecretChange::Set(DevicePassword::new("hidden")),
            key: SecretChange::Set(
                DeviceKey::from_hex("0123456789abcdeffedcba9876543210").unwrap(),
            ),
        };
        assert_eq!(
            format!("{secrets:?}"),
            "Secrets { password: Set(DevicePassword(…)), key: Set(DeviceKey(…)) }"
        );
        assert_eq!(DeviceKey::from_hex("0123"), None);
        assert_eq!(
            DeviceKey::from_hex("0123456789abcdeffedcba987654321g"),
            None
        );
    }
}
