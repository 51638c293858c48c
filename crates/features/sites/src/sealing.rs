//! Secrets at rest: sealed with the installation's key, opened only in memory.
//!
//! A sealed secret is `version | nonce | ciphertext | tag`: SM4 in counter mode under a key of its
//! own, derived by HMAC-SM3 from the installation's key and the nonce, then HMAC-SM3 over all of it
//! and over what the secret belongs to, so that it cannot be moved to another device.

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sm3::Sm3;
use sm4::Sm4;
use sm4::cipher::{Block, BlockCipherEncrypt};

const VERSION: u8 = 1;
const NONCE: usize = 16;
const TAG: usize = 32;

/// The installation's key. Never shown by `Debug`.
#[derive(Clone)]
pub struct SealingKey([u8; 32]);

/// A secret could not be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealingError {
    /// The system gave no random numbers.
    #[error("the system gave no random numbers: {reason}")]
    NoRandomness {
        /// What it said.
        reason: String,
    },
    /// The sealed bytes are damaged, belong to another device, or the key is another one.
    #[error("a sealed secret of {subject} cannot be opened with this installation's key")]
    NotOpened {
        /// What the secret belongs to.
        subject: String,
    },
    /// The key file does not hold a key.
    #[error("a sealing key is 64 hexadecimal digits")]
    NotAKey,
}

impl SealingKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`SealingError::NoRandomness`].
    pub fn generate() -> Result<Self, SealingError> {
        let mut bytes = [0; 32];
        fill_random(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// A key from its bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A key from the text of a key file: 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`SealingError::NotAKey`].
    pub fn from_hex(text: &str) -> Result<Self, SealingError> {
        let text = text.trim();
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(SealingError::NotAKey);
        }
        let mut bytes = [0_u8; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            let digits = text.get(index * 2..index * 2 + 2);
            *byte = digits
                .and_then(|digits| u8::from_str_radix(digits, 16).ok())
                .ok_or(SealingError::NotAKey)?;
        }
        Ok(Self(bytes))
    }

    /// The text of a key file. Write it nowhere else.
    pub fn to_hex(&self) -> String {
        self.0
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|digit| char::from_digit(u32::from(digit), 16))
            .collect()
    }

    /// Seals a secret of `subject`.
    ///
    /// # Errors
    /// [`SealingError::NoRandomness`].
    pub fn seal(&self, subject: &str, secret: &[u8]) -> Result<Vec<u8>, SealingError> {
        let mut nonce = [0; NONCE];
        fill_random(&mut nonce)?;
        let mut sealed = Vec::with_capacity(1 + NONCE + secret.len() + TAG);
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        let mut text = secret.to_vec();
        self.apply_keystream(&nonce, &mut text);
        sealed.append(&mut text);
        let tag = self.tag(subject, &sealed).finalize().into_bytes();
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Opens a sealed secret of `subject`.
    ///
    /// # Errors
    /// [`SealingError::NotOpened`] when it is damaged, of another subject or of another key.
    pub fn open(&self, subject: &str, sealed: &[u8]) -> Result<Vec<u8>, SealingError> {
        let not_opened = || SealingError::NotOpened {
            subject: subject.to_owned(),
        };
        let body_length = sealed.len().checked_sub(TAG).ok_or_else(not_opened)?;
        let (body, tag) = sealed
            .split_at_checked(body_length)
            .ok_or_else(not_opened)?;
        self.tag(subject, body)
            .verify_slice(tag)
            .map_err(|_forged| not_opened())?;
        let ([VERSION], rest) = body.split_at_checked(1).ok_or_else(not_opened)? else {
            return Err(not_opened());
        };
        let (nonce, text) = rest.split_at_checked(NONCE).ok_or_else(not_opened)?;
        let mut text = text.to_vec();
        self.apply_keystream(nonce, &mut text);
        Ok(text)
    }

    fn derived(&self, purpose: &[u8], nonce: &[u8]) -> Hmac<Sm3> {
        let mut mac = <Hmac<Sm3> as KeyInit>::new_from_slice(&self.0)
            .expect("HMAC takes a key of any length");
        mac.update(purpose);
        mac.update(nonce);
        mac
    }

    fn tag(&self, subject: &str, body: &[u8]) -> Hmac<Sm3> {
        let key = self.derived(b"qingshan tag", &[]).finalize().into_bytes();
        let mut mac =
            <Hmac<Sm3> as KeyInit>::new_from_slice(&key).expect("HMAC takes a key of any length");
        mac.update(&(subject.len() as u64).to_be_bytes());
        mac.update(subject.as_bytes());
        mac.update(body);
        mac
    }

    fn apply_keystream(&self, nonce: &[u8], text: &mut [u8]) {
        let derived = self
            .derived(b"qingshan seal", nonce)
            .finalize()
            .into_bytes();
        let key = derived.get(..16).expect("SM3 gives 32 bytes");
        let cipher = Sm4::new_from_slice(key).expect("an SM4 key has 16 bytes");
        for (counter, chunk) in (0_u128..).zip(text.chunks_mut(16)) {
            let mut block = Block::<Sm4>::from(counter.to_be_bytes());
            cipher.encrypt_block(&mut block);
            for (byte, stream) in chunk.iter_mut().zip(block.iter()) {
                *byte ^= stream;
            }
        }
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SealingKey(…)")
    }
}

/// What a device's password is sealed for.
pub(crate) fn password_subject(mn: &str) -> String {
    format!("password of {mn}")
}

/// What a device's SM4 key is sealed for.
pub(crate) fn key_subject(mn: &str) -> String {
    format!("key of {mn}")
}

fn fill_random(bytes: &mut [u8]) -> Result<(), SealingError> {
    getrandom::fill(bytes).map_err(|error| SealingError::NoRandomness {
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_damaged_or_moved_secret_is_not_opened() {
        let key = SealingKey::from_bytes([7; 32]);
        let sealed = key.seal("device password 88", b"123456").unwrap();
        assert_eq!(key.open("device password 88", &sealed).unwrap(), b"123456");
        assert!(!sealed.windows(6).any(|window| window == b"123456"));
        assert_ne!(key.seal("device password 88", b"123456").unwrap(), sealed);
        assert!(key.open("device password 89", &sealed).is_err());
        let other = SealingKey::generate().unwrap();
        assert!(other.open("device password 88", &sealed).is_err());
        for index in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[index] ^= 1;
            assert!(key.open("device password 88", &damaged).is_err());
            assert!(key.open("device password 88", &sealed[..index]).is_err());
        }
    }

    #[test]
    fn a_key_file_holds_the_key() {
        let key = SealingKey::generate().unwrap();
        let again = SealingKey::from_hex(&format!("{}\n", key.to_hex())).unwrap();
        assert_eq!(key.0, again.0);
        assert_eq!(format!("{key:?}"), "SealingKey(…)");
        for text in ["", "00", &"g".repeat(64), &"+0".repeat(32)] {
            assert!(SealingKey::from_hex(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_sealed_can_be_opened(
            secret in proptest::collection::vec(any::<u8>(), 0..100),
            subject in ".{0,20}",
        ) {
            let key = SealingKey::from_bytes([9; 32]);
            let sealed = key.seal(&subject, &secret).unwrap();
            prop_assert_eq!(key.open(&subject, &sealed).unwrap(), secret);
        }

        #[test]
        fn no_bytes_make_opening_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            prop_assert!(SealingKey::from_bytes([9; 32]).open("x", &bytes).is_err());
        }
    }
}
