//! Plans devices, their secrets and their channels.

use std::collections::{BTreeMap, HashMap, HashSet};

use access::Scope;
use beijing_time::Timestamp;
use hj212::Edition;

use super::{Change, Planned, Planner};
use crate::error::{FieldProblem, ProblemKind};
use crate::exchange::Sheet;
use crate::exchange::tables::SheetRow;
use crate::model::{
    Channel, Device, DeviceDetails, DeviceId, DeviceKey, DevicePassword, DeviceQuirks,
    SecretChange, Secrets, Validity,
};
use crate::rules;
use crate::sealing::{key_subject, password_subject};
use crate::store::device::SealedSecrets;

/// A device while the rows on it and on its channels are put together.
struct Draft {
    sheet: Sheet,
    row: u32,
    id: DeviceId,
    /// What is kept of it; none when it is new.
    old: Option<Device>,
    details: DeviceDetails,
    secrets: Secrets,
    /// The rows its channels come from, when the file gives any.
    channel_rows: Vec<u32>,
}

#[derive(Default)]
struct Drafts {
    list: Vec<Draft>,
    by_mn: HashMap<String, Vec<usize>>,
    ids: HashSet<DeviceId>,
}

impl Drafts {
    fn add(&mut self, draft: Draft) -> usize {
        let index = self.list.len();
        self.ids.insert(draft.id);
        self.by_mn
            .entry(draft.details.mn.clone())
            .or_default()
            .push(index);
        self.list.push(draft);
        index
    }
}

