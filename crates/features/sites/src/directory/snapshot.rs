//! One immutable snapshot of the directory.

use std::collections::HashMap;
use std::sync::Arc;

use access::RegionCode;
use beijing_time::Timestamp;
use database::Database;
use hj212::Edition;

use crate::model::{
    DeviceDetails, DeviceId, DeviceKey, DevicePassword, DeviceQuirks, FactorDetails, LimitDetails,
    LimitId, PasswordCheck, PeriodLabel, Point, PointDetails, PointId, RecordKind, Site,
    SiteDetails, SiteId, Validity,
};
use crate::sealing::{key_subject, password_subject};
use crate::store::device::SealedSecrets;
use crate::store::{self, snapshot::Snapshot};
use crate::{SealingError, SealingKey, SitesError};

/// All devices by MN, all points with what they measure and the limits of it.
#[derive(Debug, Default)]
pub struct DeviceDirectory {
    version: i64,
    devices: HashMap<DeviceId, Arc<DirectoryDevice>>,
    // of each MN, by the beginning of their validity
    by_mn: HashMap<Box<str>, Vec<Arc<DirectoryDevice>>>,
    points: HashMap<PointId, Arc<DirectoryPoint>>,
    points_of_site: HashMap<SiteId, Vec<PointId>>,
    devices_of_point: HashMap<PointId, Vec<DeviceId>>,
}

/// A device as the gateway and the interpreter need it.
#[derive(Debug)]
pub struct DirectoryDevice {
    /// Identifier.
    pub id: DeviceId,
    /// The identifier it sends.
    pub mn: Box<str>,
    /// Name for people.
    pub name: String,
    /// The edition it speaks.
    pub edition: Edition,
    /// System code ST.
    pub system_type: String,
    /// How it differs from the standard.
    pub quirks: DeviceQuirks,
    /// When this device bears this MN.
    pub validity: Validity,
    /// Whether its packets are accepted.
    pub is_enabled: bool,
    /// Whether it is a device of the simulation.
    pub is_simulated: bool,
    /// The points it serves.
    pub channels: Vec<DirectoryChannel>,
    /// Its password, to check packets by and to send with commands.
    pub password: Option<DevicePassword>,
    /// Its SM4 key.
    pub key: Option<DeviceKey>,
    /// The key before it, for packets still on their way.
    pub previous_key: Option<DeviceKey>,
    /// Why its secrets could not be opened; it is then as if it had none.
    pub sealing_error: Option<SealingError>,
}

/// Which point a factor of a device belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryChannel {
    /// The point.
    pub point_id: PointId,
    /// The factor, or all that no other channel names.
    pub factor_code: Option<Box<str>>,
    /// When it holds.
    pub validity: Validity,
}

/// A point with all that concerns it.
#[derive(Debug)]
pub struct DirectoryPoint {
    /// Identifier.
    pub id: PointId,
    /// The site it belongs to.
    pub site_id: SiteId,
    /// What is known of it.
    pub details: PointDetails,
    /// What is known of its site: name, region, kind, owner, whether it is simulated.
    pub site: Arc<SiteDetails>,
    /// What it measures, in its order.
    pub factors: Vec<FactorDetails>,
    /// All its limits, past and future ones too.
    pub limits: Vec<(LimitId, LimitDetails)>,
}

impl DeviceDirectory {
    /// Reads the directory. Secrets that the key does not open are left out and named in
    /// [`DirectoryDevice::sealing_error`]: one damaged row must not stop the gateway.
    ///
    /// # Errors
    /// [`SitesError::Database`], [`SitesError::Unreadable`].
    pub async fn load(database: &Database, sealing_key: &SealingKey) -> Result<Self, SitesError> {
        // the version first: a change in between is then noticed by the next look
        let version = store::load_version(database).await?;
        let snapshot = store::snapshot::load(database).await?;
        Ok(Self::build(version, snapshot, sealing_key))
    }

