//! Plans regions, organisations and sites.

use access::RegionCode;

use super::{Change, Planner};
use crate::error::ProblemKind;
use crate::exchange::Sheet;
use crate::exchange::tables::SheetRow;
use crate::exchange::world::World;
use crate::model::{
    Organisation, OrganisationDetails, OrganisationId, OrganisationKind, Region, RegionDetails,
    Site, SiteDetails, SiteId, SiteKind,
};
use crate::rules;

impl Planner<'_> {
    pub(super) fn plan_regions(&mut self, rows: &[SheetRow]) {
        let mut coded: Vec<(RegionCode, &SheetRow)> = Vec::with_capacity(rows.len());
        for row in rows {
            let mut reader = self.reader(Sheet::Regions, row);
            let is_there = reader.required("code").is_some();
            match reader.region("code").filter(|_code| is_there) {
                Some(code) => coded.push((code, row)),
                None => self.skip(Sheet::Regions),
            }
        }
        // a region may stand before the one above it
        coded.sort_by_key(|(code, row)| (code.level(), row.number));
        for (code, row) in coded {
            self.plan_region(code, row);
        }
    }

    fn plan_region(&mut self, code: RegionCode, row: &SheetRow) {
        let sheet = Sheet::Regions;
        if !self.is_first(sheet, row, "code", code.to_string()) {
            return self.skip(sheet);
        }
        let old = self.world.regions.get(&code).cloned();
        let (revision, old) = (
            old.as_ref().map(|old| old.revision),
            old.map(|old| old.details),
        );
        let kept = old.as_ref();
        let mut reader = self.reader(sheet, row);
        let parent_code = match reader.cell("parent_code") {
            None => kept.and_then(|old| old.parent_code.clone()),
            Some(_) => reader.region("parent_code"),
        };
        let details = RegionDetails {
            parent_code,
            name_zh: reader.text("name_zh", kept.map(|old| old.name_zh.as_str())),
            name_en: reader.text("name_en", kept.map(|old| old.name_en.as_str())),
            position: reader.position(kept.and_then(|old| old.position)),
            is_simulated: reader.yes_no("is_simulated", kept.map(|old| old.is_simulated), false),
        };
        let problems = rules::check_region(&code, &details);
        self.problems.add_fields(sheet, row.number, problems);
        if let Some(parent) = &details.parent_code
            && !self.world.regions.contains_key(parent)
        {
            let key = parent.to_string();
            self.wrong(sheet, row, "parent_code", ProblemKind::Unknown { key });
        }
        let change = (old.as_ref() != Some(&details))
            .then(|| Change::Region(code.clone(), revision, details.clone()));
        if change.is_some() && !self.actor.scope.covers(&code, None) {
            self.wrong(sheet, row, "code", ProblemKind::OutsideScope);
        }
        self.add(sheet, row, revision, change);
        let region = Region {
            code: code.clone(),
            revision: revision.unwrap_or_default(),
            details,
        };
        self.world.regions.insert(code, region);
    }

    pub(super) fn plan_organisations(&mut self, rows: &[SheetRow]) {
        for row in rows {
            if self.plan_organisation(row).is_none() {
                self.skip(Sheet::Organisations);
            }
        }
    }

    fn plan_organisation(&mut self, row: &SheetRow) -> Option<()> {
        let sheet = Sheet::Organisations;
        let code = self.reader(sheet, row).required("code")?;
        if !self.is_first(sheet, row, "code", code.clone()) {
            return None;
        }
        let old = self.world.organisations.get(&code).cloned();
        let kept = old.as_ref().map(|old| &old.details);
        let region_code = self.read_region(sheet, row)?;
        let mut reader = self.reader(sheet, row);
        let details = OrganisationDetails {
            code,
            name_zh: reader.text("name_zh", kept.map(|old| old.name_zh.as_str())),
            name_en: reader.text("name_en", kept.map(|old| old.name_en.as_str())),
            kind: reader.word(
                "kind",
                kept.map(|old| old.kind),
                OrganisationKind::Enterprise,
            ),
            region_code,
            is_simulated: reader.yes_no("is_simulated", kept.map(|old| old.is_simulated), false),
        };
        let problems = rules::check_organisation(&details);
        self.problems.add_fields(sheet, row.number, problems);
        let revision = old.as_ref().map(|old| old.revision);
        let id = match &old {
            Some(old) => old.id,
            None => OrganisationId(self.new_identifier()),
        };
        let change =
            (kept != Some(&details)).then(|| Change::Organisation(id, revision, details.clone()));
        let is_within = self.actor.scope.covers(&details.region_code, None)
            && kept.is_none_or(|old| self.actor.scope.covers(&old.region_code, None));
        if change.is_some() && !is_within {
            self.wrong(sheet, row, "region_code", ProblemKind::OutsideScope);
        }
        self.add(sheet, row, revision, change);
        self.world.put_organisation(Organisation {
            id,
            revision: revision.unwrap_or_default(),
            details,
        });
        Some(())
    }

    pub(super) fn plan_sites(&mut self, rows: &[SheetRow]) {
        for row in rows {
            if self.plan_site(row).is_none() {
                self.skip(Sheet::Sites);
            }
        }
    }

    fn plan_site(&mut self, row: &SheetRow) -> Option<()> {
        let sheet = Sheet::Sites;
        let code = self.reader(sheet, row).required("code")?;
        if !self.is_first(sheet, row, "code", code.clone()) {
            return None;
        }
        let old = self.world.sites.get(&code).cloned();
        let kept = old.as_ref().map(|old| &old.details);
        let region_code = self.read_region(sheet, row)?;
        let organisation_id = self.read_organisation(row, kept);
        let mut reader = self.reader(sheet, row);
        reader.required("kind");
        let details = SiteDetails {
            code,
            organisation_id,
            region_code,
            kind: reader.word("kind", kept.map(|old| old.kind), SiteKind::Other),
            name_zh: reader.text("name_zh", kept.map(|old| old.name_zh.as_str())),
            name_en: reader.text("name_en", kept.map(|old| old.name_en.as_str())),
            address: reader.text("address", kept.map(|old| old.address.as_str())),
            position: reader.position(kept.and_then(|old| old.position)),
            is_key: reader.yes_no("is_key", kept.map(|old| old.is_key), false),
            is_simulated: reader.yes_no("is_simulated", kept.map(|old| old.is_simulated), false),
        };
        let problems = rules::check_site(&details);
        self.problems.add_fields(sheet, row.number, problems);
        let revision = old.as_ref().map(|old| old.revision);
        let id = match &old {
            Some(old) => old.id,
            None => SiteId(self.new_identifier()),
        };
        let change = (kept != Some(&details)).then(|| Change::Site(id, revision, details.clone()));
        let site = Site {
            id,
            revision: revision.unwrap_or_default(),
            details,
        };
        let is_within = World::covers_site(self.actor, &site)
            && old
                .as_ref()
                .is_none_or(|old| World::covers_site(self.actor, old));
        if change.is_some() && !is_within {
            self.wrong(sheet, row, "region_code", ProblemKind::OutsideScope);
        }
        self.add(sheet, row, revision, change);
        self.world.put_site(site);
        Some(())
    }

    fn read_organisation(
        &mut self,
        row: &SheetRow,
        kept: Option<&SiteDetails>,
    ) -> Option<OrganisationId> {
        let sheet = Sheet::Sites;
        let code = match self.reader(sheet, row).cell("organisation_code") {
            None => return kept.and_then(|old| old.organisation_id),
            Some("") => return None,
            Some(code) => code.to_owned(),
        };
        let found = self.world.organisations.get(&code).map(|found| found.id);
        if found.is_none() {
            let kind = ProblemKind::Unknown { key: code };
            self.wrong(sheet, row, "organisation_code", kind);
        }
        found
    }

    /// A region that must be there and exist.
    fn read_region(&mut self, sheet: Sheet, row: &SheetRow) -> Option<RegionCode> {
        let mut reader = self.reader(sheet, row);
        reader.required("region_code")?;
        let code = reader.region("region_code")?;
        if !self.world.regions.contains_key(&code) {
            let key = code.to_string();
            self.wrong(sheet, row, "region_code", ProblemKind::Unknown { key });
        }
        Some(code)
    }
}