impl Planner<'_> {
    pub(super) fn plan_devices(&mut self, rows: &[SheetRow], channels: &[SheetRow]) {
        let mut drafts = Drafts::default();
        for row in rows {
            if self.read_device(&mut drafts, row).is_none() {
                self.skip(Sheet::Devices);
            }
        }
        for row in channels {
            self.counts(Sheet::Channels).rows += 1;
            // what is wrong with a row was said; the device then stays incomplete, and nothing
            // of a file with a problem is kept
            let _read = self.read_channel(&mut drafts, row);
        }
        self.check_others(&drafts);
        let first = self.changes.len();
        for draft in drafts.list {
            self.finish_device(draft);
        }
        // a device is ended before the one that follows it begins
        if let Some(devices) = self.changes.get_mut(first..) {
            devices
                .sort_by_key(|Planned { change, .. }| matches!(change, Change::Device(_, None, _)));
        }
    }

    fn read_device(&mut self, drafts: &mut Drafts, row: &SheetRow) -> Option<()> {
        let sheet = Sheet::Devices;
        let mut reader = self.reader(sheet, row);
        let mn = reader.required("mn")?;
        let from = reader.valid_from("valid_from", None);
        if !self.is_first(sheet, row, "mn", format!("{mn} {from}")) {
            return None;
        }
        let old = self
            .world
            .devices_of(&mn)
            .iter()
            .find(|(device, _)| device.details.validity.from == from)
            .cloned();
        let kept = old.as_ref().map(|(old, _)| &old.details);
        let edition = self.read_edition(row, kept);
        let quirks = self.read_quirks(row, kept);
        let secrets = self.read_secrets(row, &mn, old.as_ref().map(|(_, sealed)| sealed));
        let mut reader = self.reader(sheet, row);
        let details = DeviceDetails {
            mn,
            name: reader.text("name", kept.map(|old| old.name.as_str())),
            edition,
            system_type: reader.text("system_type", kept.map(|old| old.system_type.as_str())),
            quirks,
            validity: reader.validity(kept.map(|old| old.validity)),
            is_enabled: reader.yes_no("is_enabled", kept.map(|old| old.is_enabled), true),
            is_simulated: reader.yes_no("is_simulated", kept.map(|old| old.is_simulated), false),
            channels: kept.map(|old| old.channels.clone()).unwrap_or_default(),
        };
        let id = match &old {
            Some((old, _)) => old.id,
            None => DeviceId(self.new_identifier()),
        };
        drafts.add(Draft {
            sheet,
            row: row.number,
            id,
            old: old.map(|(old, _)| old),
            details,
            secrets,
            channel_rows: Vec::new(),
        });
        Some(())
    }

    fn read_edition(&mut self, row: &SheetRow, kept: Option<&DeviceDetails>) -> Edition {
        let reader = self.reader(Sheet::Devices, row);
        match reader.cell("edition") {
            None => kept.map_or(Edition::Hj2017, |old| old.edition),
            Some("") => Edition::Hj2017,
            Some(text) => {
                let year = text.rsplit('-').next().unwrap_or(text);
                Edition::from_year(year).unwrap_or_else(|| {
                    let allowed = "2005, 2017, 2025".to_owned();
                    let kind = ProblemKind::UnknownWord { allowed };
                    self.wrong(Sheet::Devices, row, "edition", kind);
                    Edition::Hj2017
                })
            }
        }
    }

    fn read_quirks(&mut self, row: &SheetRow, kept: Option<&DeviceDetails>) -> DeviceQuirks {
        let reader = self.reader(Sheet::Devices, row);
        let Some(text) = reader.cell("quirks") else {
            return kept.map(|old| old.quirks.clone()).unwrap_or_default();
        };
        DeviceQuirks::from_json(text).unwrap_or_else(|error| {
            let reason = error.reason;
            let kind = ProblemKind::WrongSettings { reason };
            self.wrong(Sheet::Devices, row, "quirks", kind);
            DeviceQuirks::default()
        })
    }

    /// An empty cell keeps the secret, and so does the one that is kept already.
    fn read_secrets(&mut self, row: &SheetRow, mn: &str, kept: Option<&SealedSecrets>) -> Secrets {
        let mut secrets = Secrets::default();
        let is_kept = |subject: String, sealed: Option<&Vec<u8>>, plain: &[u8]| {
            sealed.is_some_and(|sealed| {
                let opened = self.sealing_key.open(&subject, sealed);
                opened.is_ok_and(|opened| opened == plain)
            })
        };
        let cell = |name: &str| {
            let index = Sheet::Devices.index_of(name)?;
            let text = row.cells.get(index)?.as_deref()?;
            (!text.is_empty()).then_some(text)
        };
        if let Some(password) = cell("password") {
            let sealed = kept.and_then(|kept| kept.password.as_ref());
            if !is_kept(password_subject(mn), sealed, password.as_bytes()) {
                secrets.password = SecretChange::Set(DevicePassword::new(password));
            }
        }
        if let Some(text) = cell("key") {
            let Some(key) = DeviceKey::from_hex(text) else {
                self.wrong(Sheet::Devices, row, "key", ProblemKind::NotAKey);
                return secrets;
            };
            let sealed = kept.and_then(|kept| kept.key.as_ref());
            if !is_kept(key_subject(mn), sealed, key.reveal()) {
                secrets.key = SecretChange::Set(key);
            }
        }
        secrets
    }

    fn read_channel(&mut self, drafts: &mut Drafts, row: &SheetRow) -> Option<()> {
        let sheet = Sheet::Channels;
        let mut reader = self.reader(sheet, row);
        let mn = reader.required("mn")?;
        let from = match reader.cell("device_valid_from") {
            None | Some("") => None,
            Some(_) => Some(reader.valid_from("device_valid_from", None)),
        };
        let validity = reader.validity(None);
        let factor_code = Some(reader.text("factor_code", None)).filter(|code| !code.is_empty());
        let point_id = self.find_point(sheet, row, "point_code")?;
        let index = self.find_draft(drafts, row, &mn, from)?;
        let draft = drafts.list.get_mut(index)?;
        if draft.channel_rows.is_empty() {
            draft.details.channels.clear();
        }
        draft.channel_rows.push(row.number);
        draft.details.channels.push(Channel {
            point_id,
            factor_code,
            validity,
        });
        Some(())
    }

    /// The device that a channel names: of the file, or one that is kept.
    fn find_draft(
        &mut self,
        drafts: &mut Drafts,
        row: &SheetRow,
        mn: &str,
        from: Option<Timestamp>,
    ) -> Option<usize> {
        for (device, _secrets) in self.world.devices_of(mn) {
            if !drafts.ids.contains(&device.id) {
                drafts.add(Draft {
                    sheet: Sheet::Channels,
                    row: row.number,
                    id: device.id,
                    old: Some(device.clone()),
                    details: device.details.clone(),
                    secrets: Secrets::default(),
                    channel_rows: Vec::new(),
                });
            }
        }
        let candidates = drafts.by_mn.get(mn).map_or(&[][..], Vec::as_slice);
        let begins = |index: &&usize, at: Timestamp| {
            let draft = drafts.list.get(**index);
            draft.is_some_and(|draft| draft.details.validity.from == at)
        };
        let found = match (candidates, from) {
            ([], _) => None,
            (_, Some(at)) => candidates.iter().find(|index| begins(index, at)),
            ([only], None) => Some(only),
            (_, None) => {
                let at = Validity::ALWAYS.from;
                let first = candidates.iter().find(|index| begins(index, at));
                if first.is_none() {
                    let column = "device_valid_from";
                    self.wrong(Sheet::Channels, row, column, ProblemKind::Missing);
                    return None;
                }
                first
            }
        };
        if found.is_none() {
            let key = from.map_or_else(|| mn.to_owned(), |from| format!("{mn} {from}"));
            self.wrong(Sheet::Channels, row, "mn", ProblemKind::Unknown { key });
        }
        found.copied()
    }

    /// Two devices may bear one MN, but not at the same time: as the file leaves them.
    fn check_others(&mut self, drafts: &Drafts) {
        let mut periods: BTreeMap<&str, Vec<(DeviceId, Validity)>> = BTreeMap::new();
        for (device, _secrets) in self.world.devices.values().flatten() {
            if !drafts.ids.contains(&device.id) {
                let period = (device.id, device.details.validity);
                let mn = device.details.mn.as_str();
                periods.entry(mn).or_default().push(period);
            }
        }
        for draft in &drafts.list {
            let others = periods.entry(draft.details.mn.as_str()).or_default();
            let validity = draft.details.validity;
            if let Some((_, other)) = others.iter().find(|(_, other)| other.overlaps(&validity)) {
                let other = format!("{} {}", draft.details.mn, other.from);
                self.problems
                    .add(draft.sheet, draft.row, "mn", ProblemKind::Overlap { other });
            }
            others.push((draft.id, validity));
        }
    }

    fn finish_device(&mut self, draft: Draft) {
        let problems = rules::check_device(&draft.details, &draft.secrets);
        self.add_device_problems(&draft, problems);
        let revision = draft.old.as_ref().map(|old| old.revision);
        let kept = draft.old.as_ref().map(|old| &old.details);
        let same_channels = kept.is_some_and(|old| old.channels == draft.details.channels);
        let is_same_besides = kept.is_some_and(|old| {
            let channels = draft.details.channels.clone();
            DeviceDetails {
                channels,
                ..old.clone()
            } == draft.details
                && draft.secrets == Secrets::default()
        });
        if draft.sheet == Sheet::Devices {
            self.count(Sheet::Devices, revision, !is_same_besides);
        }
        let channel_rows = u32::try_from(draft.channel_rows.len()).unwrap_or(u32::MAX);
        let counts = self.counts(Sheet::Channels);
        match (
            kept.is_none_or(|old| old.channels.is_empty()),
            same_channels,
        ) {
            (_, true) => counts.unchanged += channel_rows,
            (true, false) => counts.created += channel_rows,
            (false, false) => counts.updated += channel_rows,
        }
        if same_channels && is_same_besides {
            return;
        }
        self.check_device_scope(&draft);
        let change = Change::Device(draft.id, revision, Box::new((draft.details, draft.secrets)));
        self.changes.push(Planned {
            sheet: draft.sheet,
            row: draft.row,
            change,
        });
    }

    /// What the actor may not see it may not change; the points of new channels were checked.
    fn check_device_scope(&mut self, draft: &Draft) {
        if self.actor.scope == Scope::Everything {
            return;
        }
        let old = draft.old.iter().flat_map(|old| &old.details.channels);
        let is_outside = draft.details.channels.is_empty()
            || old
                .chain(&draft.details.channels)
                .any(|channel| !self.world.covers_point(self.actor, channel.point_id));
        if is_outside {
            self.problems
                .add(draft.sheet, draft.row, "mn", ProblemKind::OutsideScope);
        }
    }

    /// Problems of channels belong to the rows that the channels come from.
    fn add_device_problems(&mut self, draft: &Draft, problems: Vec<FieldProblem>) {
        for FieldProblem { field, kind } in problems {
            let channel = field.strip_prefix("channels/").and_then(|rest| {
                let (index, column) = rest.split_once('/')?;
                let row = draft.channel_rows.get(index.parse::<usize>().ok()?)?;
                Some((*row, column.to_owned()))
            });
            let kind = match kind {
                ProblemKind::Overlap { other } => {
                    let index = other.strip_prefix("channels/");
                    let row = index
                        .and_then(|index| index.parse::<usize>().ok())
                        .and_then(|index| draft.channel_rows.get(index));
                    let other = row.map_or(other.clone(), |row| {
                        format!("{} {row}", Sheet::Channels.name_zh())
                    });
                    ProblemKind::Overlap { other }
                }
                kind => kind,
            };
            match channel {
                Some((row, column)) => self.problems.add(Sheet::Channels, row, &column, kind),
                None => self.problems.add(draft.sheet, draft.row, &field, kind),
            }
        }
    }
}
