//! Two counties with a device each.

use access::Actor;
use beijing_time::{Clock, FixedClock};
use database::{Database, on_transaction};
use forwarding::{Encoding, NewTarget, StartAt, Target, TargetDetails, create_target};
use sites::{DeviceId, DirectoryHandle, Expected, SealingKey, Secrets};

pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) clock: FixedClock,
    pub(crate) directory: DirectoryHandle,
}

pub(crate) fn operator() -> Actor {
    Actor::built_in_operator()
}

/// An officer of the first county only.
pub(crate) fn officer() -> Actor {
    Actor {
        name: "officer".to_owned(),
        scope: access::Scope::Region("430421".parse().unwrap()),
        ..operator()
    }
}

pub(crate) fn details(name: &str) -> TargetDetails {
    TargetDetails {
        name: name.to_owned(),
        host: "127.0.0.1".to_owned(),
        port: 9001,
        is_enabled: true,
        encoding: Encoding::ReEncoded,
        waits_for_acknowledgement: true,
        acknowledgement_timeout_s: 10,
        resends: 3,
        commands: Vec::new(),
        forwards_all_devices: true,
        passes_commands_down: true,
        allowed_commands: Vec::new(),
        heartbeat_interval_s: 0,
    }
}

async fn furnish(database: &Database) {
    const STATEMENTS: [&str; 9] = [
        "INSERT INTO region (code, name_zh, name_en, is_simulated, revision) VALUES \
         ('430421', '甲县', 'County A', TRUE, 1), ('430422', '乙县', 'County B', TRUE, 1)",
        "INSERT INTO site (id, code, region_code, kind, name_zh, name_en, address, is_key, \
         is_simulated, revision) VALUES (1, 'S1', '430421', 'enterprise', '模拟企业一', \
         'Simulated 1', '', TRUE, TRUE, 1)",
        "INSERT INTO site (id, code, region_code, kind, name_zh, name_en, address, is_key, \
         is_simulated, revision) VALUES (2, 'S2', '430422', 'enterprise', '模拟企业二', \
         'Simulated 2', '', TRUE, TRUE, 1)",
        "INSERT INTO monitoring_point (id, site_id, code, medium, name_zh, name_en, \
         period_label, minute_interval_min, is_hour_expected, is_day_expected, is_enabled, \
         revision) VALUES (1, 1, 'DW001', 'waste_water', '总排口', 'Outlet', 'start', 10, FALSE, \
         FALSE, TRUE, 1)",
        "INSERT INTO monitoring_point (id, site_id, code, medium, name_zh, name_en, \
         period_label, minute_interval_min, is_hour_expected, is_day_expected, is_enabled, \
         revision) VALUES (2, 2, 'DW001', 'waste_water', '总排口', 'Outlet', 'start', 10, FALSE, \
         FALSE, TRUE, 1)",
        "INSERT INTO device (id, mn, name, edition, system_type, quirks_json, valid_from_ms, \
         is_enabled, is_simulated, revision) VALUES (1, 'TEST1', 'T1', '2017', '32', '{}', 0, \
         TRUE, TRUE, 1)",
        "INSERT INTO device (id, mn, name, edition, system_type, quirks_json, valid_from_ms, \
         is_enabled, is_simulated, revision) VALUES (2, 'TEST2', 'T2', '2017', '32', '{}', 0, \
         TRUE, TRUE, 1)",
        "INSERT INTO device_channel (id, device_id, point_id, factor_code, valid_from_ms) \
         VALUES (1, 1, 1, '', 0)",
        "INSERT INTO device_channel (id, device_id, point_id, factor_code, valid_from_ms) \
         VALUES (2, 2, 2, '', 0)",
    ];
    let mut transaction = database.begin().await.unwrap();
    for statement in STATEMENTS {
        on_transaction!(&mut transaction, |connection| {
            sqlx::query(statement).execute(connection).await.unwrap();
        });
    }
    transaction.commit().await.unwrap();
}

impl World {
    pub(crate) async fn new(database: Database) -> Self {
        furnish(&database).await;
        let clock = FixedClock::new("2026-03-01T08:00:00+08:00".parse().unwrap());
        let key = SealingKey::from_bytes([3; 32]);
        for id in [1, 2] {
            let id = DeviceId(id);
            let device = sites::load_device(&database, &operator(), id)
                .await
                .unwrap();
            let expected = Expected::new(id, device.revision);
            let change = (device.details, Secrets::with_password("123456"));
            sites::update_device(&database, &clock, &key, &operator(), expected, change)
                .await
                .unwrap();
        }
        let directory = DirectoryHandle::open(&database, key).await.unwrap();
        Self {
            database,
            clock,
            directory,
        }
    }

    pub(crate) async fn add_target(&self, name: &str) -> Target {
        let new = NewTarget {
            details: details(name),
            start_at: StartAt::Now,
        };
        create_target(&self.database, &self.clock, &operator(), new)
            .await
            .unwrap()
    }

    /// Actions in the audit trail, oldest first, with who did them.
    pub(crate) async fn audited(&self, action: &str) -> Vec<(String, String)> {
        const LIST: &str = "SELECT actor, COALESCE(after_json, '') FROM audit_entry \
             WHERE action = $1 ORDER BY sequence";
        database::on_database!(&self.database, |pool| {
            sqlx::query_as(LIST)
                .bind(action)
                .fetch_all(pool)
                .await
                .unwrap()
        })
    }

    pub(crate) fn now(&self) -> beijing_time::Timestamp {
        self.clock.now()
    }
}