    fn build(version: i64, snapshot: Snapshot, sealing_key: &SealingKey) -> Self {
        let mut directory = Self {
            version,
            ..Self::default()
        };
        let mut factors: HashMap<PointId, Vec<FactorDetails>> = HashMap::new();
        for factor in snapshot.factors {
            factors
                .entry(factor.point_id)
                .or_default()
                .push(factor.details);
        }
        let mut limits: HashMap<PointId, Vec<(LimitId, LimitDetails)>> = HashMap::new();
        for limit in snapshot.limits {
            limits
                .entry(limit.point_id)
                .or_default()
                .push((limit.id, limit.details));
        }
        let sites: HashMap<SiteId, Arc<SiteDetails>> = snapshot
            .sites
            .into_iter()
            .map(|Site { id, details, .. }| (id, Arc::new(details)))
            .collect();
        for Point {
            id,
            site_id,
            details,
            ..
        } in snapshot.points
        {
            // read after the points, so a site is missing only when it was deleted in between
            let Some(site) = sites.get(&site_id) else {
                continue;
            };
            let point = DirectoryPoint {
                id,
                site_id,
                details,
                site: Arc::clone(site),
                factors: factors.remove(&id).unwrap_or_default(),
                limits: limits.remove(&id).unwrap_or_default(),
            };
            directory
                .points_of_site
                .entry(site_id)
                .or_default()
                .push(id);
            directory.points.insert(id, Arc::new(point));
        }
        for (device, sealed) in snapshot.devices {
            let device = DirectoryDevice::open(device.id, device.details, &sealed, sealing_key);
            directory.insert_device(Arc::new(device));
        }
        for devices in directory.by_mn.values_mut() {
            devices.sort_by_key(|device| device.validity.from);
        }
        directory
    }

    fn insert_device(&mut self, device: Arc<DirectoryDevice>) {
        for channel in &device.channels {
            let serving = self.devices_of_point.entry(channel.point_id).or_default();
            if serving.last() != Some(&device.id) {
                serving.push(device.id);
            }
        }
        self.by_mn
            .entry(device.mn.clone())
            .or_default()
            .push(Arc::clone(&device));
        self.devices.insert(device.id, device);
    }

    /// The change that this snapshot has come to.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// The device that bears an MN at an instant, disabled ones too.
    pub fn find_device(&self, mn: &str, at: Timestamp) -> Option<&Arc<DirectoryDevice>> {
        self.by_mn
            .get(mn)?
            .iter()
            .find(|device| device.validity.contains(at))
    }

    /// A device by identifier.
    pub fn device(&self, id: DeviceId) -> Option<&Arc<DirectoryDevice>> {
        self.devices.get(&id)
    }

    /// All devices, in no order.
    pub fn devices(&self) -> impl ExactSizeIterator<Item = &Arc<DirectoryDevice>> {
        self.devices.values()
    }

    /// All that ever bore an MN, by time.
    pub fn devices_of_mn(&self, mn: &str) -> &[Arc<DirectoryDevice>] {
        self.by_mn.get(mn).map_or(&[], Vec::as_slice)
    }

    /// The devices that serve a point, now, before or later.
    pub fn devices_of_point(&self, id: PointId) -> &[DeviceId] {
        self.devices_of_point.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The point that a factor of an MN belongs to at an instant: by the device that bears the MN
    /// then, by its channel for the factor or, failing that, its channel for all factors.
    pub fn find_point_id(&self, mn: &str, factor_code: &str, at: Timestamp) -> Option<PointId> {
        self.find_device(mn, at)?.find_point_id(factor_code, at)
    }

    /// A point by identifier.
    pub fn point(&self, id: PointId) -> Option<&Arc<DirectoryPoint>> {
        self.points.get(&id)
    }

    /// All points, in no order.
    pub fn points(&self) -> impl ExactSizeIterator<Item = &Arc<DirectoryPoint>> {
        self.points.values()
    }

    /// The points of a site, by identifier.
    pub fn points_of_site(&self, id: SiteId) -> &[PointId] {
        self.points_of_site.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The limits in force for a factor of a point and a kind of record at an instant.
    pub fn limits_for<'a>(
        &'a self,
        point: PointId,
        factor_code: &'a str,
        kind: RecordKind,
        at: Timestamp,
    ) -> impl Iterator<Item = (LimitId, &'a LimitDetails)> {
        self.points
            .get(&point)
            .into_iter()
            .flat_map(move |point| point.limits_for(factor_code, kind, at))
    }
}

impl DirectoryDevice {
    fn open(
        id: DeviceId,
        details: DeviceDetails,
        sealed: &SealedSecrets,
        sealing_key: &SealingKey,
    ) -> Self {
        let mn = details.mn;
        let mut sealing_error = None;
        let mut open = |subject: String, sealed: Option<&Vec<u8>>| {
            sealed.and_then(|sealed| match sealing_key.open(&subject, sealed) {
                Ok(plain) => Some(plain),
                Err(error) => {
                    sealing_error = Some(error);
                    None
                }
            })
        };
        let password = open(password_subject(&mn), sealed.password.as_ref())
            .and_then(|plain| String::from_utf8(plain).ok())
            .map(DevicePassword::new);
        let mut key = |sealed: Option<&Vec<u8>>| {
            open(key_subject(&mn), sealed)
                .and_then(|plain| <[u8; 16]>::try_from(plain).ok())
                .map(DeviceKey::new)
        };
        let current = key(sealed.key.as_ref());
        let previous = key(sealed.previous_key.as_ref());
        Self {
            id,
            name: details.name,
            edition: details.edition,
            system_type: details.system_type,
            quirks: details.quirks,
            validity: details.validity,
            is_enabled: details.is_enabled,
            is_simulated: details.is_simulated,
            channels: details
                .channels
                .into_iter()
                .map(|channel| DirectoryChannel {
                    point_id: channel.point_id,
                    factor_code: channel.factor_code.map(String::into_boxed_str),
                    validity: channel.validity,
                })
                .collect(),
            password,
            key: current,
            previous_key: previous,
            sealing_error,
            mn: mn.into_boxed_str(),
        }
    }

