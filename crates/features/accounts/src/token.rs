//! Random tokens and codes, kept as digests only.

use core::fmt;
use core::fmt::Write as _;

use sm3::{Digest, Sm3};

use crate::AccountsError;

/// What machines' tokens begin with, so that one found in a wrong place is known for what it is.
const API_PREFIX: &str = "qs_";

/// A secret of 256 random bits as text. Never shown by `Debug`.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// [`AccountsError::Hashing`] when the system gives no random numbers.
    pub(crate) fn generate() -> Result<Self, AccountsError> {
        Ok(Self(hexadecimal(&random::<32>()?)))
    }

    pub(crate) fn generate_for_machine() -> Result<Self, AccountsError> {
        Ok(Self(format!(
            "{API_PREFIX}{}",
            hexadecimal(&random::<32>()?)
        )))
    }

    /// A token as a client sent it.
    pub fn received(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the cookie or for the one answer that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it: 256 random bits need no slow hash.
    pub(crate) fn digest(&self) -> Vec<u8> {
        digest(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

/// Ten recovery codes of 80 bits, such as `3f9a-1c20-77b4-…`.
pub(crate) fn generate_recovery_codes() -> Result<Vec<String>, AccountsError> {
    (0..10)
        .map(|_one| {
            let digits = hexadecimal(&random::<10>()?);
            let groups: Vec<_> = (0..5)
                .filter_map(|group| digits.get(group * 4..group * 4 + 4))
                .collect();
            Ok(groups.join("-"))
        })
        .collect()
}

/// The digest of a recovery code however it is typed.
pub(crate) fn digest_of_code(typed: &str) -> Vec<u8> {
    let plain: String = typed
        .chars()
        .filter(char::is_ascii_hexdigit)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    digest(&plain)
}

/// A password that somebody is given once and must change: 20 letters and digits in groups.
pub(crate) fn generate_first_password() -> Result<String, AccountsError> {
    // without letters that are read as digits; 31 signs
    const SIGNS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut password = String::new();
    while password.len() < 23 {
        if matches!(password.len(), 5 | 11 | 17) {
            password.push('-');
        }
        let [byte] = random::<1>()?;
        // 248 is the greatest multiple of 31 in a byte: no sign is likelier than another
        if byte < 248
            && let Some(sign) = SIGNS.get(usize::from(byte % 31))
        {
            password.push(char::from(*sign));
        }
    }
    Ok(password)
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], AccountsError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| AccountsError::Hashing {
        reason: error.to_string(),
    })?;
    Ok(bytes)
}

/// The digest of a text, in hexadecimal digits.
pub(crate) fn digest_of_text(text: &str) -> String {
    hexadecimal(&digest(text))
}

fn digest(text: &str) -> Vec<u8> {
    Sm3::digest(text.as_bytes()).to_vec()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _never_fails = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_show_nothing() {
        let one = Token::generate().unwrap();
        let other = Token::generate().unwrap();
        assert_ne!(one.reveal(), other.reveal());
        assert_eq!(one.reveal().len(), 64);
        assert_eq!(format!("{one:?}"), "Token(…)");
        assert_eq!(one.digest(), Token::received(one.reveal()).digest());
        assert!(
            Token::generate_for_machine()
                .unwrap()
                .reveal()
                .starts_with("qs_")
        );
    }

    #[test]
    fn a_recovery_code_is_known_however_it_is_typed() {
        let codes = generate_recovery_codes().unwrap();
        assert_eq!(codes.len(), 10);
        assert_eq!(codes[0].len(), 24);
        let typed = codes[0].to_uppercase().replace('-', " ");
        assert_eq!(digest_of_code(&typed), digest_of_code(&codes[0]));
        assert_ne!(digest_of_code(&codes[1]), digest_of_code(&codes[0]));
    }

    #[test]
    fn a_first_password_passes_its_own_rules() {
        let password = generate_first_password().unwrap();
        assert_eq!(password.len(), 23, "{password}");
        assert!(
            password.split('-').all(|group| group.len() == 5),
            "{password}"
        );
    }
}
