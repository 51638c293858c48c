//! The closed list of permissions.

use core::fmt;

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal / $words:literal,)*) => {
        /// Something an actor may do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Permission { $($(#[$doc])* $name,)* }

        impl Permission {
            /// All permissions.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable name in the database and the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }

        impl fmt::Display for Permission {
            /// The permission in words, as after "may not".
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(match self { $(Self::$name => $words,)* })
            }
        }
    };
}

permissions! {
    /// See sites, points and devices.
    ReadSites = "sites.read" / "read sites",
    /// Create and change sites, points and devices.
    ManageSites = "sites.manage" / "manage sites",
    /// See and set device passwords and keys.
    ManageDeviceSecrets = "sites.secrets" / "manage device secrets",
    /// See measured data.
    ReadData = "data.read" / "read data",
    /// See raw packets.
    ReadPackets = "packets.read" / "read raw packets",
    /// Export measured data.
    ExportData = "data.export" / "export data",
    /// Take evidence along: packets byte for byte, with what proves them.
    ExportEvidence = "evidence.export" / "export evidence",
    /// Mark own data (stop, fault, calibration…).
    MarkData = "data.mark" / "mark data",
    /// Review marked data.
    ReviewData = "data.review" / "review data",
    /// See the quarantine.
    ReadQuarantine = "quarantine.read" / "read the quarantine",
    /// Register and replay, or discard, what is in the quarantine.
    ManageQuarantine = "quarantine.manage" / "manage the quarantine",
    /// See alarms.
    ReadAlarms = "alarms.read" / "read alarms",
    /// Acknowledge and close alarms.
    HandleAlarms = "alarms.handle" / "handle alarms",
    /// Create, back-test and switch alarm rules.
    ManageAlarmRules = "alarms.rules" / "manage alarm rules",
    /// Keep the shift log.
    KeepDuty = "duty.keep" / "keep the shift log",
    /// See commands to devices.
    ReadCommands = "commands.read" / "read commands",
    /// Send commands to devices.
    SendCommands = "commands.send" / "send commands",
    /// See forwarding to superior platforms.
    ReadForwarding = "forwarding.read" / "read forwarding",
    /// Change forwarding to superior platforms.
    ManageForwarding = "forwarding.manage" / "manage forwarding",
    /// Set how long records are kept.
    ManageRetention = "retention.manage" / "set how long records are kept",
    /// See the plan, its indicators and reported values.
    ReadPlan = "plan.read" / "read the plan",
    /// Report values of the plan's measures.
    ReportPlanValues = "plan.report" / "report values for the plan",
    /// Check or return reported values.
    CheckPlanValues = "plan.check" / "check values for the plan",
    /// Accept checked values.
    AcceptPlanValues = "plan.accept" / "accept values for the plan",
    /// Enter and change projects of the pool, their milestones and their money.
    ManageProjects = "projects.manage" / "enter or change projects",
    /// Let projects take the steps of their life, into the pool and out of it.
    DecideProjects = "projects.decide" / "decide on projects",
    /// Report progress of the plan's tasks.
    ReportTasks = "tasks.report" / "report on tasks",
    /// Check or return reports on tasks, break tasks down by year, hand them over.
    CheckTasks = "tasks.check" / "check reports on tasks",
    /// Begin assessments of the plan and take their figures.
    AssessPlan = "plan.assess" / "assess the plan",
    /// Review or return assessments of the plan.
    ReviewAssessments = "plan.review" / "review assessments of the plan",
    /// Publish reviewed assessments of the plan.
    PublishAssessments = "plan.publish" / "publish assessments of the plan",
    /// See the state of the platform.
    ReadSystem = "system.read" / "read the platform's state",
    /// See accounts, roles and sessions.
    ReadAccounts = "accounts.read" / "read accounts",
    /// Create and change accounts and roles, end sessions.
    ManageAccounts = "accounts.manage" / "manage accounts",
    /// Read the audit trail.
    ReadAudit = "audit.read" / "read the audit trail",
}
