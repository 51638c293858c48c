//! The signature of a published assessment: SM2 over its canonical content.

use serde_json::{Value, json};
use sites::SealingKey;
use sm2::SecretKey;
use sm2::dsa::signature::{Signer, Verifier};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm3::{Digest, Sm3};

use crate::AssessmentError;
use crate::canonical::canonical_json;
use crate::content::{Content, FORMAT};

/// The signer's identity that enters the digest, where none was agreed (GM/T 0009-2012, 10).
const IDENTITY: &str = "1234567812345678";
const ALGORITHM: &str = "SM2-SM3 (GB/T 32918.2-2016)";
const DIGEST: &str = "SM3 (GB/T 32905-2016)";
/// What the sealed key is sealed for.
const SUBJECT: &str = "signing key of assessments";

fn key_error(reason: impl core::fmt::Display) -> AssessmentError {
    AssessmentError::Key {
        reason: reason.to_string(),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}

/// The SM3 digest, hexadecimal.
pub(crate) fn digest_of(bytes: &[u8]) -> String {
    hex(&Sm3::digest(bytes))
}

/// The canonical bytes of a content.
pub(crate) fn canonical_content(content: &Content) -> Result<Vec<u8>, AssessmentError> {
    let value = serde_json::to_value(content).map_err(|error| AssessmentError::Damaged {
        reason: error.to_string(),
    })?;
    Ok(canonical_json(&value))
}

/// A key as it is kept: the public part in the clear, the other sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptKey {
    pub(crate) public: String,
    pub(crate) sealed: Vec<u8>,
}

/// A new key.
pub(crate) fn make_key(sealing: &SealingKey) -> Result<KeptKey, AssessmentError> {
    // a number of 32 bytes is no key with a probability of about 2⁻³²
    for _try in 0..8 {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(key_error)?;
        let Ok(key) = SigningKey::from_slice(IDENTITY, &bytes) else {
            continue;
        };
        let public = hex(&key.verifying_key().to_sec1_bytes());
        let sealed = sealing.seal(SUBJECT, &bytes).map_err(key_error)?;
        return Ok(KeptKey { public, sealed });
    }
    Err(key_error("no key could be made of random numbers"))
}

/// Signs; the result is `r ‖ s`, hexadecimal.
pub(crate) fn sign(
    sealing: &SealingKey,
    kept: &KeptKey,
    message: &[u8],
) -> Result<String, AssessmentError> {
    let secret = sealing.open(SUBJECT, &kept.sealed).map_err(key_error)?;
    let secret = SecretKey::from_slice(&secret).map_err(key_error)?;
    let key = SigningKey::new(IDENTITY, &secret).map_err(key_error)?;
    let signature: Signature = key.sign(message);
    Ok(hex(&signature.to_bytes()))
}

/// A published assessment as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedFile {
    /// The file: JSON, made to be read by people too.
    pub json: String,
}

impl SignedFile {
    /// The file of a content and its signature.
    pub(crate) fn new(
        content: &Content,
        digest: &str,
        public_key: &str,
        signature: &str,
    ) -> Result<Self, AssessmentError> {
        let damaged = |error: serde_json::Error| AssessmentError::Damaged {
            reason: error.to_string(),
        };
        let file = json!({
            "format": FORMAT,
            "content": serde_json::to_value(content).map_err(damaged)?,
            "digest": { "algorithm": DIGEST, "value": digest },
            "signature": {
                "algorithm": ALGORITHM,
                "identity": IDENTITY,
                "public_key": public_key,
                "value": signature,
            },
        });
        let mut json = serde_json::to_string_pretty(&file).map_err(damaged)?;
        json.push('\n');
        Ok(Self { json })
    }
}

/// What a good file says.
#[derive(Debug, Clone, PartialEq)]
pub struct Verification {
    /// The content.
    pub content: Content,
    /// Its digest.
    pub digest: String,
    /// The key that signed it: compare it with the published one.
    pub public_key: String,
}

/// A file is not what was published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerificationError {
    /// It is no such file.
    #[error("this is no signed assessment: {reason}")]
    Unreadable {
        /// Why.
        reason: String,
    },
    /// The content was changed after the digest was made.
    #[error("the content was changed: its digest is {found}, the file says {said}")]
    Digest {
        /// What it is.
        found: String,
        /// What the file says.
        said: String,
    },
    /// The signature is not of this content and key.
    #[error("the signature does not belong to this content and key")]
    Signature,
    /// Another key than the one that was asked for.
    #[error("the file was signed by another key: {found}")]
    OtherKey {
        /// Which.
        found: String,
    },
}

/// Checks a file; with `expected_key`, whether it was signed by that key. Needs nothing but the file.
///
/// # Errors
/// [`VerificationError`].
pub fn verify_signed_file(
    file: &[u8],
    expected_key: Option<&str>,
) -> Result<Verification, VerificationError> {
    let unreadable = |reason: String| VerificationError::Unreadable { reason };
    let value: Value =
        serde_json::from_slice(file).map_err(|error| unreadable(error.to_string()))?;
    let text = |pointer: &str| {
        value
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| unreadable(format!("it has no {pointer}")))
    };
    if text("/format")? != FORMAT || text("/content/format")? != FORMAT {
        return Err(unreadable(format!("its format is not {FORMAT}")));
    }
    for (pointer, wanted) in [
        ("/digest/algorithm", DIGEST),
        ("/signature/algorithm", ALGORITHM),
        ("/signature/identity", IDENTITY),
    ] {
        let said = text(pointer)?;
        if said != wanted {
            return Err(unreadable(format!("{pointer} is {said}, not {wanted}")));
        }
    }
    let content = value
        .get("content")
        .ok_or_else(|| unreadable("it has no content".to_owned()))?;
    let canonical = canonical_json(content);
    let found = digest_of(&canonical);
    let said = text("/digest/value")?;
    if found != said {
        return Err(VerificationError::Digest { found, said });
    }
    let public_key = text("/signature/public_key")?;
    let signature = from_hex(&text("/signature/value")?).ok_or(VerificationError::Signature)?;
    let signature =
        Signature::from_slice(&signature).map_err(|_unfit| VerificationError::Signature)?;
    let key = from_hex(&public_key).ok_or(VerificationError::Signature)?;
    let key = VerifyingKey::from_sec1_bytes(IDENTITY, &key)
        .map_err(|_unfit| VerificationError::Signature)?;
    key.verify(&canonical, &signature)
        .map_err(|_other| VerificationError::Signature)?;
    if expected_key.is_some_and(|expected| !expected.trim().eq_ignore_ascii_case(&public_key)) {
        return Err(VerificationError::OtherKey { found: public_key });
    }
    let content =
        serde_json::from_value(content.clone()).map_err(|error| unreadable(error.to_string()))?;
    Ok(Verification {
        content,
        digest: found,
        public_key,
    })
}
