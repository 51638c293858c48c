//! The acting person or program, and the part of the city it may touch.

use std::collections::BTreeSet;

use crate::{Permission, RegionCode};

/// The person, device or program on whose behalf a use case runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Stable name in the audit trail, such as `user:zhang` or `system:gateway`.
    pub name: String,
    /// What the actor may do.
    pub permissions: BTreeSet<Permission>,
    /// Where the actor may do it.
    pub scope: Scope,
    /// The network address the request came from, if any.
    pub address: Option<String>,
}

/// The part of the city an actor sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    Everything,
    /// A region and all below it.
    Region(RegionCode),
    /// Named sites only (an enterprise's own, an operator's contracts), by site id.
    Sites(BTreeSet<i64>),
}

/// Why an actor was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{actor} may not {permission}{place}")]
pub struct Refusal {
    /// The actor's name.
    pub actor: String,
    /// The permission that is missing.
    pub permission: Permission,
    /// ` outside its region`, or empty when the permission itself is missing.
    pub place: &'static str,
}

impl Actor {
    /// The one operator of an installation without accounts: may do everything, everywhere.
    pub fn built_in_operator() -> Self {
        Self {
            name: "operator".to_owned(),
            permissions: Permission::ALL.iter().copied().collect(),
            scope: Scope::Everything,
            address: None,
        }
    }

    /// The platform itself acting by `part`, for example `system:gateway`.
    pub fn system(part: &str) -> Self {
        Self {
            name: format!("system:{part}"),
            ..Self::built_in_operator()
        }
    }

    /// The same actor, seen from a network address.
    #[must_use]
    pub fn from_address(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }

    /// Checks that the actor holds the permission at all.
    ///
    /// # Errors
    /// [`Refusal`] when it does not.
    pub fn check(&self, permission: Permission) -> Result<(), Refusal> {
        if self.permissions.contains(&permission) {
            Ok(())
        } else {
            Err(Refusal {
                actor: self.name.clone(),
                permission,
                place: "",
            })
        }
    }

    /// Checks the permission for what is the whole city's: nobody who is held to a part of it may.
    ///
    /// # Errors
    /// [`Refusal`] when the permission is missing or the actor is held to a region or to sites.
    pub fn check_everywhere(&self, permission: Permission) -> Result<(), Refusal> {
        self.check(permission)?;
        if self.scope == Scope::Everything {
            Ok(())
        } else {
            Err(Refusal {
                actor: self.name.clone(),
                permission,
                place: " outside its region",
            })
        }
    }

    /// Checks the permission for a site in a region.
    ///
    /// # Errors
    /// [`Refusal`] when the permission is missing or the place is outside the scope.
    pub fn check_at(
        &self,
        permission: Permission,
        region: &RegionCode,
        site_id: Option<i64>,
    ) -> Result<(), Refusal> {
        self.check(permission)?;
        if self.scope.covers(region, site_id) {
            Ok(())
        } else {
            Err(Refusal {
                actor: self.name.clone(),
                permission,
                place: " outside its region",
            })
        }
    }
}

impl Scope {
    /// Whether a site (or a bare region) lies within.
    pub fn covers(&self, region: &RegionCode, site_id: Option<i64>) -> bool {
        match self {
            Self::Everything => true,
            Self::Region(root) => root.contains(region),
            Self::Sites(sites) => site_id.is_some_and(|site_id| sites.contains(&site_id)),
        }
    }

    /// The prefix that a site's region code must have; empty for everything. For site scopes the
    /// prefix is empty and [`Self::site_ids`] narrows further.
    pub fn region_prefix(&self) -> &str {
        match self {
            Self::Region(root) => root.prefix(),
            Self::Everything | Self::Sites(_) => "",
        }
    }

    /// The sites an actor is held to, if it is held to sites.
    pub fn site_ids(&self) -> Option<&BTreeSet<i64>> {
        match self {
            Self::Sites(sites) => Some(sites),
            Self::Everything | Self::Region(_) => None,
        }
    }
}

/// A scope as statements are held to it: a prefix of region codes and, where there is one, a list of
/// sites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeFilter {
    /// What a region code must begin with.
    pub prefix: String,
    /// `,1,7,` for sites 1 and 7 only; empty for no such limit.
    pub sites: String,
}

impl ScopeFilter {
    /// The filter of a scope.
    pub fn of(scope: &Scope) -> Self {
        let sites = scope.site_ids().map_or_else(String::new, |sites| {
            sites
                .iter()
                .fold(",".to_owned(), |list, site| format!("{list}{site},"))
        });
        Self {
            prefix: scope.region_prefix().to_owned(),
            sites,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_county_officer_is_refused_next_door() {
        let county: RegionCode = "430421".parse().unwrap();
        let officer = Actor {
            scope: Scope::Region(county),
            ..Actor::built_in_operator()
        };
        let own: RegionCode = "430421001000".parse().unwrap();
        let other: RegionCode = "430422".parse().unwrap();
        assert_eq!(officer.check_at(Permission::ReadSites, &own, None), Ok(()));
        let refusal = officer
            .check_at(Permission::ReadSites, &other, Some(1))
            .unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "operator may not read sites outside its region"
        );
    }

    #[test]
    fn an_enterprise_sees_its_own_sites_only() {
        let scope = Scope::Sites([7].into());
        let region: RegionCode = "430421".parse().unwrap();
        assert!(scope.covers(&region, Some(7)));
        assert!(!scope.covers(&region, Some(8)));
        assert!(!scope.covers(&region, None));
    }

    #[test]
    fn a_missing_permission_is_refused_everywhere() {
        let mut actor = Actor::built_in_operator();
        actor.permissions.remove(&Permission::SendCommands);
        assert!(actor.check(Permission::SendCommands).is_err());
        assert!(actor.check(Permission::ReadSites).is_ok());
    }

    #[test]
    fn an_actor_of_no_sites_sees_none() {
        let sites = |scope: &Scope| ScopeFilter::of(scope).sites;
        assert_eq!(sites(&Scope::Sites([].into())), ",");
        assert_eq!(sites(&Scope::Sites([1, 7].into())), ",1,7,");
        assert_eq!(sites(&Scope::Everything), "");
    }
}
