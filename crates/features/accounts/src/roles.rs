//! The roles that every installation has.

use access::Permission;

/// A role of the program: its permissions change with the program only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShippedRole {
    /// Stable name.
    pub name: &'static str,
    /// In Chinese.
    pub title_zh: &'static str,
    /// In English.
    pub title_en: &'static str,
    /// What it may.
    pub permissions: &'static [Permission],
    /// Whether its accounts are held to named sites.
    pub is_for_sites: bool,
}

use Permission as P;

macro_rules! roles {
    ($($name:ident $title_zh:literal $title_en:literal $(for $sites:ident)?: $($permission:ident)*;)*) => {
        /// All shipped roles.
        pub const SHIPPED_ROLES: &[ShippedRole] = &[$(ShippedRole {
            name: stringify!($name),
            title_zh: $title_zh,
            title_en: $title_en,
            permissions: &[$(P::$permission,)*],
            is_for_sites: roles!(@sites $($sites)?),
        },)*];
    };
    (@sites) => { false };
    (@sites $sites:ident) => { true };
}

roles! {
    administrator "系统管理员" "Administrator":
        ReadSites ManageSites ManageDeviceSecrets ReadAlarms ReadForwarding ManageForwarding
        ReadSystem ReadAccounts ManageAccounts ManageRetention;
    leader "领导" "Leader":
        ReadSites ReadData ReadAlarms ReadCommands ReadForwarding ReadSystem ExportData ReadPlan
        AcceptPlanValues DecideProjects CheckTasks ReviewAssessments PublishAssessments;
    monitoring_manager "监控中心管理员" "Monitoring manager":
        ReadSites ManageSites ManageDeviceSecrets ReadData ReadPackets ExportData ReviewData
        ReadQuarantine ManageQuarantine ReadAlarms HandleAlarms ManageAlarmRules KeepDuty
        ReadCommands SendCommands ReadForwarding ManageForwarding ReadSystem ManageRetention
        ExportEvidence;
    duty_officer "值班员" "Duty officer":
        ReadSites ReadData ReadPackets ExportData ReadQuarantine ManageQuarantine ReadAlarms
        HandleAlarms KeepDuty ReadCommands SendCommands ReadForwarding ReadSystem;
    county_officer "县区管理员" "County officer":
        ReadSites ManageSites ReadData ReadPackets ExportData ReviewData ReadAlarms HandleAlarms
        ReadCommands ReadPlan ReportPlanValues ManageProjects ReportTasks ExportEvidence;
    grid_officer "网格员" "Grid officer": ReadSites ReadData ReadAlarms;
    inspector "执法人员" "Inspector":
        ReadSites ReadData ReadPackets ReadAlarms HandleAlarms ExportEvidence;
    case_handler "案件承办人" "Case handler":
        ReadSites ReadData ReadPackets ExportData ReadAlarms ExportEvidence;
    plan_manager "规划管理员" "Plan manager":
        ReadSites ReadData ExportData ReadAlarms ReadPlan ReportPlanValues CheckPlanValues
        AcceptPlanValues ManageProjects ReportTasks CheckTasks AssessPlan ReviewAssessments;
    project_manager "项目管理员" "Project manager":
        ReadSites ReadData ReadPlan ReportPlanValues ManageProjects DecideProjects ReportTasks;
    enterprise_user "企业用户" "Enterprise user" for sites:
        ReadSites ReadData ExportData MarkData ReadAlarms;
    third_party_operator "第三方运维人员" "Third-party operator" for sites:
        ReadSites ReadData MarkData ReadAlarms ReadCommands;
    auditor "审计员" "Auditor":
        ReadSites ReadData ReadPackets ReadQuarantine ReadAlarms ReadCommands ReadForwarding
        ReadSystem ReadAccounts ReadAudit ReadPlan;
    data_consumer "数据用户" "Data consumer": ReadSites ReadData ExportData;
    public "公众" "Public":;
}

/// Finds a shipped role.
pub fn find_shipped_role(name: &str) -> Option<&'static ShippedRole> {
    SHIPPED_ROLES.iter().find(|role| role.name == name)
}

/// Finds a permission by its stable name.
pub fn parse_permission(name: &str) -> Option<Permission> {
    Permission::ALL
        .iter()
        .copied()
        .find(|permission| permission.as_str() == name)
}

/// Whether a permission changes evidence: what was measured, what it was taken for, who was told.
pub(crate) fn alters_evidence(permission: Permission) -> bool {
    matches!(
        permission,
        P::MarkData
            | P::ReviewData
            | P::HandleAlarms
            | P::ManageAlarmRules
            | P::ManageQuarantine
            | P::ReportPlanValues
            | P::CheckPlanValues
            | P::AcceptPlanValues
            | P::ManageProjects
            | P::DecideProjects
            | P::ReportTasks
            | P::CheckTasks
            | P::AssessPlan
            | P::ReviewAssessments
            | P::PublishAssessments
    )
}

/// Whether a permission only looks.
pub(crate) fn only_reads(permission: Permission) -> bool {
    permission
        .as_str()
        .rsplit('.')
        .next()
        .is_some_and(|word| word == "read")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What everybody of the bureau who watches may.
    const WATCH: [Permission; 3] = [P::ReadSites, P::ReadData, P::ReadAlarms];

    #[test]
    fn names_are_unique_and_every_permission_is_in_some_role() {
        for (index, role) in SHIPPED_ROLES.iter().enumerate() {
            let same = SHIPPED_ROLES
                .iter()
                .position(|other| other.name == role.name);
            assert_eq!(same, Some(index), "{}", role.name);
        }
        for permission in Permission::ALL {
            let is_held = SHIPPED_ROLES
                .iter()
                .any(|role| role.permissions.contains(permission));
            assert!(is_held, "nobody may {permission}");
            assert_eq!(parse_permission(permission.as_str()), Some(*permission));
        }
    }

    #[test]
    fn duties_are_separate() {
        let of = |name: &str| find_shipped_role(name).unwrap().permissions;
        assert!(!of("administrator").iter().any(|one| alters_evidence(*one)));
        assert!(!of("administrator").contains(&Permission::ReadAudit));
        assert!(of("auditor").iter().all(|one| only_reads(*one)));
        for role in SHIPPED_ROLES
            .iter()
            .filter(|role| role.name != "administrator")
        {
            assert!(
                !role.permissions.contains(&Permission::ManageAccounts),
                "{}",
                role.name
            );
        }
        for name in ["leader", "grid_officer", "inspector", "duty_officer"] {
            assert!(WATCH.iter().all(|one| of(name).contains(one)), "{name}");
        }
    }
}
