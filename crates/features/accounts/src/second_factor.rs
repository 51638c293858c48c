//! The second factor: time-based codes of RFC 6238, six digits every 30 seconds.

use core::fmt;

use beijing_time::Timestamp;
use totp_rs::{Builder, Secret, Totp};

use crate::AccountsError;
use crate::token::random;

/// A second factor that waits for its first code. Shown once; never by `Debug`.
pub struct PendingFactor {
    /// The secret in base 32, to be typed.
    pub secret_text: String,
    /// `otpauth://…`, to be shown as a QR code.
    pub url: String,
}

impl fmt::Debug for PendingFactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PendingFactor(…)")
    }
}

/// 160 random bits, as RFC 4226 recommends.
pub(crate) fn generate_secret() -> Result<[u8; 20], AccountsError> {
    random::<20>()
}

fn totp(secret: &[u8], account: &str, issuer: &str) -> Result<Totp, AccountsError> {
    Builder::new()
        .with_secret(Secret::from(secret))
        .with_account_name(account)
        .with_issuer(Some(issuer))
        .build()
        .map_err(|error| AccountsError::Hashing {
            reason: error.to_string(),
        })
}

pub(crate) fn describe(
    secret: &[u8],
    account: &str,
    issuer: &str,
) -> Result<PendingFactor, AccountsError> {
    let url = totp(secret, account, issuer)?
        .to_url()
        .map_err(|error| AccountsError::Hashing {
            reason: error.to_string(),
        })?;
    Ok(PendingFactor {
        secret_text: Secret::from(secret).to_base32(),
        url,
    })
}

/// The time step whose code was typed, if it is later than the last one used: a code counts once.
/// One step before and after is taken too, for clocks that differ.
pub(crate) fn find_step(
    secret: &[u8],
    typed: &str,
    last_step: i64,
    now: Timestamp,
) -> Result<Option<i64>, AccountsError> {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    if digits.len() != 6 {
        return Ok(None);
    }
    let seconds = u64::try_from(now.epoch_ms() / 1000).unwrap_or(0);
    let step = totp(secret, "account", "issuer")?
        .check(&digits, seconds)
        .and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| *step > last_step))
}

/// The code of an instant, for tests of other files.
#[cfg(test)]
pub(crate) fn code_at(secret: &[u8], now: Timestamp) -> String {
    let seconds = u64::try_from(now.epoch_ms() / 1000).unwrap_or(0);
    totp(secret, "account", "issuer")
        .unwrap()
        .generate(seconds)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // RFC 6238, appendix B, SHA-1: the last six of the eight digits
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            let at = Timestamp::from_epoch_ms(seconds * 1000);
            let step = find_step(secret, code, -1, at).unwrap();
            assert_eq!(step, Some(seconds / 30), "{seconds}");
            assert_eq!(code_at(secret, at), code);
        }
    }

    #[test]
    fn a_code_counts_once_and_only_near_its_time() {
        let secret = b"12345678901234567890";
        let at = Timestamp::from_epoch_ms(59_000);
        assert_eq!(find_step(secret, "287 082", 0, at).unwrap(), Some(1));
        assert_eq!(find_step(secret, "287082", 1, at).unwrap(), None, "used");
        assert_eq!(
            find_step(secret, "287082", 0, at.plus_ms(30_000)).unwrap(),
            Some(1)
        );
        assert_eq!(
            find_step(secret, "287082", 0, at.plus_ms(60_000)).unwrap(),
            None
        );
        for typed in ["", "28708", "2870822", "abcdef"] {
            assert_eq!(find_step(secret, typed, 0, at).unwrap(), None, "{typed}");
        }
    }

    #[test]
    fn a_new_factor_is_described_for_an_app() {
        let pending = describe(b"12345678901234567890", "zhang", "青山").unwrap();
        assert!(
            pending.url.starts_with("otpauth://totp/"),
            "{}",
            pending.url
        );
        assert!(
            pending
                .url
                .contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
        );
        assert_eq!(format!("{pending:?}"), "PendingFactor(…)");
    }
}