    /// Whether a packet with this password is the device's, by its settings. Takes the same time
    /// wherever two passwords of one length differ.
    pub fn accepts_password(&self, sent: &[u8]) -> bool {
        match self.quirks.password_check {
            PasswordCheck::Ignored => true,
            PasswordCheck::Required => self
                .password
                .as_ref()
                .is_some_and(|password| password.matches(sent)),
        }
    }

    /// The point that a factor belongs to at an instant, by the channel for the factor or, failing
    /// that, the channel for all factors.
    pub fn find_point_id(&self, factor_code: &str, at: Timestamp) -> Option<PointId> {
        let mut for_all = None;
        for channel in &self.channels {
            if !channel.validity.contains(at) {
                continue;
            }
            match channel.factor_code.as_deref() {
                Some(code) if code == factor_code => return Some(channel.point_id),
                Some(_) => {}
                None => for_all = Some(channel.point_id),
            }
        }
        for_all
    }

    /// The points it serves at an instant, each once.
    pub fn point_ids(&self, at: Timestamp) -> Vec<PointId> {
        let mut ids = Vec::new();
        for channel in &self.channels {
            if channel.validity.contains(at) && !ids.contains(&channel.point_id) {
                ids.push(channel.point_id);
            }
        }
        ids
    }

    /// Whether periods of a point come labelled by their start or end from this device.
    pub fn period_label(&self, point: &DirectoryPoint) -> PeriodLabel {
        self.quirks
            .period_label()
            .unwrap_or(point.details.period_label)
    }
}

impl DirectoryPoint {
    /// The smallest region that holds it.
    pub fn region_code(&self) -> &RegionCode {
        &self.site.region_code
    }

    /// Where it is, or else where its site is.
    pub fn position(&self) -> Option<crate::model::Position> {
        self.details.position.or(self.site.position)
    }

    /// Whether it is invented for the simulation.
    pub fn is_simulated(&self) -> bool {
        self.site.is_simulated
    }

    /// What is known of a factor here.
    pub fn factor(&self, factor_code: &str) -> Option<&FactorDetails> {
        self.factors
            .iter()
            .find(|factor| factor.factor_code == factor_code)
    }

    /// The limits in force for a factor and a kind of record at an instant.
    pub fn limits_for<'a>(
        &'a self,
        factor_code: &'a str,
        kind: RecordKind,
        at: Timestamp,
    ) -> impl Iterator<Item = (LimitId, &'a LimitDetails)> {
        self.limits
            .iter()
            .filter(move |(_, limit)| {
                limit.kind == kind
                    && limit.factor_code == factor_code
                    && limit.validity.contains(at)
            })
            .map(|(id, limit)| (*id, limit))
    }

    /// Whether an actor's scope covers it.
    pub fn is_covered_by(&self, scope: &access::Scope) -> bool {
        scope.covers(&self.site.region_code, Some(self.site_id.0))
    }
}
