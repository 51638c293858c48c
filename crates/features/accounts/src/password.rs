//! Passwords: argon2id, off the threads that serve requests, never more than a few at a time.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::AccountsError;

/// What one hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for PasswordCost {
    /// 19 MiB and 2 passes: the least that OWASP's password storage sheet recommends for argon2id.
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            passes: 2,
        }
    }
}

/// Hashes and checks passwords. Cloning is cheap; clones share the limit.
#[derive(Debug, Clone)]
pub struct PasswordHashing {
    cost: PasswordCost,
    /// So many hashes at a time: a flood of sign-ins waits instead of filling the memory.
    places: Arc<Semaphore>,
    /// Checked when there is no account, so that its absence cannot be told by time.
    nobody: Arc<str>,
}

impl PasswordHashing {
    /// With a cost and a number of hashes at a time.
    ///
    /// # Errors
    /// [`AccountsError::Hashing`] when the cost is outside what argon2 takes.
    pub fn new(cost: PasswordCost, at_a_time: usize) -> Result<Self, AccountsError> {
        let nobody = hash(cost, "nobody has this password")?;
        Ok(Self {
            cost,
            places: Arc::new(Semaphore::new(at_a_time.max(1))),
            nobody: nobody.into(),
        })
    }

    /// The hash of a password as a PHC string.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, AccountsError> {
        let password = password.to_owned();
        let cost = self.cost;
        self.run(move || hash(cost, &password)).await
    }

    /// Whether a password is the one whose hash is kept; takes as long when none is kept.
    pub(crate) async fn verify(
        &self,
        password: &str,
        kept: Option<&str>,
    ) -> Result<bool, AccountsError> {
        let password = password.to_owned();
        let is_known = kept.is_some();
        let kept = kept.unwrap_or(&self.nobody).to_owned();
        let is_right = self
            .run(move || {
                let parsed = PasswordHash::new(&kept).map_err(|error| AccountsError::Damaged {
                    reason: error.to_string(),
                })?;
                // memory and passes are those of the kept hash
                Ok(Argon2::default()
                    .verify_password(password.as_bytes(), &parsed)
                    .is_ok())
            })
            .await?;
        Ok(is_right && is_known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AccountsError> + Send + 'static,
    ) -> Result<T, AccountsError> {
        let failed = |reason: String| AccountsError::Hashing { reason };
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|error| failed(error.to_string()))?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(place);
            result
        })
        .await
        .map_err(|error| failed(error.to_string()))?
    }
}

fn hash(cost: PasswordCost, password: &str) -> Result<String, AccountsError> {
    let failed = |reason: String| AccountsError::Hashing { reason };
    let parameters = Params::new(cost.memory_kib, cost.passes, 1, None)
        .map_err(|error| failed(error.to_string()))?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_no_other_is() {
        let cost = PasswordCost {
            memory_kib: 64,
            passes: 1,
        };
        let hashing = PasswordHashing::new(cost, 1).unwrap();
        let kept = hashing.hash("绿水青山 2016").await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{kept}");
        assert!(hashing.verify("绿水青山 2016", Some(&kept)).await.unwrap());
        assert!(!hashing.verify("绿水青山 2017", Some(&kept)).await.unwrap());
        assert!(
            !hashing
                .verify("nobody has this password", None)
                .await
                .unwrap()
        );
        assert_ne!(kept, hashing.hash("绿水青山 2016").await.unwrap(), "a salt");
    }
}
